"""One log line, metrics and a trace for each request, and for each operation of a WebSocket."""

import logging
import re
from dataclasses import dataclass, field

from adapters.stripe.calls import StripeCall
from resolvers.services import Measures
from schema.execution.instrumentation import OperationRecord
from telemetry.metrics import Metrics
from telemetry.tracing import NoTracing, Tracing

_MAX_NAME = 64
# How API tokens, and Stripe's keys and codes, begin: somebody may have pasted one where a name belongs.
_SECRET = re.compile(r"(drawbridge|sk|rk|rkcs|pk|whsec|ac)_", re.IGNORECASE)

_logger = logging.getLogger("drawbridge.requests")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What one process tells."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=NoTracing)

    def stripe_called(self, call: StripeCall) -> None:
        """Tells of a call to Stripe."""
        self.metrics.stripe_called(call)
        self.tracing.stripe_called(call)

    def measures(self) -> Measures:
        """What use cases tell."""
        return Measures(self.metrics.appended.inc, self.metrics.expiry_lag.observe)

    def tell(
        self, transport: str, operation: OperationRecord | None, outcome: str, seconds: float, status: int | None = None
    ) -> None:
        """Tells of a request, or of an operation on a socket, that has ended."""
        self.metrics.operation(transport, operation, outcome, seconds)
        viewer = operation.viewer if operation else None
        told = {
            "transport": transport,
            "operation": operation.kind if operation else None,
            "name": _shown(operation.name) if operation else None,
            "field": operation.root_field if operation else None,
            "outcome": outcome,
            "repeated": True if operation and operation.repeated else None,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "cost": operation.cost if operation else None,
            "viewer": viewer.id if viewer else None,
            "organization": viewer.organization.id if viewer else None,
        }
        _logger.info("request", extra={"told": {name: value for name, value in told.items() if value is not None}})


def _shown(name: str | None) -> str | None:
    """An operation's name: a client's own text, though by GraphQL's grammar it has only letters, digits and "_"."""
    return "(hidden)" if name and _SECRET.match(name) else name and name[:_MAX_NAME]

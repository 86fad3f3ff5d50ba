"""Records a log line, metrics and a trace for each request, and for each operation on a WebSocket."""

import logging
from dataclasses import dataclass, field

from adapters.stripe.calls import Observer, StripeCall
from kit.secret import looks_secret
from resolvers.services import Measures
from schema.execution.instrumentation import OperationRecord
from telemetry.metrics import Metrics
from telemetry.tracing import NoTracing, Tracing

_MAX_NAME = 64

_logger = logging.getLogger("drawbridge.requests")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics, traces and request log of one process."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=NoTracing)

    def observer(self) -> Observer:
        """Records calls to Stripe, and those that fail."""
        return Observer(self._stripe_called, self.metrics.stripe_failed)

    def _stripe_called(self, call: StripeCall) -> None:
        self.metrics.stripe_called(call)
        self.tracing.stripe_called(call)

    def measures(self) -> Measures:
        """The metrics that use cases record."""
        metrics = self.metrics
        return Measures(
            appended=metrics.appended.inc,
            expired=metrics.expiry_lag.observe,
            webhook=metrics.webhook,
            withdrawal=metrics.withdrawal,
            checked=metrics.checked,
            checks_due=metrics.checks_due,
            breaker=metrics.breaker,
            delivered=metrics.delivered,
            backlog=metrics.backlog,
        )

    def record(
        self, transport: str, operation: OperationRecord | None, outcome: str, seconds: float, status: int | None = None
    ) -> None:
        """Counts and logs a finished request, or a finished operation on a socket."""
        self.metrics.operation(transport, operation, outcome, seconds)
        _log_request(transport, operation, outcome, seconds, status)


def _log_request(
    transport: str, operation: OperationRecord | None, outcome: str, seconds: float, status: int | None
) -> None:
    viewer = operation.viewer if operation else None
    fields = {
        "transport": transport,
        "operation": operation.kind if operation else None,
        "name": _loggable(operation.name) if operation else None,
        "field": operation.root_field if operation else None,
        "outcome": outcome,
        "repeated": True if operation and operation.repeated else None,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "cost": operation.cost if operation else None,
        "viewer": viewer.id if viewer else None,
        "organization": viewer.organization.id if viewer else None,
    }
    _logger.info("request", extra={"fields": {name: value for name, value in fields.items() if value is not None}})


def _loggable(name: str | None) -> str | None:
    """An operation's name, shortened, or hidden if it looks like a secret.

    The client chooses it; GraphQL's grammar allows only letters, digits and "_".
    """
    return "(hidden)" if name and looks_secret(name) else name and name[:_MAX_NAME]

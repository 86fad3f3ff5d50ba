"""OpenTelemetry traces, sent only if OpenTelemetry's own variables name a collector."""

import importlib
from collections.abc import Mapping
from typing import Protocol, cast

from adapters.stripe.calls import StripeCall
from schema.execution.instrumentation import OperationRecord
from settings.errors import StartupError

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Tracing(Protocol):
    """Records spans."""

    def began(self, operation: OperationRecord) -> None:
        """Opens the operation's span and makes it the current one."""

    def ended(self, operation: OperationRecord) -> None:
        """Closes the operation's span."""

    def stripe_called(self, call: StripeCall) -> None:
        """Records a finished call."""

    def flush(self) -> None:
        """Sends the remaining spans; blocks for seconds at most."""


class NoTracing:
    """Records nothing."""

    def began(self, operation: OperationRecord) -> None: ...
    def ended(self, operation: OperationRecord) -> None: ...
    def stripe_called(self, call: StripeCall) -> None: ...
    def flush(self) -> None: ...


def start_tracing(environ: Mapping[str, str]) -> Tracing:
    """Traces to the endpoint in `environ`, if there is one; raises StartupError if the tracing extra is missing."""
    if not any(environ.get(name) for name in _ENDPOINTS):
        return NoTracing()
    try:
        spans = importlib.import_module("telemetry.spans")  # the SDK takes 0.2 s to import
    except ImportError:
        raise StartupError(
            f"{_ENDPOINTS[0]} is set, but tracing is not installed. Install it: "
            ".venv/bin/python -m pip install --require-hashes -r requirements/tracing.txt"
        ) from None
    return cast("Tracing", spans.Spans(named="OTEL_SERVICE_NAME" in environ))

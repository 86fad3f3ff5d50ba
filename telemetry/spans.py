"""Traces by OpenTelemetry's SDK, an optional extra. Only tracing.py imports this module, when tracing is enabled.

Attributes follow https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/, except for the document, which may
hold secrets.
"""

import time

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from adapters.stripe.calls import StripeCall
from schema.execution.instrumentation import OperationRecord

_FLUSH_MILLISECONDS = 2000


class Spans:
    """Exports spans of operations and of their calls to Stripe, in the background.

    `named` says that OTEL_SERVICE_NAME is set; the SDK reads it.
    """

    def __init__(self, *, named: bool) -> None:
        provider = TracerProvider(
            resource=Resource.create({} if named else {"service.name": "drawbridge"}), shutdown_on_exit=False
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._provider, self._tracer = provider, provider.get_tracer("drawbridge")
        self._open: dict[int, trace.Span] = {}

    def began(self, operation: OperationRecord) -> None:
        """Opens a span and makes it this task's current one."""
        span = self._tracer.start_span(f"{operation.kind} {operation.root_field}", kind=trace.SpanKind.SERVER)
        self._open[id(operation)] = span
        context.attach(trace.set_span_in_context(span))  # the task ends with the operation

    def ended(self, operation: OperationRecord) -> None:
        """Closes the operation's span; an invalid operation has none."""
        if span := self._open.pop(id(operation), None):
            span.set_attribute("graphql.operation.type", operation.kind or "")
            span.set_attribute("drawbridge.outcome", operation.outcome)
            span.end()

    def stripe_called(self, call: StripeCall) -> None:
        """Records a span for a finished call."""
        ended = time.time_ns()
        began = ended - int(call.seconds * 1e9)
        span = self._tracer.start_span(f"Stripe {call.name}", kind=trace.SpanKind.CLIENT, start_time=began)
        span.set_attribute("drawbridge.outcome", call.outcome)
        span.end(ended)

    def flush(self) -> None:
        """Sends the remaining spans; waits two seconds at most."""
        self._provider.force_flush(_FLUSH_MILLISECONDS)

"""Traces by OpenTelemetry's SDK, which is an optional extra: imported by tracing.py alone, and only where it is wanted.

https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/, without the document.
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
    """Sends spans in the background: of operations, and within them of calls to Stripe."""

    def __init__(self, *, named: bool) -> None:
        """Takes whether OpenTelemetry's variables name the service; the SDK reads them."""
        provider = TracerProvider(
            resource=Resource.create({} if named else {"service.name": "drawbridge"}), shutdown_on_exit=False
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._provider, self._tracer = provider, provider.get_tracer("drawbridge")
        self._open: dict[int, trace.Span] = {}

    def began(self, operation: OperationRecord) -> None:
        """Opens a span, in which lies what this task does from now on."""
        span = self._tracer.start_span(f"{operation.kind} {operation.root_field}", kind=trace.SpanKind.SERVER)
        self._open[id(operation)] = span
        context.attach(trace.set_span_in_context(span))  # the task ends with the operation

    def ended(self, operation: OperationRecord) -> None:
        """Closes it; an operation that was not valid has none."""
        if span := self._open.pop(id(operation), None):
            span.set_attribute("graphql.operation.type", operation.kind or "")
            span.set_attribute("drawbridge.outcome", operation.outcome)
            span.end()

    def stripe_called(self, call: StripeCall) -> None:
        """Makes a span of a call that has ended."""
        ended = time.time_ns()
        began = ended - int(call.seconds * 1e9)
        span = self._tracer.start_span(f"Stripe {call.name}", kind=trace.SpanKind.CLIENT, start_time=began)
        span.set_attribute("drawbridge.outcome", call.outcome)
        span.end(ended)

    def flush(self) -> None:
        """Sends what has not been sent, and waits for that a little."""
        self._provider.force_flush(_FLUSH_MILLISECONDS)

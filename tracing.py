"""OpenTelemetry traces, where its own variable names a collector."""

import importlib
from collections.abc import Mapping
from typing import cast

from not_ready import NotReadyError
from web.telemetry import NoTracing, Tracing

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def start_tracing(environ: Mapping[str, str]) -> Tracing:
    """Traces if an endpoint is set, by OpenTelemetry's variables; raises NotReadyError where the extra is missing."""
    if not any(environ.get(name) for name in _ENDPOINTS):
        return NoTracing()
    try:
        spans = importlib.import_module("spans")  # which takes a fifth of a second
    except ImportError:
        raise NotReadyError(
            f"To send traces as {_ENDPOINTS[0]} says, install what that needs: "
            ".venv/bin/python -m pip install --require-hashes -r requirements/tracing.txt"
        ) from None
    return cast("Tracing", spans.Spans(named="OTEL_SERVICE_NAME" in environ))

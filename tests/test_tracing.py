"""Traces are exported over OTLP/HTTP, configured by OpenTelemetry's variables, and contain no secrets."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.documents import CREATE_INTEGRATION
from tests.support.organizations import new_tenant
from tests.support.secrecy import leaks, secret_key
from tests.support.servers import AS_OPERATOR, ROOT, environment, run_program, running_server

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

pytestmark = [pytest.mark.usefixtures("sqlite"), pytest.mark.slow]


@contextmanager
def _collector() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a collector, and the bodies that it receives."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def _spans(received: list[bytes]) -> list[Span]:
    requests = [ExportTraceServiceRequest.FromString(body) for body in received]
    return [
        span
        for request in requests
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


async def test_operations_and_calls_to_stripe_are_traced_without_their_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _collector() as (address, received):
        monkeypatch.setenv(_ENDPOINT, address)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        with running_server(tmp_path) as server:
            client = (await new_tenant(server)).client
            given = {"name": "Marked text", "authentication": {"secretKey": secret_key()}}
            await client.result(CREATE_INTEGRATION, input=given)
            async with client.socket() as socket:
                await socket.subscribe("query Marked { viewer { name } }")
                await socket.next()
    spans = {span.name: span for span in _spans(received)}
    assert set(spans) == {"mutation createIntegration", "query viewer", "Stripe GET /sandbox/v1/account"}
    operation, call = spans["mutation createIntegration"], spans["Stripe GET /sandbox/v1/account"]
    assert (call.parent_span_id, call.trace_id) == (operation.span_id, operation.trace_id)
    assert operation.start_time_unix_nano <= call.start_time_unix_nano < call.end_time_unix_nano
    assert call.end_time_unix_nano <= operation.end_time_unix_nano
    text = b"".join(received).decode(errors="replace")
    assert leaks(text) == []
    assert "Marked" not in text
    assert "drawbridge" in text


def test_a_collector_without_the_extra_is_a_startup_error(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError\n")
    env = environment(tmp_path) | {_ENDPOINT: "http://127.0.0.1:9", "PYTHONPATH": str(tmp_path)}
    done = run_program(*AS_OPERATOR, env=env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert "requirements/tracing.txt" in done.stderr
    assert (ROOT / "requirements" / "tracing.txt").exists()

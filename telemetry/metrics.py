"""What is counted and timed, for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/).

Labels come from the schema and from this program, never from clients: what an operation is called is not among them.
"""

import asyncio
import os
from contextlib import AbstractAsyncContextManager, suppress
from hmac import compare_digest
from pathlib import Path
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.postgres.engine import pool_usage
from adapters.stripe.calls import StripeCall
from kit.background import in_background
from kit.secret import Secret
from schema.execution.instrumentation import OperationRecord

# Where processes that serve together put their figures; the library reads it as it is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_SAMPLE_SECONDS = 1.0
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OPERATION = ("transport", "kind", "field")


class Metrics:
    """The figures of this process."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._registry = CollectorRegistry()
        if FOLDER_VARIABLE not in os.environ:  # it knows of this process alone
            ProcessCollector(registry=self._registry)
        of: dict[str, Any] = {"namespace": "drawbridge", "registry": self._registry}
        timed: dict[str, Any] = {**of, "buckets": _BUCKETS}
        now: dict[str, Any] = {**of, "multiprocess_mode": "livesum"}
        self._operations = Counter("operations", "Operations that have ended.", (*_OPERATION, "outcome"), **of)
        self._seconds = Histogram("operation_seconds", "How long queries and mutations took.", _OPERATION, **timed)
        self._repeated = Counter("repeated_answers", "Queries whose answer was that of an earlier one.", **of)
        self.sockets = Gauge("open_sockets", "WebSockets that are open.", **now)
        self.subscriptions = Gauge("open_subscriptions", "Subscriptions that are open.", **now)
        self.push = Histogram("push_seconds", "From an event until it was delivered.", **timed)
        self.expiry_lag = Histogram("sweeper_lag_seconds", "From a credential's end until it was removed.", **timed)
        self._stripe = Histogram("stripe_call_seconds", "How long calls to Stripe took.", ("call", "outcome"), **timed)
        self._pool = Gauge("database_connections", "Connections to PostgreSQL.", ("state",), **now)
        self.unauthenticated = Counter("authentication_failures", "Requests with a token that is none.", **of)
        self.appended = Counter("events_appended", "Events that were appended to logs.", **of)

    def operation(self, transport: str, operation: OperationRecord | None, outcome: str, seconds: float) -> None:
        """Counts a request, and times it unless it is as long as its client wants."""
        kind, field = (operation.kind, operation.root_field) if operation else (None, None)
        labels = (transport, kind or "none", field or "none")
        self._operations.labels(*labels, outcome).inc()
        if operation and operation.repeated:
            self._repeated.inc()
        if kind != "subscription":
            self._seconds.labels(*labels).observe(seconds)

    def stripe_called(self, call: StripeCall) -> None:
        """Times a call to Stripe."""
        self._stripe.labels(call.name, call.outcome).observe(call.seconds)

    def sample(self) -> None:
        """Notes what can only be looked at: the pool's connections, if there is a pool."""
        for state, count in pool_usage().items():
            self._pool.labels(state).set(count)

    def text(self) -> bytes:
        """All figures: of all processes that serve together, where there are several."""
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        _forget_dead(Path(os.environ[FOLDER_VARIABLE]))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _forget_dead(folder: Path) -> None:
    """Takes the open sockets of processes that have died out of the sum."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another one asked at the same time
                mark_process_dead(pid)  # type: ignore[no-untyped-call]


def sampling(metrics: Metrics) -> AbstractAsyncContextManager[None]:
    """Samples every second for as long as the context lasts: whichever process is asked tells of all."""
    return in_background(_sample_for_ever(metrics))


async def _sample_for_ever(metrics: Metrics) -> None:
    while True:
        metrics.sample()
        await asyncio.sleep(_SAMPLE_SECONDS)


def metrics_route(metrics: Metrics, token: Secret | None) -> Route:
    """Where Prometheus reads them, with the token if there is one."""

    async def read(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if token and not compare_digest(given.encode(), f"Bearer {token.reveal()}".encode()):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", read)

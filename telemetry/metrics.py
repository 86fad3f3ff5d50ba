"""Prometheus metrics (https://prometheus.io/docs/instrumenting/exposition_formats/).

Label values come from the schema and from this program, never from clients: an operation's name is not a label.
"""

import asyncio
import os
from collections.abc import Iterable
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
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.postgres.engine import pool_usage
from adapters.stripe.calls import StripeCall, StripeFailure
from kit.background import in_background
from kit.secret import Secret
from schema.execution.instrumentation import OperationRecord

# The folder in which workers share their metrics. prometheus_client reads the variable when it is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_SAMPLE_SECONDS = 1.0
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_OPERATION = ("transport", "kind", "field")


class Metrics:
    """The metrics of this process. `text` exposes them, with those of the other workers if there are several."""

    def __init__(self) -> None:
        registry = self._exposed = CollectorRegistry()
        if FOLDER_VARIABLE in os.environ:
            registry = CollectorRegistry()
            _WorkersCollector(self._exposed)
        else:
            ProcessCollector(registry=registry)  # it reads this process alone
        of: dict[str, Any] = {"namespace": "drawbridge", "registry": registry}
        timed: dict[str, Any] = {**of, "buckets": _BUCKETS}
        now: dict[str, Any] = {**of, "multiprocess_mode": "livesum"}
        self._operations = Counter("operations", "Finished operations.", (*_OPERATION, "outcome"), **of)
        self._seconds = Histogram("operation_seconds", "Duration of queries and mutations.", _OPERATION, **timed)
        self._repeated = Counter("repeated_answers", "Queries answered from the response cache.", **of)
        self.sockets = Gauge("open_sockets", "Open WebSockets.", **now)
        self.subscriptions = Gauge("open_subscriptions", "Open subscriptions.", **now)
        self.push = Histogram("push_seconds", "Time from an event to its delivery.", **timed)
        self.expiry_lag = Histogram("expiry_lag_seconds", "Time from a credential's expiry to its removal.", **timed)
        self._stripe = Histogram("stripe_call_seconds", "Duration of calls to Stripe.", ("call", "outcome"), **timed)
        self._failures = Counter("stripe_failures", "Calls to Stripe that failed, by cause.", ("call", "cause"), **of)
        self._webhooks = Counter("stripe_webhooks", "Webhooks from Stripe, by outcome.", ("mode", "outcome"), **of)
        self._withdrawals = Counter("stripe_withdrawals", "Attempts to end access at Stripe.", ("outcome",), **of)
        self._checks = Counter("credential_checks", "Checks of stored credentials.", ("mode", "outcome"), **of)
        latest: dict[str, Any] = {**of, "multiprocess_mode": "livemostrecent"}
        self._due = Gauge("credential_checks_due", "Credentials whose check is due.", ("mode",), **latest)
        self._breakers = Gauge("open_breakers", "Processes that make no checks: Stripe fails.", ("mode",), **now)
        self._deliveries = Counter("webhook_deliveries", "Attempts to deliver webhooks.", ("outcome",), **of)
        self._lag = Gauge("webhook_lag_events", "Undelivered events of the endpoint furthest behind.", **latest)
        self._lag_seconds = Gauge("webhook_lag_seconds", "Age of the oldest undelivered event.", **latest)
        self._disabled = Gauge("webhook_endpoints_disabled", "Disabled webhook endpoints.", **latest)
        self._pool = Gauge("database_connections", "Connections to PostgreSQL.", ("state",), **now)
        self.unauthenticated = Counter("authentication_failures", "Requests with an invalid token.", **of)
        self.appended = Counter("events_appended", "Events appended to organizations' logs.", **of)

    def operation(self, transport: str, operation: OperationRecord | None, outcome: str, seconds: float) -> None:
        """Counts an operation and observes its duration. The client decides how long a subscription lasts."""
        kind, field = (operation.kind, operation.root_field) if operation else (None, None)
        labels = (transport, kind or "none", field or "none")
        self._operations.labels(*labels, outcome).inc()
        if operation and operation.repeated:
            self._repeated.inc()
        if kind != "subscription":
            self._seconds.labels(*labels).observe(seconds)

    def stripe_called(self, call: StripeCall) -> None:
        self._stripe.labels(call.name, call.outcome).observe(call.seconds)

    def stripe_failed(self, failure: StripeFailure) -> None:
        self._failures.labels(failure.call, failure.cause.label).inc()

    def webhook(self, mode: str, outcome: str) -> None:
        self._webhooks.labels(mode, outcome).inc()

    def withdrawal(self, outcome: str) -> None:
        self._withdrawals.labels(outcome).inc()

    def checked(self, mode: str, outcome: str) -> None:
        self._checks.labels(mode, outcome).inc()

    def checks_due(self, mode: str, count: int) -> None:
        self._due.labels(mode).set(count)

    def breaker(self, mode: str, is_open: bool) -> None:  # noqa: FBT001 - a callback
        self._breakers.labels(mode).set(is_open)

    def delivered(self, outcome: str) -> None:
        self._deliveries.labels(outcome.lower()).inc()

    def backlog(self, events: int, seconds: float, disabled: int) -> None:
        self._lag.set(events)
        self._lag_seconds.set(seconds)
        self._disabled.set(disabled)

    def sample(self) -> None:
        """Samples the number of connections in the pool, if there is a pool."""
        for state, count in pool_usage().items():
            self._pool.labels(state).set(count)

    def text(self) -> bytes:
        """The exposition in Prometheus's text format."""
        return generate_latest(self._exposed)


class _WorkersCollector(MultiProcessCollector):
    """Sums the metrics of all workers; the gauges of dead ones do not count."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)  # type: ignore[no-untyped-call]

    def collect(self) -> Iterable[Metric]:
        # prometheus_client expects the supervisor to report dead workers, but uvicorn's has no hook for that.
        _forget_dead(Path(os.environ[FOLDER_VARIABLE]))
        return super().collect()  # type: ignore[no-untyped-call, no-any-return]


def _forget_dead(folder: Path) -> None:
    """Removes the gauges of processes that have died."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker is collecting at the same time
                mark_process_dead(pid)  # type: ignore[no-untyped-call]


def sampling(metrics: Metrics) -> AbstractAsyncContextManager[None]:
    """Samples every second while the context lasts.

    A function or collector that is called at each scrape would report the scraped worker alone: workers share stored
    values only. https://prometheus.github.io/client_python/multiprocess/
    """
    return in_background(_sample_forever(metrics))


async def _sample_forever(metrics: Metrics) -> None:
    while True:
        metrics.sample()
        await asyncio.sleep(_SAMPLE_SECONDS)


def metrics_route(metrics: Metrics, token: Secret | None) -> Route:
    """The endpoint that Prometheus scrapes; it requires the token, if there is one."""

    async def read(request: Request) -> Response:
        authorization = request.headers.get("authorization", "")
        if token and not compare_digest(authorization.encode(), f"Bearer {token.reveal()}".encode()):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", read)

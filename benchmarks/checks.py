"""Simulates the checks of 10,000 credentials: a day from a full backlog, an hour without Stripe, 12 hours of downtime.

Run it with `make bench-checks`. Two processes run the daemon in lockstep, every ten seconds of a simulated clock, on
one PostgreSQL and with the sandbox over HTTP. Only the clock is simulated, so the machine's speed does not matter.
"""

import asyncio
import json
import logging
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier
from typing import Any

from adapters.stripe.gateway import Account, StripeGateway
from kit.secret import Secret
from models import Credential, CredentialStatus, Event, Organization
from resolvers.credentials.sealing import secret_context
from resolvers.daemons.checks import check_due
from settings import Settings
from startup.database import open_database
from startup.services import create_services
from tests.support.databases import database_variables, use
from tests.support.ports import own_port
from tests.support.postgres import own_postgres
from tests.support.rows import connected_credential
from tests.support.servers import running_server
from tests.support.settings import read_settings

_ORGANIZATIONS, _CREDENTIALS, _PROCESSES = 100, 10_000, 2
_STEP = timedelta(seconds=10)
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_START = datetime(2030, 1, 1, tzinfo=UTC)
_RESULTS = Path(__file__).parent / "results" / "checks.json"


@dataclass(frozen=True, slots=True)
class _Call:
    """A call to Stripe about a secret, in a minute of the simulation."""

    secret: str
    minute: int
    answered: bool


@dataclass(slots=True)
class _Worker:
    """A process that checks. The parent sends it the times from and to which it does."""

    settings: Settings
    barrier: Barrier
    now: datetime = _START
    calls: list[_Call] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    async def serve(self, parent: Connection) -> None:
        base = self.settings.stripe.stripe_api_base
        async with open_database(self.settings), aclosing(create_services(self.settings)) as own:
            gateway = _CountingGateway(base=base, timeout=own.stripe.timeout)
            gateway.worker = self
            services = replace(own, stripe=gateway)
            while period := await asyncio.to_thread(parent.recv):
                self.now, end = period
                while self.now < end:
                    await asyncio.to_thread(self.barrier.wait)
                    await check_due(services, lambda: self.now)
                    self.now += _STEP
                parent.send((self.calls, self.lines))
                self.calls, self.lines = [], []
            await gateway.close()


class _CountingGateway(StripeGateway):
    worker: _Worker

    async def account_of(self, secret: Secret, *, unattended: bool = False) -> Account | None:
        minute, answered = int((self.worker.now - _START) / _MINUTE), False
        try:
            account = await super().account_of(secret, unattended=unattended)
            answered = True
        finally:
            self.worker.calls.append(_Call(secret.reveal(), minute, answered))
        return account


def _work(variables: dict[str, str], barrier: Barrier, parent: Connection) -> None:
    worker = _Worker(read_settings(variables), barrier)
    handler = logging.Handler()
    handler.emit = lambda record: worker.lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(worker.serve(parent))


@dataclass(slots=True)
class _Simulation:
    """Two workers in lockstep."""

    workers: Sequence[Connection]
    now: datetime = _START

    def run(self, duration: timedelta) -> tuple[list[_Call], list[str]]:
        """Returns the calls and log lines of all workers in this time."""
        period = self.now, self.now + duration
        for worker in self.workers:
            worker.send(period)
        results = [worker.recv() for worker in self.workers]
        self.now += duration
        return [call for calls, _ in results for call in calls], [line for _, lines in results for line in lines]


@contextmanager
def _workers(variables: dict[str, str]) -> Iterator[_Simulation]:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(_PROCESSES)
    pipes = [context.Pipe() for _ in range(_PROCESSES)]
    processes = [context.Process(target=_work, args=(variables, barrier, theirs)) for _, theirs in pipes]
    for process in processes:
        process.start()
    try:
        yield _Simulation([mine for mine, _ in pipes])
        for mine, _ in pipes:
            mine.send(None)
            mine.close()
    finally:
        for process in processes:
            process.join(10)
            process.kill()


async def _fill(settings: Settings) -> None:
    """Stores credentials that were never checked."""
    async with open_database(settings), aclosing(create_services(settings)) as services:

        def seal(row: Credential) -> str:
            return services.vault.seal(Secret(f"sk_test_51Checks{row.id.partition('_')[2]}"), secret_context(row))

        for number in range(_ORGANIZATIONS):
            organization = await Organization.create(name=f"Organization {number}", created_at=_START)

            names = [f"key {index}" for index in range(_CREDENTIALS // _ORGANIZATIONS)]
            await Credential.bulk_create(connected_credential(str(organization.id), name, seal) for name in names)


async def _rows(settings: Settings) -> dict[str, int]:
    """The state of the credentials, and how often their status has changed."""
    async with open_database(settings):
        connected = await Credential.filter(status=CredentialStatus.CONNECTED).count()
        failing = await Credential.filter(failing_since__isnull=False).count()
        return {"status_changes": await Event.all().count(), "connected": connected, "failing": failing}


def _evenness(calls: Sequence[_Call], mean: float) -> dict[str, float]:
    largest = max(Counter(call.minute for call in calls).values())
    return {"checks": len(calls), "largest_minute": largest, "largest_to_mean": round(largest / mean, 2)}


def _repeated(calls: Sequence[_Call]) -> int:
    """The number of credentials that were asked about more than once."""
    return sum(count > 1 for count in Counter(call.secret for call in calls).values())


def _simulate(variables: dict[str, str], sandbox: Callable[[], AbstractContextManager[object]]) -> dict[str, Any]:
    settings = read_settings(variables)
    mean = _CREDENTIALS / (24 * _HOUR / _MINUTE)
    with _workers(variables) as simulation:
        with sandbox():
            backlog, _ = simulation.run(20 * _HOUR)  # all are checked once, and none is due again
            again, _ = simulation.run(5 * _HOUR)
        outage, lines = simulation.run(_HOUR)
        during = asyncio.run(_rows(settings))
        with sandbox():
            recovery, _ = simulation.run(_HOUR)
            after = asyncio.run(_rows(settings))
            simulation.now += 12 * _HOUR
            late, _ = simulation.run(2 * _HOUR)
    answered = [call.minute for call in recovery if call.answered]
    return {
        "credentials": _CREDENTIALS,
        "processes": _PROCESSES,
        "mean_per_minute": round(mean, 2),
        "backlog": _evenness(backlog, mean) | {"hours": round((max(call.minute for call in backlog) + 1) / 60, 1)},
        "double_checks": _repeated(backlog) + _repeated(again),
        "outage_hour": {"calls": len(outage), "log_lines": len(lines), **during},
        "recovery": {"minutes": min(answered) - 26 * 60, **after},
        "after_12_hours_down": _evenness(late, mean),
    }


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    began = time.monotonic()
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        port = str(own_port())
        own = {"DATA_DIR": folder, "STRIPE_API_BASE": f"http://127.0.0.1:{port}/sandbox"}
        own |= database_variables(Path(folder))
        variables = {f"DRAWBRIDGE_{name}": value for name, value in own.items()}
        asyncio.run(_fill(read_settings(variables)))
        figures = _simulate(
            variables, lambda: running_server(Path(folder) / "stripe", PORT=port, VERIFY_INTERVAL_HOURS="0")
        )
        use(None)
    figures["real_seconds"] = round(time.monotonic() - began)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result


if __name__ == "__main__":
    main()

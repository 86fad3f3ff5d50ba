"""The processes of the simulation of checks: they run the daemon in lockstep, and count its checks and calls."""

import asyncio
import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from threading import Barrier

from adapters.stripe.calls import Observer, StripeCall
from adapters.stripe.gateway import Account, StripeGateway
from kit.secret import Secret
from resolvers.daemons.checks import check_due
from resolvers.services import Services
from settings import Settings
from startup.database import open_database
from startup.services import create_services
from tests.support.settings import read_settings

PROCESSES = 2
START = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_STEP = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a secret, in a minute of the simulation."""

    secret: str
    minute: int
    answered: bool


@dataclass(slots=True)
class _Worker:
    """A process that checks. The parent sends it the times from and to which it does."""

    settings: Settings
    barrier: Barrier
    now: datetime = START
    checks: list[Check] = field(default_factory=list)
    calls: Counter[int] = field(default_factory=Counter)  # requests that its HTTP client has made, by minute
    lines: list[str] = field(default_factory=list)

    @property
    def minute(self) -> int:
        return int((self.now - START) / MINUTE)

    def count(self, _: StripeCall) -> None:
        self.calls[self.minute] += 1

    async def serve(self, parent: Connection) -> None:
        base = self.settings.stripe.stripe_api_base
        async with open_database(self.settings), aclosing(create_services(self.settings)) as own:
            gateway = _CountingGateway(base=base, timeout=own.stripe.timeout, observer=Observer(called=self.count))
            gateway.worker = self
            services = replace(own, stripe=gateway)
            while period := await asyncio.to_thread(parent.recv):
                self.now, end = period
                step_end = self.now
                while step_end < end:
                    step_end += _STEP
                    await asyncio.to_thread(self.barrier.wait)
                    await self._check_until(services, step_end)
                parent.send((self.checks, self.calls, self.lines))
                self.checks, self.calls, self.lines = [], Counter(), []
            await gateway.close()

    async def _check_until(self, services: Services, end: datetime) -> None:
        """Runs the daemon, again after the pause that it wants, for as long as it makes checks."""
        while self.now < end:
            made, began = len(self.checks), time.monotonic()
            pause = await check_due(services, lambda: self.now)
            if len(self.checks) == made:
                self.now = end
            else:  # the checks themselves have taken a part of their pause
                self.now += timedelta(seconds=pause + time.monotonic() - began)


class _CountingGateway(StripeGateway):
    worker: _Worker

    async def account_of(self, secret: Secret, *, unattended: bool = False) -> Account | None:
        answered = False
        try:
            account = await super().account_of(secret, unattended=unattended)
            answered = True
        finally:
            self.worker.checks.append(Check(secret.reveal(), self.worker.minute, answered))
        return account


def _work(variables: dict[str, str], barrier: Barrier, parent: Connection) -> None:
    worker = _Worker(read_settings(variables), barrier)
    handler = logging.Handler()
    handler.emit = lambda record: worker.lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(worker.serve(parent))


@dataclass(slots=True)
class Simulation:
    """Two workers in lockstep."""

    workers: Sequence[Connection]
    now: datetime = START

    def run(self, duration: timedelta) -> "Period":
        period = self.now, self.now + duration
        for worker in self.workers:
            worker.send(period)
        results = [worker.recv() for worker in self.workers]
        self.now += duration
        return Period(
            checks=[check for checks, _, _ in results for check in checks],
            calls=[calls for _, calls, _ in results],
            lines=[line for _, _, lines in results for line in lines],
        )


@dataclass(frozen=True, slots=True)
class Period:
    """The checks and log lines of all workers in a time, and the calls of each by minute."""

    checks: Sequence[Check]
    calls: Sequence[Counter[int]]
    lines: Sequence[str]

    @property
    def call_count(self) -> int:
        return sum(each.total() for each in self.calls)

    def calls_per_second(self) -> float:
        """The most calls per second that a worker has made in a minute."""
        return round(max(max(each.values(), default=0) for each in self.calls) / 60, 2)


@contextmanager
def running_simulation(variables: dict[str, str]) -> Iterator[Simulation]:
    """Starts the processes, which open the database of these settings."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    pipes = [context.Pipe() for _ in range(PROCESSES)]
    processes = [context.Process(target=_work, args=(variables, barrier, theirs)) for _, theirs in pipes]
    for process in processes:
        process.start()
    try:
        yield Simulation([mine for mine, _ in pipes])
        for mine, _ in pipes:
            mine.send(None)
            mine.close()
    finally:
        for process in processes:
            process.join(10)
            process.kill()

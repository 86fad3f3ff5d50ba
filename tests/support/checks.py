"""Checks of stored credentials, made by this process at any time of day."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.context import require_context

from models import CheckPace, Credential
from resolvers.daemons.checks import check_due
from resolvers.services import Services
from settings import Settings
from startup.database import open_database
from startup.services import create_services
from tests.support.client import Client

HEALTH = """query ($id: ID!) { credential(id: $id) { status problem version verifiedAt
    health { state checkedAt succeededAt failingSince nextCheckAt } } }"""
# After it, all credentials are due that were checked just now.
INTERVAL = timedelta(hours=27)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Checker:
    """The checks of one process, by a clock that the test moves."""

    services: Services
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def clock(self) -> datetime:
        return self.now

    async def check(self) -> float:
        """Runs the daemon once; returns the seconds until it runs again."""
        return await check_due(self.services, self.clock)

    async def run(self, time: timedelta, step: timedelta = MINUTE) -> None:
        """Lets time pass, and checks what becomes due."""
        end = self.now + time
        while self.now < end:
            self.now = min(end, self.now + step)
            await self.check()

    async def reach(self, id_: str) -> Credential:
        """Lets time pass until a credential is due, and checks it. No other one takes its turn.

        The pace is free from now on: a test whose clock ran ahead would cost the next one a thousand passes.
        """
        await Credential.exclude(id=id_).update(next_check_at=self.now + 1000 * DAY)
        row = await Credential.get(id=id_)
        self.now = max(self.now, row.next_check_at)
        checked_at = row.checked_at
        await CheckPace.all().update(free_at=self.now)
        while row.checked_at == checked_at:
            await self.check()
            row = await Credential.get(id=id_)
            self.now += MINUTE
        return row


@asynccontextmanager
async def checker(settings: Settings, **changes: Any) -> AsyncIterator[Checker]:
    """Opens a server's database beside it, and checks with the same Stripe."""
    own = replace(settings, stripe=settings.stripe.model_copy(update=changes))
    async with open_database(own), aclosing(create_services(own)) as services:
        yield Checker(services)


async def health(client: Client, id_: str) -> dict[str, Any]:
    """A credential's status and health."""
    return dict((await client.execute(HEALTH, id=id_))["credential"])


async def move(id_: str, **columns: Any) -> None:
    """Sets columns of a credential without the program's help."""
    await Credential.filter(id=id_).update(**columns)


async def end_claims() -> None:
    """Lets the time of all claims be over, and lets the next check begin at once."""
    await CheckPace.all().update(free_at=datetime.now(UTC))
    await require_context().db().execute_query("UPDATE credentials SET claimed_until = NULL")

"""Webhook endpoints at real receivers, by GraphQL, and deliveries of this process, by a clock that the test moves."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.context import require_context

from kit.secret import Secret
from models import Event, EventKind, Organization, WebhookDelivery, WebhookEndpoint
from models.event import ActorKind
from models.querying.tables import as_time
from resolvers.daemons.webhook_deliveries import Deliveries
from resolvers.services import Services
from resolvers.webhooks.sealing import secret_context
from tests.support.client import Client
from tests.support.databases import ask
from tests.support.documents import DELIVERIES, ENDPOINT
from tests.support.rows import webhook_endpoint
from tests.support.waiting import until
from tests.support.webhook_sending import SECRET

_numbers = itertools.count(1)
_SUBJECT = "integration_00000000000000000000000000"


async def endpoint_now(client: Client, id_: str) -> dict[str, Any]:
    """An endpoint as clients read it."""
    return await client.result(ENDPOINT, id=id_)


async def caught_up(client: Client, id_: str) -> dict[str, Any]:
    """An endpoint once it has been sent all events."""

    async def is_caught_up() -> bool:
        return bool((await endpoint_now(client, id_))["lag"] == 0)

    await until(is_caught_up)
    return await endpoint_now(client, id_)


async def attempts(client: Client, id_: str) -> list[dict[str, Any]]:
    """The attempts to deliver to an endpoint, newest first."""
    return list((await client.result(DELIVERIES, id=id_, first=100))["deliveries"]["nodes"])


async def append_events(organization: Organization, count: int, kind: EventKind = EventKind.TOKEN_ISSUED) -> None:
    """Appends events to a log, as a unit of work would."""
    await organization.refresh_from_db()
    first = organization.position + 1
    await Event.bulk_create(
        Event(
            organization_id=organization.id,
            position=position,
            kind=kind,
            subject=_SUBJECT,
            name=f"Event {position}",
            actor="tests",
            actor_kind=ActorKind.SYSTEM,
            occurred_at=datetime.now(UTC),
        )
        for position in range(first, first + count)
    )
    organization.position += count
    await Organization.filter(id=organization.id).update(position=organization.position)


async def new_organization() -> Organization:
    return await Organization.create(name=f"Deliveries {next(_numbers)}", created_at=datetime.now(UTC))


async def new_endpoint(services: Services, organization: Organization, url: str, **more: Any) -> WebhookEndpoint:
    """Creates an endpoint at the beginning of its log."""
    row = endpoint_row(services, organization, url, **more)
    await row.save(force_create=True)
    return row


def endpoint_row(services: Services, organization: Organization, url: str, **more: Any) -> WebhookEndpoint:
    """An unsaved endpoint at the beginning of its log, whose secret is SECRET; `more` overrides its columns."""
    row = webhook_endpoint(organization.id, url).update_from_dict(more)
    row.sealed_secret = services.vault.seal(Secret(SECRET), secret_context(row))
    return row


async def served_endpoint(
    services: Services, url: str, events: int = 1, **more: Any
) -> tuple[Organization, WebhookEndpoint]:
    """An endpoint of an organization of its own that has events to be sent."""
    organization = await new_organization()
    row = await new_endpoint(services, organization, url, **more)
    await append_events(organization, events)
    return organization, row


@dataclass(slots=True)
class Process:
    """The deliveries of one process, by a clock that the test moves."""

    services: Services
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    deliveries: Deliveries = field(init=False)

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.services, self.clock)

    def clock(self) -> datetime:
        return self.now

    async def deliver(self, after: timedelta = timedelta()) -> None:
        """Lets time pass, and delivers all that is due then."""
        self.now += after
        await self._notify()
        woken = asyncio.Event()
        woken.set()
        while self.deliveries.serving or woken.is_set():
            woken = self.deliveries.woken()
            await self.deliveries.start_due(self.services)
            if self.deliveries.serving:
                await asyncio.wait(set(self.deliveries.serving.values()))

    async def _notify(self) -> None:
        for id_ in await Organization.all().values_list("id", flat=True):
            self.services.notifier.notify(str(id_))

    async def start(self) -> None:
        """Starts what is due, and does not wait for its end."""
        await self._notify()
        await self.deliveries.start_due(self.services)


@asynccontextmanager
async def process_of(services: Services) -> AsyncIterator[Process]:
    process = Process(services)
    try:
        yield process
    finally:
        await process.deliveries.stop()


async def stored_attempts(endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
    """The stored attempts, oldest first."""
    return await WebhookDelivery.filter(endpoint_id=endpoint.id).order_by("id")


async def claim_of(endpoint: WebhookEndpoint) -> str | None:
    """The owner of an endpoint's claim, if its time has not come."""
    statement = f"SELECT claimed_by, claimed_until FROM webhook_endpoints WHERE id = '{endpoint.id}'"  # noqa: S608 - our own id
    (row,) = await require_context().db().execute_query_dict(statement)
    until_ = row["claimed_until"]
    return None if until_ is None or as_time(until_) <= datetime.now(UTC) else str(row["claimed_by"])


async def age_claims(seconds: int) -> None:
    """Lets claims be so much older: they are compared by the database's clock."""
    for row in await ask("SELECT id, claimed_until FROM webhook_endpoints WHERE claimed_until IS NOT NULL"):
        earlier = as_time(row["claimed_until"]) - timedelta(seconds=seconds)
        await ask(f"UPDATE webhook_endpoints SET claimed_until = '{earlier}' WHERE id = '{row['id']}'")  # noqa: S608 - our own id

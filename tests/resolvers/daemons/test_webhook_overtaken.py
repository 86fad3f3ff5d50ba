"""Users change endpoints while they are served, and serving fails in ways that nobody has foreseen."""

import asyncio
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from models import Event, EventKind, Organization, Scope, WebhookEndpoint
from resolvers import webhooks
from resolvers.context import Context, Viewer
from resolvers.events.tail import read_events
from resolvers.services import Services
from resolvers.webhooks import serve
from resolvers.webhooks.update import EndpointChanges
from tests.support.deliveries import append_events, new_endpoint, new_organization, process_of
from tests.support.receivers import running_receiver

pytestmark = pytest.mark.usefixtures("engine")


async def _update(
    services: Services, organization: Organization, row: WebhookEndpoint, **changes: Any
) -> WebhookEndpoint:
    context = Context(services, Viewer("cli", organization, "cli", frozenset(Scope)))
    return await webhooks.update(context, id_=row.id, changes=EndpointChanges(**changes))  # type: ignore[typeddict-item]


async def test_no_event_of_a_kind_that_is_added_is_passed_over(
    delivering: TortoiseContext, sending: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint is claimed with its old kinds, and the log is read after the change."""
    changed, claimed = asyncio.Event(), asyncio.Event()

    async def read_later(*given: Any, **more: Any) -> list[Event]:
        claimed.set()
        await changed.wait()
        return await read_events(*given, **more)

    monkeypatch.setattr(serve, "read_events", read_later)
    with delivering:
        async with running_receiver() as receiver, process_of(sending) as process:
            organization = await new_organization()
            row = await new_endpoint(sending, organization, receiver.url(), kinds=["TOKEN_REVOKED"], attempts=3)
            await append_events(organization, 1)
            await process.start()
            await claimed.wait()
            await _update(sending, organization, row, kinds=[EventKind.TOKEN_REVOKED, EventKind.TOKEN_ISSUED])
            await row.refresh_from_db()
            assert row.attempts == 3
            await append_events(organization, 1)
            changed.set()
            await process.deliver()
    assert [each.event["data"]["name"] for each in receiver.received] == ["Event 1", "Event 3"]

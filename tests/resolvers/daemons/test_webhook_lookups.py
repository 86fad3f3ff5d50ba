"""An organization whose name servers hang holds up the deliveries of no other, and loses no attempt of its own."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from adapters.webhooks.problems import BUSY
from adapters.webhooks.resolver import ThreadedResolver
from adapters.webhooks.sender import WebhookSender
from resolvers.services import Services
from tests.support.deliveries import append_events, new_endpoint, new_organization, process_of
from tests.support.name_server import NameServer
from tests.support.receivers import running_receiver
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


@pytest.fixture
def name_server(fresh: TortoiseContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:  # noqa: ARG001 - first, as connecting resolves names
    found = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    yield found
    found.recovers.set()


async def test_lookups_that_hang_hold_up_their_organization_alone(
    fresh: TortoiseContext, sending: Services, name_server: NameServer
) -> None:
    sender = WebhookSender(sending.webhooks.timeout, (), production=False, resolve=ThreadedResolver(0.1))
    services = replace(sending, webhooks=sender)
    with fresh:
        hanging, other = await new_organization(), await new_organization()
        async with running_receiver() as receiver, process_of(services) as process:
            for number in range(4):
                await new_endpoint(services, hanging, f"https://hanging{number}.example/")
            await append_events(hanging, 1)
            await process.start()
            await until(lambda: len(name_server.asked) == 4)
            busy = await new_endpoint(services, hanging, receiver.url("/busy"))
            served = await new_endpoint(services, other, receiver.url("/served"))
            await append_events(other, 1)
            await process.start()
            await until(lambda: len(process.deliveries.serving) == 4)
            await busy.refresh_from_db()
            await served.refresh_from_db()
    await sender.close()
    assert [each.target for each in receiver.received] == ["/served"]
    assert (served.position, served.problem) == (1, None)
    assert (busy.position, busy.attempts, busy.problem) == (0, 0, BUSY)
    assert busy.next_attempt_at == process.now + timedelta(seconds=5)

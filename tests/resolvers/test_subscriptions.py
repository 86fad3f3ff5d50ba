"""Following the log: pushed, resumed from a cursor, filtered; each event once and in order."""

import asyncio
import itertools
import random

import pytest

from models import Scope
from tests.resolvers.test_events import cursor_now, future
from tests.support.actions import add_credential, add_integration, history
from tests.support.client import Client, Socket
from tests.support.documents import FOLLOW, UPDATE_INTEGRATION
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key


async def take(socket: Socket, count: int) -> list[str]:
    return [(await socket.next())["events"]["cursor"] for _ in range(count)]


async def test_changes_are_pushed_as_they_happen(client: Client) -> None:
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=await cursor_now(client))
        integration = await add_integration(client)
        credential_event, event = [(await socket.next())["events"] for _ in range(2)]
    assert credential_event["kind"] == "CREDENTIAL_CREATED"
    assert (event["kind"], event["integrationId"]) == ("INTEGRATION_CREATED", integration["id"])
    assert (event["integrationStatus"], event["integration"]) == ("ACTIVE", {"name": "Billing"})


async def test_without_a_cursor_it_begins_now(client: Client) -> None:
    await add_integration(client, "Before")
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW)
        first = asyncio.create_task(socket.next())
        for number in itertools.count():  # nobody is told when it has begun
            await add_integration(client, f"After {number}")
            if first.done():
                break
        assert (await first)["events"]["name"].startswith("After")


async def test_who_was_away_resumes_and_misses_nothing(client: Client) -> None:
    cursor = await cursor_now(client)
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor)
        await add_integration(client, "One")
        seen = await take(socket, 2)
    await add_integration(client, "Two")
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=seen[-1])
        await add_integration(client, "Three")
        seen += await take(socket, 4)
    assert seen == [event["cursor"] for event in await history(client)]


async def test_followers_see_the_same_whenever_they_join(client: Client) -> None:
    start, credential = await cursor_now(client), await add_credential(client)

    async def write(writer: int) -> None:
        for number in range(10):
            await add_integration(client, f"{writer}-{number}", authentication={"credentialId": credential["id"]})

    async def follow(delay: float) -> list[str]:
        await asyncio.sleep(delay)
        async with client.socket() as socket:
            await socket.subscribe(FOLLOW, after=start)
            return await take(socket, 41)

    delays = [random.random() / 2 for _ in range(8)]  # noqa: S311 - no secret
    *_, first, second, third, fourth, fifth, sixth, seventh, eighth = await asyncio.gather(
        *(write(writer) for writer in range(4)), *map(follow, delays)
    )
    log = [event["cursor"] for event in await history(client)]
    assert all(seen == log for seen in (first, second, third, fourth, fifth, sixth, seventh, eighth))


async def test_status_changes_alone_can_be_followed(client: Client, server: RunningServer) -> None:
    key = secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    async with client.socket() as socket:
        wanted = {"kinds": ["INTEGRATION_STATUS_CHANGED"], "subject": integration["id"]}
        await socket.subscribe(FOLLOW, after=await cursor_now(client), filter=wanted)
        await add_integration(client, "Something else")
        await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Renamed"})
        await change_key(server, client, integration["credential"]["id"], key, "rejected")
        await change_key(server, client, integration["credential"]["id"], key, "accepted")
        pushed = [(await socket.next())["events"]["integrationStatus"] for _ in range(2)]
    assert pushed == ["NEEDS_ATTENTION", "ACTIVE"]


async def test_another_organizations_changes_are_not_pushed(client: Client, server: RunningServer) -> None:
    other = (await new_tenant(server)).client
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=await cursor_now(client))
        await add_integration(other, "Theirs")
        await add_integration(client, "Mine")
        assert (await socket.next())["events"]["name"] == "Mine"


async def test_what_another_process_writes_is_pushed(tenant: Tenant) -> None:
    async with tenant.client.socket() as socket:
        await socket.subscribe(FOLLOW, after=await cursor_now(tenant.client))
        await tenant.client_with(Scope.READ)  # issued by this process, not by the server
        assert (await socket.next())["events"]["kind"] == "TOKEN_ISSUED"


@pytest.mark.parametrize("cursor", ["nonsense", "", "WyJMT0ciXQ"])
async def test_a_malformed_cursor_ends_the_operation_with_an_error(client: Client, cursor: str) -> None:
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor)
        message = await socket.receive()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INVALID_CURSOR")


async def test_a_future_cursor_ends_the_operation_with_an_error(client: Client) -> None:
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=future(await cursor_now(client)))
        message = await socket.receive()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INVALID_CURSOR")


async def test_following_needs_read(tenant: Tenant) -> None:
    async with (await tenant.client_with(Scope.REVEAL_SECRETS)).socket() as socket:
        await socket.subscribe(FOLLOW)
        message = await socket.receive()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")

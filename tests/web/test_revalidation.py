"""Revalidation: connections end soon after their token is revoked, expires or loses a scope."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import websockets

from models import ApiToken, Scope
from startup.database import open_database
from tests.resolvers.test_events import cursor_now
from tests.support.client import Client
from tests.support.documents import FOLLOW, ISSUE_TOKEN, REVOKE_TOKEN
from tests.support.node import running
from tests.support.organizations import Tenant
from tests.support.secrecy import keep
from tests.support.streams import streaming
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("quiet")


async def _issue(client: Client, name: str, **more: object) -> tuple[str, Client]:
    """A token with the scope READ, and a client with it."""
    issued = await client.result(ISSUE_TOKEN, input={"name": name, "scopes": ["READ"], **more})
    return issued["token"]["id"], Client(client.address, keep(issued["secret"]))


async def _revoke(tenant: Tenant, id_: str) -> None:
    await tenant.client.result(REVOKE_TOKEN, input={"id": id_})


async def _take_scope(tenant: Tenant, id_: str) -> None:
    async with open_database(tenant.server.settings):
        await ApiToken.filter(id=id_).update(scopes=[Scope.REVEAL_SECRETS.value])


async def _expire(tenant: Tenant, id_: str) -> None:
    """Lets the token expire in one second."""
    async with open_database(tenant.server.settings):
        await ApiToken.filter(id=id_).update(expires_at=datetime.now(UTC) + timedelta(seconds=1))


_CAUSES: list[tuple[Callable[[Tenant, str], Awaitable[None]], str]] = [
    (_revoke, "UNAUTHENTICATED"),
    (_expire, "UNAUTHENTICATED"),
    (_take_scope, "FORBIDDEN"),
]


async def _assert_ends(tenant: Tenant, lose: Callable[[Tenant, str], Awaitable[None]], code: str) -> None:
    """Asserts that a stream and a socket end soon after their token has lost access."""
    id_, client = await _issue(tenant.client, code + lose.__name__)
    async with streaming(client, FOLLOW) as stream, client.socket() as socket:
        await stream.began()
        await socket.subscribe(FOLLOW)
        await lose(tenant, id_)
        await asyncio.wait_for(socket.connection.wait_closed(), PATIENCE)
        while (event := await stream.event()).data.get("data"):
            pass
        assert socket.connection.close_code == 4403
        assert event.data["errors"][0]["extensions"]["code"] == code
        assert (await stream.event()).event == "complete"
        assert await stream.block() is None


@pytest.mark.slow
async def test_operations_end_by_themselves_whatever_their_token_has_lost(tenant: Tenant) -> None:
    async with tenant.client.socket() as bystander:
        await asyncio.gather(*(_assert_ends(tenant, lose, code) for lose, code in _CAUSES))
        await bystander.subscribe("{ viewer { name } }")
        assert await bystander.next()


async def test_an_operation_of_an_open_socket_is_judged_by_what_its_token_may_do_now(tenant: Tenant) -> None:
    id_, client = await _issue(tenant.client, "Partner")
    async with client.socket() as socket:
        await _take_scope(tenant, id_)
        await socket.subscribe("{ viewer { scopes } }")
        assert await socket.next() == {"viewer": {"scopes": ["REVEAL_SECRETS"]}}
        await socket.receive()
        await socket.subscribe("{ eventCursor }")
        message = await socket.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        await _revoke(tenant, id_)
        with suppress(websockets.ConnectionClosed):  # the log may have told of the revocation before
            await socket.subscribe("{ viewer { name } }")
        while socket.connection.close_code is None:
            await asyncio.wait_for(socket.connection.wait_closed(), PATIENCE)
    assert socket.connection.close_code == 4403


@pytest.mark.slow
async def test_graphql_ws_s_client_signs_in_anew_upon_4403_and_resumes(tenant: Tenant) -> None:
    id_, first = await _issue(tenant.client, "First")
    _, second = await _issue(tenant.client, "Second")
    address = tenant.client.address.replace("http", "ws", 1) + "/graphql"
    env = {"TOKENS": f"{first.token} {second.token}", "AFTER": await cursor_now(tenant.client)}
    async with running("graphql_ws.mjs", address, **env) as program:
        await _issue(tenant.client, "Seen")
        assert (await program.line())["events"]["name"] == "Seen"
        await _revoke(tenant, id_)
        assert (await program.line())["events"]["name"] == "First"
        assert await program.line() == {"closed": 4403}
        await _issue(tenant.client, "Seen again")
        assert (await program.line())["events"]["name"] == "Seen again"

"""Server-sent events: graphql-sse's distinct connections mode, resumed by Last-Event-ID."""

from pathlib import Path

import pytest
import websockets

from models import Scope
from tests.resolvers.test_events import cursor_now, future
from tests.support.actions import add_integration, history
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, FOLLOW
from tests.support.node import running
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.secrecy import secret_key
from tests.support.servers import running_server
from tests.support.streams import EVENTS, Stream, streaming

_VIEWER = "{ viewer { name } }"
# Without the cursor, which the server nevertheless sends as the id.
_KINDS = "subscription ($after: String) { events(after: $after) { kind } }"

pytestmark = pytest.mark.usefixtures("quiet")


async def _take(stream: Stream, count: int) -> list[str | None]:
    return [(await stream.event()).id for _ in range(count)]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_events_are_streamed_as_they_happen_and_their_ids_are_their_cursors(client: Client, method: str) -> None:
    async with streaming(client, _KINDS, method=method) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        await stream.began()
        await add_integration(client)
        events = [await stream.event() for _ in range(2)]
    assert [event.event for event in events] == ["next", "next"]
    kinds = [event.data["data"]["events"]["kind"] for event in events]
    assert kinds == ["CREDENTIAL_CREATED", "INTEGRATION_CREATED"]
    assert [event.id for event in events] == [event["cursor"] for event in await history(client)]


async def test_who_comes_again_with_the_last_id_misses_nothing(client: Client) -> None:
    async with streaming(client, _KINDS) as stream:
        seen = [await stream.began()]  # no event yet
    for name in ("One", "Two"):
        await add_integration(client, name)
        async with streaming(client, _KINDS, headers={"Last-Event-ID": seen[-1]}) as stream:
            seen += [str(id_) for id_ in await _take(stream, 2)]
    assert seen[1:] == [event["cursor"] for event in await history(client)]


async def test_the_last_id_takes_the_place_of_after(client: Client) -> None:
    start = await cursor_now(client)
    await add_integration(client)
    first, second = (event["cursor"] for event in await history(client))
    async with streaming(client, FOLLOW, after=start) as stream:
        assert await _take(stream, 2) == [first, second]
    async with streaming(client, FOLLOW, headers={"Last-Event-ID": first}, after=start) as stream:
        assert await _take(stream, 1) == [second]


async def test_a_last_id_that_names_no_place_is_an_error_and_no_silent_start(client: Client) -> None:
    for wrong in ("nonsense", future(await cursor_now(client))):
        async with streaming(client, FOLLOW, headers={"Last-Event-ID": wrong}) as stream:
            event = await stream.event()
            assert event.data["errors"][0]["extensions"] == {"code": "INVALID_CURSOR"}
            assert (await stream.event()).event == "complete"


async def test_following_needs_read(tenant: Tenant) -> None:
    async with streaming(await tenant.client_with(Scope.REVEAL_SECRETS), FOLLOW) as stream:
        assert (await stream.event()).data["errors"][0]["extensions"] == {"code": "FORBIDDEN", "requiredScope": "READ"}
        assert (await stream.event()).event == "complete"
        assert await stream.block() is None


async def test_queries_and_mutations_have_one_result_and_are_complete(client: Client) -> None:
    given = {"name": "Billing", "authentication": {"secretKey": secret_key()}}
    async with streaming(client, CREATE_INTEGRATION, input=given) as stream:
        assert (await stream.event()).data["data"]["createIntegration"]["integration"]["name"] == "Billing"
        assert (await stream.event()).event == "complete"
    for method in ("GET", "POST"):
        async with streaming(client, _VIEWER, method=method) as stream:
            event = await stream.event()
            assert (event.event, event.id) == ("next", None)
            assert event.data["data"]["viewer"]["name"]
            complete = await stream.event()
            assert complete.fields == {"event": "complete", "data": ""}  # browsers ignore events without data
            assert await stream.block() is None


_CANNOT_BE_RUN = [
    "{",
    "{ nope }",
    "subscription { nope }",
    "subscription { events(after: 1) { cursor } }",
    f"query a {_VIEWER} query b {_VIEWER}",
]


@pytest.mark.parametrize("document", _CANNOT_BE_RUN)
async def test_what_fails_before_it_is_executed_is_told_by_the_stream(client: Client, document: str) -> None:
    async with streaming(client, document) as stream:
        event = await stream.event()
        assert set(event.data) == {"errors"}
        assert {error["extensions"]["code"] for error in event.data["errors"]} == {"INVALID_REQUEST"}
        assert (await stream.event()).event == "complete"


async def test_what_is_no_request_has_a_status_that_ends_an_event_source(client: Client) -> None:
    async with plain_client(headers=client.headers() | EVENTS) as http:
        url = f"{client.address}/graphql"
        statuses = [
            (await http.get(url)).status_code,
            (await http.get(url, params={"query": "mutation { __typename }"})).status_code,
            (await http.get(url, params={"query": _VIEWER}, headers={"Authorization": "Bearer x"})).status_code,
        ]
    assert statuses == [400, 405, 401]


async def test_graphql_sse_s_client_understands_it(client: Client) -> None:
    for document in (_VIEWER, 'subscription { events(after: "nonsense") { cursor } }'):
        address = f"{client.address}/graphql"
        async with running("graphql_sse.mjs", address, document, TOKEN=str(client.token)) as program:
            result, complete = await program.rest()
        assert set(result) >= {"data"}
        assert complete == "complete"


async def test_streams_and_sockets_share_one_limit(tmp_path: Path) -> None:
    with running_server(tmp_path, MAX_SOCKETS_PER_VIEWER="2") as server:
        tenant = await new_tenant(server)
        client, other = tenant.client, await tenant.client_with(Scope.READ)
        async with streaming(client, FOLLOW) as stream:
            await stream.began()
            async with client.socket():
                async with plain_client() as http:
                    headers = client.headers() | EVENTS
                    refused = await http.post(f"{client.address}/graphql", headers=headers, json={"query": FOLLOW})
                assert refused.status_code == 429
                assert refused.json()["errors"][0]["extensions"] == {"code": "TOO_MANY_CONNECTIONS"}
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    async with client.socket():
                        pass
                assert closed.value.rcvd
                assert closed.value.rcvd.code == 1013
                async with streaming(other, FOLLOW) as allowed:
                    await allowed.began()
            async with streaming(client, FOLLOW) as again:
                await again.began()

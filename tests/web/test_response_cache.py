"""The response cache: responses are reused while nothing has changed, and only for the same viewer's access."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from models import Organization, Scope
from startup.database import open_database
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import (
    EVENT_CURSOR,
    INTEGRATION,
    ISSUE_TOKEN,
    REPORT_FAILURE,
    REVEAL_SECRET,
    SET_ACTIVE,
    UPDATE_INTEGRATION,
)
from tests.support.metrics import figures_when, read_figures
from tests.support.organizations import Tenant, new_tenant
from tests.support.rows import incomplete_credential
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import changed_at_stripe

pytestmark = pytest.mark.usefixtures("engine")

_NAMES = "query Names($first: Int) { integrations(first: $first) { nodes { name } } }"
_TOKENS = "{ tokens { nodes { name } } }"
_LAST_USED = "{ tokens { nodes { name lastUsedAt } } }"
_CHECKED = "{ credentials { nodes { verifiedAt health { checkedAt } } } }"
_WAITING = "{ credentials { nodes { displayName } } }"
_HEALTH = "{ credentials { nodes { health { state } } } }"
_REVEALED_PAGE = "events(filter: {kinds: [SECRET_REVEALED]}) { totalCount }"
_REVEALED = f"{{ {_REVEALED_PAGE} }}"


class _Counter:
    """Counts a server's cached responses, and all of its operations."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server

    async def repeated(self, client: Client, document: str, **variables: object) -> bool:
        """Whether the response comes from the cache."""
        before = await read_figures(self._server)
        await client.post(document, **variables)
        name, asked = "repeated_answers_total", before.of("operations_total")
        after = await figures_when(self._server, lambda figures: figures.of("operations_total") > asked)
        return after.of(name) > before.of(name)


@pytest.fixture
def counter(server: RunningServer) -> _Counter:
    return _Counter(server)


async def test_the_same_question_is_answered_again_without_being_executed(client: Client, counter: _Counter) -> None:
    await add_integration(client, "Billing")
    first = await client.post(_NAMES)
    assert await counter.repeated(client, _NAMES)
    again = await client.post(_NAMES)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]


async def test_who_asks_otherwise_is_not_given_the_answer_to_something_else(client: Client, counter: _Counter) -> None:
    for name in ("One", "Two"):
        await add_integration(client, name)
    assert not await counter.repeated(client, _NAMES, first=1)
    assert not await counter.repeated(client, _NAMES, first=2)
    assert not await counter.repeated(client, _NAMES.replace("Names", "Others"), first=2)
    two = f"{_NAMES} query Cursor {{ eventCursor }}"
    for name, field in (("Names", "integrations"), ("Cursor", "eventCursor")):
        answer = (await client.send(json={"query": two, "operationName": name})).json()
        assert list(answer["data"]) == [field]


async def test_an_answer_belongs_to_its_organization(server: RunningServer, client: Client) -> None:
    await add_integration(client, "Ours")
    assert (await client.result(_NAMES))["nodes"] == [{"name": "Ours"}]
    other = (await new_tenant(server)).client
    assert (await other.result(_NAMES))["nodes"] == []


async def test_an_answer_belongs_to_those_with_the_same_scopes(tenant: Tenant, counter: _Counter) -> None:
    await tenant.client.execute(_TOKENS)
    assert await counter.repeated(tenant.client, _TOKENS)
    reader = await tenant.client_with(Scope.READ)
    assert (await reader.error(_TOKENS))["extensions"]["code"] == "FORBIDDEN"
    assert (await reader.error(_TOKENS))["extensions"]["code"] == "FORBIDDEN"
    await reader.execute(_NAMES)
    assert await counter.repeated(await tenant.client_with(Scope.READ), _NAMES) is False  # its issue was a change
    assert await counter.repeated(reader, _NAMES)


async def test_who_has_lost_the_token_is_given_nothing(tenant: Tenant) -> None:
    issued = await tenant.client.result(ISSUE_TOKEN, input={"name": "Lost", "scopes": ["READ"]})
    lost = Client(tenant.client.address, issued["secret"])
    await lost.execute(_NAMES)
    revoke = "mutation ($id: ID!) { revokeToken(input: {id: $id}) { __typename } }"
    await tenant.client.execute(revoke, id=issued["token"]["id"])
    assert (await lost.post(_NAMES)).status_code == 401


async def test_every_change_makes_answers_new(client: Client, counter: _Counter) -> None:
    integration = await add_integration(client, "Before")
    by_id = {"id": integration["id"]}
    await client.execute(INTEGRATION, **by_id)
    assert await counter.repeated(client, INTEGRATION, **by_id)
    await client.result(UPDATE_INTEGRATION, input={**by_id, "name": "After"})
    assert (await client.result(INTEGRATION, **by_id))["name"] == "After"
    await client.result(SET_ACTIVE, input={**by_id, "active": False})
    assert (await client.result(INTEGRATION, **by_id))["status"] == "INACTIVE"


async def test_answers_survive_a_stream_of_reveals(client: Client, counter: _Counter) -> None:
    reveal = {"integrationId": (await add_integration(client))["id"], "reason": "test"}
    await client.execute(_NAMES)
    for _ in range(10):
        await client.result(REVEAL_SECRET, input=reveal)
        assert await counter.repeated(client, _NAMES)
    await client.result(UPDATE_INTEGRATION, input={"id": reveal["integrationId"], "name": "After"})
    assert (await client.result(_NAMES))["nodes"] == [{"name": "After"}]


@pytest.mark.parametrize("document", [EVENT_CURSOR, _REVEALED, f"{{ {_REVEALED_PAGE} integrations {{ totalCount }} }}"])
async def test_an_answer_that_shows_the_log_stands_until_it_grows(
    client: Client, counter: _Counter, document: str
) -> None:
    reveal = {"integrationId": (await add_integration(client))["id"], "reason": "test"}
    before = (await client.post(document)).json()
    assert await counter.repeated(client, document)
    await client.result(REVEAL_SECRET, input=reveal)
    assert not await counter.repeated(client, document)
    assert (await client.post(document)).json() != before


async def test_a_check_makes_answers_new_only_if_they_would_differ(
    server: RunningServer, client: Client, counter: _Counter
) -> None:
    key = secret_key()
    report = {"integrationId": (await add_integration(client, authentication={"secretKey": key}))["id"]}
    for document in (_NAMES, _HEALTH):
        await client.execute(document)
    assert (await client.result(REPORT_FAILURE, input=report))["__typename"] == "ReportCredentialFailureSuccess"
    assert [await counter.repeated(client, document) for document in (_NAMES, _HEALTH)] == [True, True]
    async with changed_at_stripe(server, key, "unavailable"):
        assert (await client.result(REPORT_FAILURE, input=report))["__typename"] == "StripeUnavailableError"
    assert (await client.result(_HEALTH))["nodes"] == [{"health": {"state": "FAILING"}}]
    await client.result(REPORT_FAILURE, input=report)
    assert (await client.result(_HEALTH))["nodes"] == [{"health": {"state": "HEALTHY"}}]


@pytest.mark.parametrize("document", ["{ viewer { name } }", _LAST_USED, _CHECKED, "{ nope }"])
async def test_what_changes_without_an_event_and_what_fails_is_executed_each_time(
    client: Client, counter: _Counter, document: str
) -> None:
    assert [await counter.repeated(client, document) for _ in range(3)] == [False] * 3


async def test_tokens_are_given_again_as_long_as_nobody_asks_when_they_were_used(
    client: Client, counter: _Counter
) -> None:
    assert [await counter.repeated(client, _TOKENS) for _ in range(2)] == [False, True]


@pytest.mark.slow
async def test_an_incomplete_credential_is_gone_with_its_time_though_nothing_was_written(
    tenant: Tenant, counter: _Counter
) -> None:
    """Its row is inserted without a notification, so the expiry daemon does not learn of it in time."""
    due = datetime.now(UTC) + timedelta(seconds=8)
    async with open_database(tenant.server.settings):
        organization = await Organization.get(name=tenant.name)
        await incomplete_credential(organization.id, 1, due).save()
    assert (await tenant.client.result(_WAITING))["nodes"] == [{"displayName": "Due 1 (Incomplete)"}]
    assert not await counter.repeated(tenant.client, _WAITING)
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
    assert (await tenant.client.result(_WAITING))["nodes"] == []


@pytest.fixture(scope="module", params=["0", "20000"])
def small(
    request: pytest.FixtureRequest,
    engine: str,  # noqa: ARG001 - one per database
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningServer]:
    """A server without a cache, or with a small one."""
    with running_server(tmp_path_factory.mktemp("small"), KEPT_ANSWER_BYTES=request.param) as running:
        yield running


async def test_no_more_is_kept_than_there_is_room_for(small: RunningServer) -> None:
    client, counter = (await new_tenant(small)).client, _Counter(small)
    for first in range(1, 51):
        await client.execute(_NAMES, first=first)
    room = small.settings.limits.kept_answer_bytes > 0
    assert [await counter.repeated(client, _NAMES, first=first) for first in (50, 1)] == [room, False]

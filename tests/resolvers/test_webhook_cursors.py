"""Webhook endpoints are switched off and on, and moved back to a cursor of the log."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.actions import add_endpoint, add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, REPLAY_EVENTS, SWITCH_ENDPOINT
from tests.support.endpoints import change, claim, is_claimed, read, resting_endpoint, stored_endpoint, switch
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer

_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_FAR = datetime(2126, 1, 1, tzinfo=UTC)
_FAILING: dict[str, Any] = {"problem": "The connection was refused.", "failing_since": _LONG_AGO, "attempts": 3}


async def _cursor(client: Client) -> str:
    return str((await client.execute(EVENT_CURSOR))["eventCursor"])


async def _replay(client: Client, endpoint: dict[str, Any], after: str, **more: Any) -> dict[str, Any]:
    return await client.result(REPLAY_EVENTS, input={"id": endpoint["id"], "after": after, **more})


async def _assert_still_disabled(server: RunningServer, endpoint: dict[str, Any]) -> None:
    row = await stored_endpoint(server, endpoint)
    assert (row.problem, row.failing_since, row.next_attempt_at) == (*list(_FAILING.values())[:2], None)
    assert not await is_claimed(server, endpoint), "the result of an attempt that is being made does not count"


async def test_switching_has_its_events_and_shows_no_old_problem(client: Client, server: RunningServer) -> None:
    endpoint = await add_endpoint(client)
    await change(server, endpoint, **_FAILING, next_attempt_at=_FAR)
    result = await client.result(SWITCH_ENDPOINT, input={"id": endpoint["id"], "active": False, "expectedVersion": 1})
    assert result["message"] == "Webhook endpoint localhost has been switched off."
    off = result["webhookEndpoint"]
    assert (off["status"], off["problem"], off["failingSince"], off["version"]) == ("DISABLED", None, None, 2)
    assert off["nextAttemptAt"] is (await read(client, off))["nextAttemptAt"] is None
    result = await client.result(SWITCH_ENDPOINT, input={"id": endpoint["id"], "active": True, "expectedVersion": 2})
    assert result["message"] == "Webhook endpoint localhost has been switched on."
    assert (result["webhookEndpoint"]["status"], result["webhookEndpoint"]["version"]) == ("ENABLED", 3)
    events = (await history(client))[-2:]
    names = ("kind", "previousWebhookEndpointStatus", "webhookEndpointStatus", "reason")
    assert [tuple(event[name] for name in names) for event in events] == [
        ("WEBHOOK_ENDPOINT_DISABLED", "ENABLED", "DISABLED", None),
        ("WEBHOOK_ENDPOINT_ENABLED", "DISABLED", "ENABLED", None),
    ]


async def test_switching_to_where_it_is_changes_nothing(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    before = await read(client, endpoint)
    assert await switch(client, endpoint, active=False) == before
    await switch(client, endpoint, active=True)
    await change(server, endpoint, position=1)
    again = await switch(client, endpoint, active=True, fromNow=True)
    assert again["version"] == before["version"] + 1
    assert await kinds(client) == [f"WEBHOOK_ENDPOINT_{kind}" for kind in ("CREATED", "DISABLED", "ENABLED")]


async def test_an_endpoint_that_is_switched_on_goes_on_from_its_cursor(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    await add_integration(client)
    await change(server, endpoint, next_attempt_at=_FAR, attempts=3)
    off = await read(client, endpoint)
    assert off["lag"] == 3, "being switched off, and an integration with its credential"
    on = await switch(client, endpoint, active=True)
    assert (on["cursor"], on["lag"]) == (endpoint["cursor"], 4)
    assert datetime.fromisoformat(on["nextAttemptAt"]) <= datetime.now(UTC)


async def test_or_from_now(client: Client) -> None:
    endpoint = await resting_endpoint(client)
    await add_integration(client)
    on = await switch(client, endpoint, active=True, fromNow=True)
    assert (on["cursor"], on["lag"], on["nextAttemptAt"]) == (await _cursor(client), 0, None)
    assert (await history(client))[-1]["cursor"] == on["cursor"]


async def test_switching_on_clears_the_failures(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    await change(server, endpoint, **_FAILING, next_attempt_at=_FAR)
    on = await switch(client, endpoint, active=True)
    assert (on["problem"], on["failingSince"]) == (None, None)


async def test_switching_off_leaves_a_delivery_to_its_end(client: Client, server: RunningServer) -> None:
    endpoint = await add_endpoint(client)
    await claim(server, endpoint)
    await switch(client, endpoint, active=False)
    assert await is_claimed(server, endpoint)


async def test_events_are_replayed_after_a_cursor(client: Client, server: RunningServer) -> None:
    start = await _cursor(client)
    await add_integration(client)
    endpoint = await resting_endpoint(client)
    await change(server, endpoint, **_FAILING)
    await claim(server, endpoint)
    result = await _replay(client, endpoint, start, expectedVersion=endpoint["version"])
    assert result["message"] == "Events are sent to localhost again."
    moved = result["webhookEndpoint"]
    assert (moved["cursor"], moved["lag"], moved["version"]) == (start, 5, endpoint["version"] + 1)
    await _assert_still_disabled(server, endpoint)
    assert await read(client, endpoint) == moved
    assert (await kinds(client))[-1] == "WEBHOOK_ENDPOINT_UPDATED"


async def test_replaying_from_where_it_is_is_allowed(client: Client) -> None:
    endpoint = await resting_endpoint(client)
    assert (await _replay(client, endpoint, endpoint["cursor"]))["__typename"] == "ReplayWebhookEventsSuccess"


@pytest.mark.parametrize("cursor", ["ahead", "theirs", "sample", "", "\0"])
async def test_a_cursor_that_the_endpoint_has_not_come_to_is_refused(tenant: Tenant, cursor: str) -> None:
    client = tenant.client
    endpoint = await resting_endpoint(client)
    await add_integration(client)
    if cursor == "ahead":
        cursor = await _cursor(client)
    elif cursor == "theirs":
        cursor = await _cursor((await new_tenant(tenant.server)).client)
    before, log = await read(client, endpoint), await history(client)
    result = await _replay(client, endpoint, cursor)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "after")
    assert (await read(client, endpoint), await history(client)) == (before, log)


async def test_only_the_expected_version_is_switched_or_replayed(client: Client) -> None:
    endpoint = await resting_endpoint(client)
    given = {"id": endpoint["id"], "expectedVersion": 1}
    for document, more in ((SWITCH_ENDPOINT, {"active": True}), (REPLAY_EVENTS, {"after": endpoint["cursor"]})):
        result = await client.result(document, input={**given, **more})
        assert (result["__typename"], result["currentVersion"]) == ("StaleVersionError", 2)

"""EventFilter's actors and times, for lists and subscriptions alike."""

from typing import Any

import pytest

from models import Scope
from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_credential
from tests.support.client import Client
from tests.support.documents import EVENTS, FOLLOW, UPDATE_CREDENTIAL
from tests.support.organizations import Tenant


async def _listed(client: Client, **wanted: Any) -> list[dict[str, Any]]:
    page = await client.result(EVENTS, filter=wanted)
    assert page["totalCount"] == len(page["nodes"])
    return list(page["nodes"])


async def _rename(client: Client, credential: dict[str, Any], name: str) -> None:
    await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": name})


async def test_the_log_is_filtered_by_the_actors_id_and_kind(tenant: Tenant) -> None:
    other = await tenant.client_with(Scope.CONFIGURE)
    credential = await add_credential(tenant.client, "Mine")
    await _rename(other, credential, "Theirs")
    everything = await _listed(tenant.client)
    mine, theirs = everything[-2]["actor"], everything[-1]["actor"]
    assert [event["name"] for event in await _listed(tenant.client, actorId=theirs["id"])] == ["Theirs"]
    assert await _listed(tenant.client, actorId=mine["id"]) == [e for e in everything if e["actor"] == mine]
    assert await _listed(tenant.client, actorId=mine["id"], kinds=["CREDENTIAL_CREATED"]) == [everything[-2]]
    assert await _listed(tenant.client, actorKind="SYSTEM") == [e for e in everything if e["actor"]["kind"] == "SYSTEM"]
    assert await _listed(tenant.client, actorKind="USER") == []
    assert await _listed(tenant.client, actorKind="USER", actorId=mine["id"]) == []


async def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(client: Client) -> None:
    for name in ("One", "Two", "Three"):
        await add_credential(client, name)
    everything = await _listed(client)
    for number, event in enumerate(everything):
        after = await _listed(client, occurredAfter=event["occurredAt"])
        before = await _listed(client, occurredBefore=event["occurredAt"])
        assert before + after == everything
        assert after[-len(everything[number:]) :] == everything[number:]
    first, last = everything[0]["occurredAt"], everything[-1]["occurredAt"]
    assert await _listed(client, occurredAfter=last, occurredBefore=first) == []


@pytest.mark.parametrize("offset", ["Z", "+14:00", "-12:00"])
async def test_any_time_that_can_be_written_is_one_to_filter_by(client: Client, offset: str) -> None:
    for time in ("0001-01-03T00:00:00", "9999-12-30T00:00:00"):
        after = await _listed(client, occurredAfter=f"{time}{offset}")
        assert after == ([] if time.startswith("9") else await _listed(client))


async def test_a_subscription_follows_one_actor_from_a_time_on(tenant: Tenant) -> None:
    other = await tenant.client_with(Scope.CONFIGURE)
    credential = await add_credential(tenant.client, "Mine")
    begin = (await _listed(tenant.client))[0]["cursor"]
    await _rename(other, credential, "Theirs")
    theirs = (await _listed(tenant.client))[-1]
    wanted = {"actorId": theirs["actor"]["id"], "actorKind": "TOKEN", "occurredAfter": theirs["occurredAt"]}
    async with tenant.client.socket() as socket:
        await socket.subscribe(FOLLOW, after=begin, filter=wanted)
        assert (await socket.next())["events"]["name"] == "Theirs", "past events"
        await _rename(tenant.client, credential, "Mine again")
        await _rename(other, credential, "Theirs again")
        assert (await socket.next())["events"]["name"] == "Theirs again", "events as they happen"
        await socket.subscribe(FOLLOW, filter={"occurredAfter": "2999-01-01T00:00:00Z"})
        await socket.subscribe(FOLLOW, after=await cursor_now(tenant.client), filter={"actorKind": "TOKEN"})
        await _rename(tenant.client, credential, "Seen by one")
        assert (await socket.next())["events"]["name"] == "Seen by one"
        await _rename(other, credential, "Seen by two")
        assert {(await socket.next())["events"]["name"] for _ in range(2)} == {"Seen by two"}


async def test_a_subscription_refuses_an_end(client: Client) -> None:
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, filter={"occurredBefore": "2999-01-01T00:00:00Z"})
        message = await socket.receive()
        assert message["type"] in {"error", "next"}
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "INVALID_ARGUMENT"
        assert errors[0]["message"].startswith("A subscription has no end.")

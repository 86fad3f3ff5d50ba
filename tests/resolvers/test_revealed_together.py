"""Concurrent reveals share few commits, and each has the same result as on its own."""

import asyncio

import pytest

from models import Scope
from tests.support.actions import add_integration, history
from tests.support.client import Client
from tests.support.documents import REVEAL_SECRET, SET_ACTIVE
from tests.support.organizations import Tenant

pytestmark = pytest.mark.usefixtures("engine")

_MANY = 40


async def _reveal(client: Client, id_: str, reason: str) -> str:
    result = await client.result(REVEAL_SECRET, input={"integrationId": id_, "reason": reason})
    return str(result["__typename"])


async def test_each_of_many_has_its_event_and_few_commits_write_them(client: Client) -> None:
    ids = [(await add_integration(client, name))["id"] for name in ("One", "Two")]
    told = await asyncio.gather(*(_reveal(client, ids[number % 2], str(number)) for number in range(_MANY)))
    assert set(told) == {"RevealSecretSuccess"}
    events = (await history(client))[-_MANY:]
    assert {event["kind"] for event in events} == {"SECRET_REVEALED"}
    assert {(event["reason"], event["integrationId"]) for event in events} == {
        (str(number), ids[number % 2]) for number in range(_MANY)
    }
    assert len({event["occurredAt"] for event in events}) < _MANY  # one time for each transaction


async def test_who_is_refused_holds_nobody_up(client: Client) -> None:
    good, off = [await add_integration(client, name) for name in ("Good", "Off")]
    await client.result(SET_ACTIVE, input={"id": off["id"], "active": False})
    ids = [good["id"], off["id"], "integration_00000000000000000000000000", "x"] * 5
    told = await asyncio.gather(*(_reveal(client, id_, "test") for id_ in ids))
    assert told == ["RevealSecretSuccess", "IntegrationInactiveError", "NotFoundError", "NotFoundError"] * 5
    assert [event["kind"] for event in await history(client)][-5:] == ["SECRET_REVEALED"] * 5


async def test_each_event_names_who_asked(tenant: Tenant) -> None:
    id_ = (await add_integration(tenant.client))["id"]
    clients = [await tenant.client_with(Scope.REVEAL_SECRETS) for _ in range(3)] * 5
    await asyncio.gather(*(_reveal(client, id_, str(number % 3)) for number, client in enumerate(clients)))
    events = [event for event in await history(tenant.client) if event["kind"] == "SECRET_REVEALED"]
    authors = {(event["reason"], event["actor"]["name"]) for event in events}
    assert len(events) == 15
    assert len(authors) == len({actor for _, actor in authors}) == 3

"""The log as a list: it has every change in order, with the status before and after."""

import base64
from contextlib import aclosing
from itertools import groupby
from typing import Any

import pytest

from models import Event, EventKind, Organization, Scope
from resolvers.context import Context, Viewer
from resolvers.events.read import newest_cursor
from schema.filters import EventFilterInput
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, EVENTS, UPDATE_INTEGRATION
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer


async def cursor_now(client: Client) -> str:
    return str((await client.execute(EVENT_CURSOR))["eventCursor"])


async def test_events_tell_what_happened_to_whom_by_whom(client: Client) -> None:
    integration = await add_integration(client)
    await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Invoices"})
    issued, credential, created, renamed = (await client.result(EVENTS))["nodes"]
    assert (issued["__typename"], issued["kind"]) == ("TokenEvent", "TOKEN_ISSUED")
    assert issued["actor"] == {"kind": "SYSTEM", "id": None, "name": "cli"}
    assert (credential["__typename"], credential["credentialId"]) == (
        "CredentialEvent",
        integration["credential"]["id"],
    )
    assert (credential["previousCredentialStatus"], credential["credentialStatus"]) == (None, "CONNECTED")
    assert (created["__typename"], created["name"], created["integration"]) == (
        "IntegrationEvent",
        "Billing",
        {"name": "Invoices"},
    )
    assert (created["previousIntegrationStatus"], created["integrationStatus"]) == (None, "ACTIVE")
    assert (renamed["kind"], renamed["name"]) == ("INTEGRATION_UPDATED", "Invoices")
    assert created["actor"] == renamed["actor"] == {"kind": "TOKEN", "id": issued["tokenId"], "name": issued["name"]}
    assert created["occurredAt"] == integration["createdAt"]


async def test_the_newest_cursor_is_the_last_events(client: Client) -> None:
    await add_integration(client)
    page = await client.result(EVENTS)
    assert await cursor_now(client) == page["nodes"][-1]["cursor"] == page["edges"][-1]["cursor"]
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]


async def test_reading_goes_on_from_a_cursor_both_ways(client: Client) -> None:
    await add_integration(client)
    everything = [node["cursor"] for node in (await client.result(EVENTS))["nodes"]]
    after = await client.result(EVENTS, after=everything[0], first=1)
    before = await client.result(EVENTS, before=everything[2], last=1)
    assert (
        [node["cursor"] for node in after["nodes"]] == [node["cursor"] for node in before["nodes"]] == [everything[1]]
    )
    assert after["pageInfo"]["hasNextPage"] is after["pageInfo"]["hasPreviousPage"] is True
    assert (await client.result(EVENTS, after=everything[-1]))["nodes"] == []


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"kinds": ["INTEGRATION_CREATED"]}, ["INTEGRATION_CREATED"]),
        ({"kinds": ["TOKEN_ISSUED", "CREDENTIAL_CREATED"]}, ["TOKEN_ISSUED", "CREDENTIAL_CREATED"]),
        ({"kinds": []}, []),
        ({"subject": "nobody"}, []),
    ],
)
async def test_the_log_is_narrowed_by_kind(client: Client, wanted: dict[str, Any], kinds: list[str]) -> None:
    await add_integration(client)
    page = await client.result(EVENTS, filter=wanted)
    assert ([node["kind"] for node in page["nodes"]], page["totalCount"]) == (kinds, len(kinds))


async def test_the_log_is_narrowed_by_subject(client: Client) -> None:
    integration = await add_integration(client)
    await add_integration(client, "Other")
    page = await client.result(EVENTS, filter={"subject": integration["id"]})
    assert [node["integrationId"] for node in page["nodes"]] == [integration["id"]]


async def test_positions_are_gapless(client: Client, server: RunningServer) -> None:
    for number in range(5):
        await add_integration(client, f"N{number}")
    async with open_database(server.settings):
        events = await Event.all().order_by("organization_id", "position")
        ends = {row.id: row.position for row in await Organization.all()}
    for organization, log in groupby(events, key=lambda event: event.organization_id):
        assert [event.position for event in log] == list(range(1, ends[organization] + 1))


def future(cursor: str) -> str:
    """The same cursor, a thousand events later."""
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    start, _, position = text.rpartition(",")
    return base64.urlsafe_b64encode(f"{start},{int(position[:-1]) + 1000}]".encode()).decode()


@pytest.mark.parametrize("cursor", ["", "nonsense", "WyJMT0ciXQ", "\0", "WzFd", "🧾"])
async def test_a_malformed_cursor_is_an_error_that_says_so(client: Client, cursor: str) -> None:
    for window in ({"after": cursor}, {"before": cursor}):
        error = await client.error(EVENTS, **window)
        assert error["extensions"]["code"] == "INVALID_CURSOR"
        assert "malformed" in error["message"]


async def test_a_future_cursor_is_an_error_that_says_so(client: Client) -> None:
    error = await client.error(EVENTS, after=future(await cursor_now(client)))
    assert error["extensions"]["code"] == "INVALID_CURSOR"
    assert "ahead of the log" in error["message"]


async def test_a_cursor_of_another_organization_or_list_is_an_error(client: Client, server: RunningServer) -> None:
    foreign = await cursor_now((await new_tenant(server)).client)
    await add_integration(client)
    page = await client.execute("{ integrations { edges { cursor } } }")
    for cursor in (foreign, page["integrations"]["edges"][0]["cursor"]):
        assert (await client.error(EVENTS, after=cursor))["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize("subject", ["", "nope", "\0", "integration_\0", "x" * 65, "x" * 100_000], ids=range(6))
async def test_what_is_no_id_is_the_subject_of_nothing(client: Client, subject: str) -> None:
    document = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }"
    assert await client.execute(document, filter={"subject": subject}) == {"events": {"totalCount": 0}}


def test_a_kind_that_a_filter_repeats_counts_once() -> None:
    repeated = EventFilterInput(kinds=[EventKind.TOKEN_ISSUED] * 1000 + [EventKind.TOKEN_REVOKED])
    kinds = repeated.unpack().kinds
    assert kinds is not None
    assert sorted(kinds) == [EventKind.TOKEN_ISSUED, EventKind.TOKEN_REVOKED]


async def test_the_newest_cursor_is_the_end_of_the_log_as_the_viewer_was_read(
    tenant: Tenant, client: Client, server: RunningServer
) -> None:
    before = await cursor_now(client)
    async with open_database(server.settings), aclosing(create_services(server.settings)) as services:
        organization = await Organization.get(name=tenant.name)
        context = Context(services, Viewer("a", organization, "a", frozenset(Scope)))
        await add_integration(client)  # between the reading of the viewer and of any field
        assert newest_cursor(context) == before

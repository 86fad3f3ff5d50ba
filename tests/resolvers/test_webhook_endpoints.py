"""Webhook endpoints are created, listed, changed and deleted, each with its event."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from models import Scope
from tests.support.actions import NO_RECEIVER, add_endpoint, add_integration, history
from tests.support.client import Client
from tests.support.documents import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENDPOINT,
    ENDPOINTS,
    EVENT_CURSOR,
    EVENTS,
    FOLLOW,
    UPDATE_ENDPOINT,
)
from tests.support.endpoints import (
    add_deliveries,
    change,
    claim,
    is_claimed,
    read,
    resting_endpoint,
    stored_endpoint,
)
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer

_KINDS = "{ webhookEndpoints { nodes { kinds } } }"
_NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on WebhookEndpoint { url } } }"


async def _update(client: Client, endpoint: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return await client.result(UPDATE_ENDPOINT, input={"id": endpoint["id"], **changes})


async def test_an_endpoint_is_created_and_starts_with_the_next_event(client: Client) -> None:
    await add_integration(client)
    result = await client.result(CREATE_ENDPOINT, input={"url": f" {NO_RECEIVER} ", "description": " Ours "})
    endpoint = result["webhookEndpoint"]
    assert result["message"] == "Webhook endpoint localhost has been added."
    assert {
        name: endpoint[name] for name in ("url", "description", "kinds", "status", "problem", "lag", "version")
    } == {
        "url": NO_RECEIVER,
        "description": "Ours",
        "kinds": None,
        "status": "ENABLED",
        "problem": None,
        "lag": 0,
        "version": 1,
    }
    assert endpoint["cursor"] == (await client.execute(EVENT_CURSOR))["eventCursor"]
    event = (await history(client))[-1]
    assert {key: value for key, value in event.items() if key not in {"cursor", "occurredAt", "actor"}} == {
        "__typename": "WebhookEndpointEvent",
        "kind": "WEBHOOK_ENDPOINT_CREATED",
        "webhookEndpointId": endpoint["id"],
        "name": "localhost",
        "reason": None,
        "previousWebhookEndpointStatus": None,
        "webhookEndpointStatus": "ENABLED",
        "webhookEndpoint": {"url": NO_RECEIVER},
    }
    assert event["actor"]["kind"] == "TOKEN"


async def test_its_secret_is_one_of_standard_webhooks_and_is_shown_once(client: Client) -> None:
    first, second = await add_endpoint(client), await add_endpoint(client)
    assert first["secret"] != second["secret"]
    assert first["secret"].startswith("whsec_")
    Webhook(first["secret"]).sign("event_1", datetime.now(UTC), "{}")
    for document in (ENDPOINTS, EVENTS):
        text = (await client.post(document)).text
        assert [secret for secret in (first["secret"], second["secret"]) if secret[6:] in text] == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        *(
            ({"url": url}, "url")
            for url in (
                *("", "sample", "ftp://example.com/", "http://example.com/", "https://", "https:///path"),
                *("https://user:pass@example.com/", "https://example.com:80/", "https://example.com:1023/"),
                *("https://example.com/#part", "https://exa mple.com/", f"https://example.com/{'a' * 2000}"),
                *("https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "a\0b"),
            )
        ),
        ({"kinds": []}, "kinds"),
        ({"description": " "}, "description"),
        ({"description": "a" * 501}, "description"),
        ({"description": "a\nb"}, "description"),
    ],
    ids=str,
)
async def test_settings_that_make_no_sense_are_refused(client: Client, given: dict[str, Any], field: str) -> None:
    result = await client.result(CREATE_ENDPOINT, input={"url": NO_RECEIVER, **given})
    assert (result["__typename"], result["field"], result["path"]) == ("InvalidInputError", field, [field])
    endpoint = await resting_endpoint(client)
    before = await read(client, endpoint)
    assert (await _update(client, endpoint, **given))["__typename"] == "InvalidInputError"
    assert await read(client, endpoint) == before
    assert [event["kind"] for event in await history(client)] == [
        "WEBHOOK_ENDPOINT_CREATED",
        "WEBHOOK_ENDPOINT_DISABLED",
    ]


async def test_kinds_are_chosen_once_each_or_all(client: Client) -> None:
    chosen = ["TOKEN_ISSUED", "CREDENTIAL_STATUS_CHANGED", "TOKEN_ISSUED"]
    await add_endpoint(client, kinds=chosen)
    await add_endpoint(client, kinds=None)
    nodes = (await client.result(_KINDS))["nodes"]
    assert [node["kinds"] for node in nodes] == [None, ["CREDENTIAL_STATUS_CHANGED", "TOKEN_ISSUED"]]


@pytest.mark.slow
async def test_an_organization_has_at_most_twenty(tenant: Tenant) -> None:
    given = {"url": NO_RECEIVER}
    results = await asyncio.gather(*(tenant.client.result(CREATE_ENDPOINT, input=given) for _ in range(23)))
    refused = [result for result in results if result["__typename"] == "TooManyWebhookEndpointsError"]
    message = "An organization can have at most 20 webhook endpoints. Delete one first."
    assert [(result["limit"], result["message"]) for result in refused] == [(20, message)] * 3
    page = await tenant.client.result(ENDPOINTS, first=100)
    assert page["totalCount"] == len(page["nodes"]) == 20
    await tenant.client.result(DELETE_ENDPOINT, input={"id": page["nodes"][0]["id"]})
    await add_endpoint(tenant.client)
    await add_endpoint((await new_tenant(tenant.server)).client)


async def test_each_setting_is_changed_alone(client: Client) -> None:
    endpoint = await resting_endpoint(client, description="Ours", kinds=["TOKEN_ISSUED"])
    expected = await read(client, endpoint)
    changed_url, changed_kinds = "The URL was changed.", "The kinds of events were changed."
    for changes, reason in (
        ({"url": "https://hooks.example.com:8443/a?b=c"}, changed_url),
        ({"description": "Theirs"}, "The description was changed."),
        ({"kinds": ["INTEGRATION_CREATED"]}, changed_kinds),
        ({"kinds": None, "url": "https://hooks.example.com/"}, f"{changed_url} {changed_kinds}"),
        ({"description": None}, "The description was changed."),
    ):
        result = await _update(client, endpoint, **changes, expectedVersion=expected["version"])
        expected |= {**changes, "version": expected["version"] + 1}
        changed = result["webhookEndpoint"]
        assert changed["updatedAt"] > expected["updatedAt"]
        moving = {name: changed[name] for name in ("updatedAt", "lag", "nextAttemptAt")}
        assert changed == {**expected, **moving}
        event = (await history(client))[-1]
        assert (event["kind"], event["reason"]) == ("WEBHOOK_ENDPOINT_UPDATED", reason)
        expected |= {"updatedAt": changed["updatedAt"]}
    assert (await history(client))[-1]["name"] == "hooks.example.com"


async def test_a_change_that_changes_nothing_is_no_event(client: Client) -> None:
    endpoint = await resting_endpoint(client, description="Ours")
    before, log = await read(client, endpoint), await history(client)
    for changes in ({}, {"url": NO_RECEIVER, "description": "Ours", "kinds": None}):
        result = await _update(client, endpoint, **changes)
        assert result["webhookEndpoint"] == before
    assert await history(client) == log


async def test_the_url_cannot_be_removed(client: Client) -> None:
    result = await _update(client, await add_endpoint(client), url=None)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "url")


async def test_another_url_of_a_disabled_endpoint_leaves_the_reason(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    failing = {"problem": "The connection was refused.", "failing_since": datetime(2026, 1, 1, tzinfo=UTC)}
    await change(server, endpoint, **failing)
    await claim(server, endpoint)
    await _update(client, endpoint, description="Still the same URL")
    assert await is_claimed(server, endpoint), "a delivery goes on"
    await _update(client, endpoint, url="http://localhost:1025/webhooks")
    row = await stored_endpoint(server, endpoint)
    assert {name: getattr(row, name) for name in failing} == failing
    assert row.next_attempt_at is None
    assert not await is_claimed(server, endpoint), "a delivery to the old URL does not count"


async def test_only_the_expected_version_is_changed_or_deleted(client: Client) -> None:
    endpoint = await resting_endpoint(client)
    for document in (UPDATE_ENDPOINT, DELETE_ENDPOINT):
        result = await client.result(document, input={"id": endpoint["id"], "expectedVersion": 1})
        assert (result["__typename"], result["currentVersion"]) == ("StaleVersionError", 2)
    assert (await read(client, endpoint))["version"] == 2


async def test_a_deleted_endpoint_is_gone(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    await add_deliveries(server, endpoint, 1)
    result = await client.result(DELETE_ENDPOINT, input={"id": endpoint["id"], "expectedVersion": 2})
    assert result["deletedWebhookEndpointId"] == endpoint["id"]
    assert result["message"] == "Webhook endpoint localhost has been deleted."
    assert (await client.execute(ENDPOINT, id=endpoint["id"]))["webhookEndpoint"] is None
    assert (await client.execute(_NODE, id=endpoint["id"]))["node"] is None
    event = (await history(client))[-1]
    assert (event["kind"], event["webhookEndpointId"]) == ("WEBHOOK_ENDPOINT_DELETED", endpoint["id"])
    assert (event["previousWebhookEndpointStatus"], event["webhookEndpointStatus"]) == ("DISABLED", None)
    assert event["webhookEndpoint"] is None


async def test_its_events_are_followed_and_filtered(client: Client) -> None:
    cursor = (await client.execute(EVENT_CURSOR))["eventCursor"]
    endpoint = await add_endpoint(client)
    await add_integration(client)
    await client.result(DELETE_ENDPOINT, input={"id": endpoint["id"]})
    expected = ["WEBHOOK_ENDPOINT_CREATED", "WEBHOOK_ENDPOINT_DELETED"]
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor, filter={"subject": endpoint["id"]})
        assert [(await socket.next())["events"]["kind"] for _ in expected] == expected
    page = await client.result(EVENTS, filter={"kinds": expected})
    assert [node["kind"] for node in page["nodes"]] == expected


async def test_a_reader_sees_endpoints_and_changes_none(tenant: Tenant) -> None:
    endpoint = await add_endpoint(tenant.client)
    reader = await tenant.client_with(Scope.READ)
    assert (await read(reader, endpoint))["url"] == NO_RECEIVER
    error = await reader.error(UPDATE_ENDPOINT, input={"id": endpoint["id"], "description": "Ours"})
    assert error["extensions"]["requiredScope"] == "CONFIGURE"

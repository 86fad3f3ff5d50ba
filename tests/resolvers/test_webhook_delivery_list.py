"""The attempts to deliver events are listed with their endpoint, newest first."""

import base64
import json

import pytest

from models import EventKind, WebhookDeliveryOutcome
from tests.support.client import Client
from tests.support.documents import DELIVERIES, EVENTS
from tests.support.endpoints import add_delivery, resting_endpoint
from tests.support.servers import RunningServer


async def test_an_attempt_is_shown_with_its_event_and_outcome(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    failed = {"outcome": WebhookDeliveryOutcome.FAILED, "problem": "The response was 500.", "response_status": 500}
    await add_delivery(server, endpoint)
    await add_delivery(server, endpoint, 2, **failed, kind=EventKind.WEBHOOK_ENDPOINT_CREATED, attempt=3)
    cursors = [edge["cursor"] for edge in (await client.result(EVENTS))["edges"]]
    page = (await client.result(DELIVERIES, id=endpoint["id"]))["deliveries"]
    shown = {"attemptedAt": "2126-01-01T00:00:00.000Z", "durationMs": 12}
    assert page["nodes"] == [
        {
            **shown,
            "cursor": cursors[1],
            "kind": "WEBHOOK_ENDPOINT_CREATED",
            "attempt": 3,
            "outcome": "FAILED",
            "responseStatus": 500,
            "problem": "The response was 500.",
        },
        {
            **shown,
            "cursor": cursors[0],
            "kind": "TOKEN_ISSUED",
            "attempt": 1,
            "outcome": "DELIVERED",
            "responseStatus": 204,
            "problem": None,
        },
    ]
    assert page["totalCount"] == 2


async def test_attempts_are_listed_page_by_page_in_both_directions(client: Client, server: RunningServer) -> None:
    endpoint, other = await resting_endpoint(client), await resting_endpoint(client)
    for number in range(1, 6):
        await add_delivery(server, endpoint, attempt=number)
        await add_delivery(server, other, attempt=9)
    found, after = list[int](), None
    while True:
        page = (await client.result(DELIVERIES, id=endpoint["id"], first=2, after=after))["deliveries"]
        found += [node["attempt"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [5, 4, 3, 2, 1]
    page = (await client.result(DELIVERIES, id=endpoint["id"], last=2))["deliveries"]
    assert ([node["attempt"] for node in page["nodes"]], page["totalCount"]) == ([2, 1], 5)
    error = await client.error(DELIVERIES, id=other["id"], first=2, after=after)
    assert error["extensions"]["code"] == "INVALID_CURSOR"


@pytest.mark.parametrize("number", [-1, 2**63, 10**30])
async def test_a_cursor_that_no_database_can_compare_is_an_error(client: Client, number: int) -> None:
    endpoint = await resting_endpoint(client)
    forged = base64.urlsafe_b64encode(json.dumps(["DELIVERY", endpoint["id"], number]).encode()).decode().rstrip("=")
    error = await client.error(DELIVERIES, id=endpoint["id"], first=2, after=forged)
    assert error["extensions"]["code"] == "INVALID_CURSOR"

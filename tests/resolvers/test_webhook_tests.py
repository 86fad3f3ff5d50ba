"""A test event is sent to a webhook endpoint at once, and its result returned."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from kit.rate_limiter import RateLimiter
from models import Event, EventKind, Scope, WebhookEndpointStatus
from resolvers import webhooks
from resolvers.context import Context, Viewer
from resolvers.refusals import RateLimited
from resolvers.services import Services
from tests.support.actions import add_endpoint, history
from tests.support.client import Client
from tests.support.deliveries import caught_up, served_endpoint
from tests.support.documents import DELIVERIES, TEST_ENDPOINT
from tests.support.endpoints import change, read, resting_endpoint, stored_endpoint
from tests.support.metrics import read_figures
from tests.support.receivers import responding, running_receiver
from tests.support.servers import RunningServer

_WAITING: dict[str, Any] = {
    "attempts": 2,
    "problem": "The response was 500 Internal Server Error.",
    "failing_since": datetime(2126, 1, 1, tzinfo=UTC),
    "next_attempt_at": datetime(2126, 1, 2, tzinfo=UTC),
}


async def test_a_test_is_delivered_at_once_even_if_switched_off_and_unwanted(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await resting_endpoint(client, url=receiver.url(), kinds=["SECRET_REVEALED"])
        result = await client.result(TEST_ENDPOINT, input={"id": endpoint["id"]})
    assert result["message"] == "The receiver accepted the test."
    (received,) = receiver.received
    message = received.verified_by(endpoint["secret"])
    event = (await history(client))[-1]
    assert (message["type"], message["data"]["cursor"]) == ("webhook_endpoint.tested", event["cursor"])
    assert message["data"]["webhookEndpointId"] == event["webhookEndpointId"] == endpoint["id"]
    delivery = result["delivery"]
    names = ("cursor", "kind", "outcome", "responseStatus", "problem")
    assert [delivery[name] for name in names] == [event["cursor"], event["kind"], "DELIVERED", 204, None]
    assert event["kind"] == "WEBHOOK_ENDPOINT_TESTED"
    assert (await client.result(DELIVERIES, id=endpoint["id"]))["deliveries"]["nodes"] == [delivery]
    after = await read(client, endpoint)
    assert after == {**result["webhookEndpoint"], "lag": 2}
    assert {name: after[name] for name in ("cursor", "status", "problem", "lastSucceededAt", "version")} == {
        "cursor": endpoint["cursor"],
        "status": "DISABLED",
        "problem": None,
        "lastSucceededAt": None,
        "version": endpoint["version"],
    }


async def test_a_test_that_fails_says_why_and_changes_nothing_else(client: Client) -> None:
    async with running_receiver(responding("500 Internal Server Error")) as receiver:
        endpoint = await resting_endpoint(client, url=receiver.url())
        result = await client.result(TEST_ENDPOINT, input={"id": endpoint["id"]})
    problem = "The response was 500 Internal Server Error."
    assert result["message"] == f"The test failed: {problem}"
    delivery = result["delivery"]
    assert (delivery["outcome"], delivery["responseStatus"], delivery["problem"]) == ("FAILED", 500, problem)
    after = await read(client, endpoint)
    assert (after["problem"], after["failingSince"], after["cursor"]) == (None, None, endpoint["cursor"])
    resting = await resting_endpoint(client)
    result = await client.result(TEST_ENDPOINT, input={"id": resting["id"]})
    assert result["message"] == "The test failed: The connection was refused."
    assert result["delivery"]["responseStatus"] is None


async def test_a_delivered_test_makes_the_waiting_event_due_and_is_sent_once(
    client: Client, server: RunningServer
) -> None:
    async with running_receiver() as receiver:
        endpoint = await resting_endpoint(client, url=receiver.url())
        await change(server, endpoint, status=WebhookEndpointStatus.ENABLED, **_WAITING)
        result = await client.result(TEST_ENDPOINT, input={"id": endpoint["id"]})
        assert result["delivery"]["attempt"] == 1, "the attempts are those of the event that waits"
        due = datetime.fromisoformat(result["webhookEndpoint"]["nextAttemptAt"])
        assert due <= datetime.now(UTC)
        after = await caught_up(client, endpoint["id"])
    assert (after["problem"], after["failingSince"], after["nextAttemptAt"]) == (None, None, None)
    assert [received.event["type"] for received in receiver.received] == [
        "webhook_endpoint.tested",
        "webhook_endpoint.disabled",
    ]


async def test_an_endpoint_waits_on_after_a_test_that_fails_or_if_switched_off(
    client: Client, server: RunningServer
) -> None:
    async with running_receiver(responding("500 Internal Server Error")) as receiver:
        failing = await resting_endpoint(client, url=receiver.url())
        await change(server, failing, status=WebhookEndpointStatus.ENABLED, **_WAITING)
        await client.result(TEST_ENDPOINT, input={"id": failing["id"]})
        receiver.behaviour = responding()
        off = await resting_endpoint(client, url=receiver.url())
        await change(server, off, **_WAITING)
        await client.result(TEST_ENDPOINT, input={"id": off["id"]})
    for endpoint in (failing, off):
        row = await stored_endpoint(server, endpoint)
        assert (row.next_attempt_at, row.attempts, row.problem) == (
            _WAITING["next_attempt_at"],
            _WAITING["attempts"],
            _WAITING["problem"],
        )


async def test_other_endpoints_receive_the_event_of_a_test(client: Client) -> None:
    async with running_receiver() as receiver:
        other = await add_endpoint(client, url=receiver.url("/other"), kinds=["WEBHOOK_ENDPOINT_TESTED"])
        tested = await add_endpoint(client, url=receiver.url("/tested"), kinds=["WEBHOOK_ENDPOINT_TESTED"])
        await client.result(TEST_ENDPOINT, input={"id": tested["id"]})
        for endpoint in (other, tested):
            await caught_up(client, endpoint["id"])
    assert sorted(received.target for received in receiver.received) == ["/other", "/tested"]


async def test_tests_are_in_the_metrics(client: Client, server: RunningServer) -> None:
    before = await read_figures(server)
    async with running_receiver() as receiver:
        accepting = await resting_endpoint(client, url=receiver.url())
        await client.result(TEST_ENDPOINT, input={"id": accepting["id"]})
    await client.result(TEST_ENDPOINT, input={"id": (await resting_endpoint(client))["id"]})
    after = await read_figures(server)
    for outcome in ("delivered", "failed"):
        name = "webhook_deliveries_total"
        assert after.of(name, outcome=outcome) > before.of(name, outcome=outcome), outcome


async def test_an_idempotent_test_is_sent_once(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await resting_endpoint(client, url=receiver.url())
        request = {"query": TEST_ENDPOINT, "variables": {"input": {"id": endpoint["id"]}}}
        first, again = [await client.send(json=request, headers={"Idempotency-Key": "test"}) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(receiver.received) == 1


async def test_tests_are_rare(database: TortoiseContext, services: Services) -> None:
    """At a time that stands still, or a slow machine would be allowed more."""
    rare = replace(services, webhook_tests=RateLimiter(2, clock=lambda: 0.0))
    with database:
        organization, row = await served_endpoint(services, "http://localhost:1024/", events=0)
        context = Context(rare, Viewer("test", organization, "test", frozenset(Scope)))
        for _ in range(2):
            await webhooks.send_test(context, row.id)
        with pytest.raises(RateLimited, match=r"^Too many tests of webhook endpoints. Try again in 30 s\.$"):
            await webhooks.send_test(context, row.id)
        assert await Event.filter(organization_id=organization.id, kind=EventKind.WEBHOOK_ENDPOINT_TESTED).count() == 2

"""A test event is sent to a webhook endpoint at once, and its result returned."""

from dataclasses import replace

import pytest
from tortoise.context import TortoiseContext

from kit.rate_limiter import RateLimiter
from models import Event, EventKind, Scope
from resolvers import webhooks
from resolvers.context import Context, Viewer
from resolvers.refusals import RateLimited
from resolvers.services import Services
from tests.support.actions import history
from tests.support.client import Client
from tests.support.deliveries import served_endpoint
from tests.support.documents import DELIVERIES, TEST_ENDPOINT
from tests.support.endpoints import read, resting_endpoint
from tests.support.metrics import read_figures
from tests.support.receivers import responding, running_receiver
from tests.support.servers import RunningServer


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

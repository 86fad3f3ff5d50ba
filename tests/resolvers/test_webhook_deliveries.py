"""Webhooks reach receivers: signed, in the order of the log, and what a receiver answers decides how they go on."""

import pytest

from tests.support.actions import add_credential, add_endpoint, add_integration, history, kinds
from tests.support.client import Client
from tests.support.deliveries import attempts, caught_up, endpoint_now
from tests.support.documents import (
    EVENT_CURSOR,
    REPLAY_EVENTS,
    ROTATE_WEBHOOK_SECRET,
    SWITCH_ENDPOINT,
    UPDATE_CREDENTIAL,
)
from tests.support.metrics import figures_when
from tests.support.receivers import hanging, responding, running_receiver
from tests.support.secrecy import leaks
from tests.support.servers import RunningServer
from tests.support.waiting import until


async def _cursor(client: Client) -> str:
    return str((await client.execute(EVENT_CURSOR))["eventCursor"])


async def test_every_event_is_sent_once_signed_and_in_order(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await add_endpoint(client, url=receiver.url("/hooks"))
        after = endpoint["cursor"]
        for number in range(5):
            await add_integration(client, f"Integration {number}")
        found = await caught_up(client, endpoint["id"])
    events = await history(client, after)
    sent = [received.verified_by(endpoint["secret"]) for received in receiver.received]
    assert [each["data"]["cursor"] for each in sent] == [event["cursor"] for event in events]
    assert len({received.id for received in receiver.received}) == len(events) == 10
    assert (found["problem"], found["failingSince"], found["status"]) == (None, None, "ENABLED")
    assert found["lastSucceededAt"] is not None
    assert [(each["outcome"], each["responseStatus"]) for each in await attempts(client, endpoint["id"])] == [
        ("DELIVERED", 204)
    ] * 10


async def test_a_message_has_the_fields_of_a_subscribers_event_and_no_secret(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await add_endpoint(client, url=receiver.url())
        credential = await add_credential(client, "Keys")
        await caught_up(client, endpoint["id"])
    (event,) = await history(client, endpoint["cursor"])
    (received,) = receiver.received
    data = dict(received.event["data"])
    assert received.event["type"] == "credential.created"
    assert received.event["timestamp"] == data["occurredAt"] == event["occurredAt"]
    assert data == {
        "cursor": event["cursor"],
        "kind": "CREDENTIAL_CREATED",
        "occurredAt": data["occurredAt"],
        "actor": event["actor"],
        "name": "Keys",
        "credentialId": credential["id"],
        "previousCredentialStatus": None,
        "credentialStatus": "CONNECTED",
        "problem": None,
        "expiresAt": None,
        "secretVersion": 1,
    }
    assert leaks(received.body.decode()) == []


async def test_only_the_chosen_kinds_are_sent_and_the_others_are_passed_over(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await add_endpoint(client, url=receiver.url(), kinds=["CREDENTIAL_UPDATED"])
        credential = await add_credential(client)
        assert (await caught_up(client, endpoint["id"]))["lastSucceededAt"] is None
        await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "Other"})
        await caught_up(client, endpoint["id"])
    assert [received.event["type"] for received in receiver.received] == ["credential.updated"]
    assert len(await attempts(client, endpoint["id"])) == 1


async def test_endpoints_of_an_organization_get_the_same_ids(client: Client) -> None:
    async with running_receiver() as one, running_receiver() as other:
        first = await add_endpoint(client, url=one.url())
        second = await add_endpoint(client, url=other.url())
        await add_credential(client)
        await caught_up(client, first["id"])
        await caught_up(client, second["id"])
    assert one.received[-1].id == other.received[-1].id
    assert one.received[0].event["type"] == "webhook_endpoint.created", "the other endpoint's creation"


@pytest.mark.slow
async def test_a_failed_event_is_sent_again_before_later_ones(client: Client) -> None:
    async with running_receiver(responding("500 Internal Server Error")) as receiver:
        endpoint = await add_endpoint(client, url=receiver.url())
        await add_integration(client)
        await receiver.wait_for(1)
        await until(lambda: _is_failing(client, endpoint["id"]))
        failing = await endpoint_now(client, endpoint["id"])
        assert (failing["problem"], failing["lag"]) == ("The response was 500 Internal Server Error.", 2)
        receiver.behaviour = responding()
        healthy = await caught_up(client, endpoint["id"])  # after five seconds
    assert (healthy["problem"], healthy["failingSince"]) == (None, None)
    types = [received.event["type"] for received in receiver.received]
    assert types == ["credential.created", "credential.created", "integration.created"]
    assert receiver.received[0].id == receiver.received[1].id
    found = [(each["attempt"], each["outcome"], each["problem"]) for each in await attempts(client, endpoint["id"])]
    assert found[1:] == [(2, "DELIVERED", None), (1, "FAILED", "The response was 500 Internal Server Error.")]


async def _is_failing(client: Client, id_: str) -> bool:
    return (await endpoint_now(client, id_))["failingSince"] is not None


async def test_410_disables_with_an_event_that_other_endpoints_are_sent(client: Client, server: RunningServer) -> None:
    async with running_receiver(responding("410 Gone")) as gone, running_receiver() as other:
        endpoint = await add_endpoint(client, url=gone.url())
        await add_endpoint(client, url=other.url(), kinds=["WEBHOOK_ENDPOINT_DISABLED"])
        (received,) = await other.wait_for(1)
    found = await endpoint_now(client, endpoint["id"])
    problem = "The receiver wants no more webhooks: the response was 410 Gone."
    assert (found["status"], found["problem"]) == ("DISABLED", problem)
    assert received.event["data"]["webhookEndpointId"] == endpoint["id"]
    assert received.event["data"]["reason"] == problem
    assert (await history(client))[-1]["actor"] == {"kind": "SYSTEM", "id": None, "name": "system"}
    figures = await figures_when(server, lambda found: found.of("webhook_deliveries_total", outcome="failed") > 0)
    assert figures.of("webhook_deliveries_total", outcome="delivered") > 0


async def test_switched_on_again_it_goes_on_from_its_cursor(client: Client) -> None:
    async with running_receiver(responding("410 Gone")) as receiver:
        endpoint = await add_endpoint(client, url=receiver.url(), kinds=["CREDENTIAL_CREATED"])
        await add_credential(client)
        await until(lambda: _is_disabled(client, endpoint["id"]))
        receiver.behaviour = responding()
        await client.result(SWITCH_ENDPOINT, input={"id": endpoint["id"], "active": True})
        found = await caught_up(client, endpoint["id"])
    assert (found["status"], found["problem"]) == ("ENABLED", None)
    assert [received.event["type"] for received in receiver.received] == ["credential.created"] * 2


async def _is_disabled(client: Client, id_: str) -> bool:
    return bool((await endpoint_now(client, id_))["status"] == "DISABLED")


async def test_both_secrets_sign_after_a_rotation(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await add_endpoint(client, url=receiver.url())
        rotated = await client.result(ROTATE_WEBHOOK_SECRET, input={"id": endpoint["id"]})
        await caught_up(client, endpoint["id"])
    (received,) = receiver.received
    for secret in (endpoint["secret"], rotated["secret"]):
        assert received.verified_by(secret)["type"] == "webhook_endpoint.updated"


async def test_a_replay_sends_events_again_with_the_same_ids(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await add_endpoint(client, url=receiver.url(), kinds=["CREDENTIAL_CREATED"])
        await add_credential(client)
        await caught_up(client, endpoint["id"])
        await client.result(REPLAY_EVENTS, input={"id": endpoint["id"], "after": endpoint["cursor"]})
        await receiver.wait_for(2)
        await caught_up(client, endpoint["id"])
    assert len({received.id for received in receiver.received}) == 1
    assert len(receiver.received) == 2


async def test_a_hanging_receiver_does_not_hold_up_another(client: Client) -> None:
    async with running_receiver(hanging) as slow, running_receiver() as fast:
        await add_endpoint(client, url=slow.url())
        endpoint = await add_endpoint(client, url=fast.url(), kinds=["CREDENTIAL_CREATED"])
        await slow.wait_for(1)
        await add_credential(client)
        await caught_up(client, endpoint["id"])
        assert len(slow.received) == 1, "it is still waiting"


async def test_deliveries_write_no_events_and_change_no_version(client: Client) -> None:
    async with running_receiver() as receiver:
        endpoint = await add_endpoint(client, url=receiver.url())
        await add_credential(client)
        cursor = await _cursor(client)
        found = await caught_up(client, endpoint["id"])
    assert found["version"] == endpoint["version"]
    assert await kinds(client, cursor) == []

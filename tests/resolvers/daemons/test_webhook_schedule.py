"""When a webhook is sent again, skipped, and when its endpoint is disabled: by a clock that the tests move."""

import asyncio
from datetime import timedelta

import orjson
import pytest
from tortoise.context import TortoiseContext

from models import Event, EventKind, WebhookEndpoint, WebhookEndpointStatus
from models.webhook_delivery import WebhookDelivery
from resolvers.services import Services
from resolvers.webhooks.record import delete_old_deliveries
from resolvers.webhooks.result import RETRIES
from tests.support.deliveries import Process, append_events, new_endpoint, new_organization, process_of, stored_attempts
from tests.support.receivers import Received, responding, running_receiver

pytestmark = pytest.mark.usefixtures("engine")

_FAILING = responding("500 Internal Server Error")


async def _failing_once(process: Process, row: WebhookEndpoint) -> timedelta:
    """Delivers at the time of the next attempt; returns the pause until the one after it."""
    await row.refresh_from_db()
    process.now = row.next_attempt_at or process.now
    await process.deliver()
    await row.refresh_from_db()
    return row.next_attempt_at - process.now if row.next_attempt_at else timedelta()


async def test_an_event_has_ten_attempts_and_is_then_skipped(fresh: TortoiseContext, sending: Services) -> None:
    async def poisoned(received: Received, writer: asyncio.StreamWriter) -> None:
        is_first = received.event["data"]["name"] == "Event 1"
        await (_FAILING if is_first else responding())(received, writer)

    with fresh:
        organization = await new_organization()
        async with running_receiver(poisoned) as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 3)
            pauses = [await _failing_once(process, row) for _ in RETRIES]
            for pause, retry in zip(pauses, RETRIES, strict=True):
                assert retry * 0.8 <= pause <= retry * 1.2
            assert (row.position, row.attempts) == (0, 9)
            await _failing_once(process, row)
        assert (row.position, row.attempts, row.problem, row.failing_since) == (3, 0, None, None)
        found = [(each.position, each.attempt, each.outcome.value) for each in await stored_attempts(row)]
    failed = [(1, number, "FAILED") for number in range(1, 10)]
    assert found == [*failed, (1, 10, "SKIPPED"), (2, 1, "DELIVERED"), (3, 1, "DELIVERED")]
    assert len({received.id for received in receiver.received}) == 3


async def test_nothing_is_sent_before_its_time(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        organization = await new_organization()
        async with running_receiver(_FAILING) as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 1)
            pause = await _failing_once(process, row)
            await process.deliver(pause - timedelta(milliseconds=1))
            assert len(receiver.received) == 1
            await process.deliver(timedelta(milliseconds=1))
            assert len(receiver.received) == 2


async def test_five_days_without_a_success_disable_an_endpoint(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        organization = await new_organization()
        async with running_receiver(_FAILING) as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 3)
            began = process.now
            while row.status is WebhookEndpointStatus.ENABLED:
                await _failing_once(process, row)
        assert process.now - began == timedelta(days=5)
        assert row.problem == (
            "No event was delivered for 5 days. The last problem: The response was 500 Internal Server Error."
        )
        assert (row.position, row.next_attempt_at) == (1, None), "the first event was skipped, the second was not"
        event = await Event.get(organization_id=organization.id, kind=EventKind.WEBHOOK_ENDPOINT_DISABLED)
        assert (event.subject, event.position, event.occurred_at, event.reason) == (row.id, 4, process.now, row.problem)
        assert (event.previous_status, event.status) == ("ENABLED", "DISABLED")
        *_, last = await stored_attempts(row)
        assert (last.position, last.outcome) == (2, "FAILED")


async def test_a_success_ends_the_five_days(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        organization = await new_organization()
        async with running_receiver(_FAILING) as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 1)
            for _ in range(8):
                await _failing_once(process, row)
            receiver.behaviour = responding()
            await _failing_once(process, row)
            assert (row.failing_since, row.attempts, row.last_success_at) == (None, 0, process.now)
            receiver.behaviour = _FAILING
            await append_events(organization, 1)
            process.now += timedelta(days=6)
            pause = await _failing_once(process, row)
    assert row.status is WebhookEndpointStatus.ENABLED
    assert pause <= RETRIES[0] * 1.2


@pytest.mark.parametrize(
    ("header", "seconds"), [("Retry-After: 120", 120), ("Retry-After: 86400", 3600), ("Retry-After: 0", 5)]
)
async def test_a_receiver_that_asks_to_wait_costs_no_attempt(
    fresh: TortoiseContext, sending: Services, header: str, seconds: int
) -> None:
    with fresh:
        organization = await new_organization()
        behaviour = responding("429 Too Many Requests", header)
        async with running_receiver(behaviour) as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 1)
            for _ in range(12):
                assert await _failing_once(process, row) == timedelta(seconds=seconds)
                assert (row.position, row.attempts) == (0, 0)
            receiver.behaviour = responding()
            await _failing_once(process, row)
        assert row.position == 1


async def test_a_damaged_secret_is_a_problem_of_the_endpoint(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        organization = await new_organization()
        async with running_receiver() as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            row.sealed_secret = row.sealed_secret[:-4] + "AAAA"
            await row.save(update_fields=("sealed_secret",))
            await append_events(organization, 1)
            await _failing_once(process, row)
    assert row.problem == "The signing secret is damaged. Rotate it."
    assert receiver.received == []


async def test_attempts_are_forgotten_after_thirty_days(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        organization = await new_organization()
        async with running_receiver() as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 2)
            await process.deliver()
            attempted_at = process.now
            await append_events(organization, 1)
            await process.deliver(timedelta(seconds=1))
        await delete_old_deliveries(attempted_at + timedelta(days=30))
        assert [each.position for each in await WebhookDelivery.filter(endpoint_id=row.id)] == [3]


async def test_a_message_is_the_same_at_every_attempt(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        organization = await new_organization()
        async with running_receiver(_FAILING) as receiver, process_of(sending) as process:
            row = await new_endpoint(sending, organization, receiver.url())
            await append_events(organization, 1)
            await _failing_once(process, row)
            await _failing_once(process, row)
    one, other = receiver.received
    assert (one.id, one.body) == (other.id, other.body)
    assert one.headers["webhook-timestamp"] <= other.headers["webhook-timestamp"]
    assert set(orjson.loads(one.body)) == {"type", "timestamp", "data"}

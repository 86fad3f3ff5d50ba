"""One process at a time serves an endpoint, and claims end with their process."""

import asyncio
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from models import EventKind
from models.querying import move_endpoint, restart_deliveries
from resolvers.daemons import webhook_deliveries
from resolvers.services import Services
from tests.support.deliveries import (
    age_claims,
    append_events,
    claim_of,
    process_of,
    served_endpoint,
    stored_attempts,
)
from tests.support.plans import Statements, is_version
from tests.support.receivers import hanging, once, responding, running_receiver
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


async def test_a_long_log_is_sent_in_order_although_others_have_their_turn(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:
            _, row = await served_endpoint(sending, receiver.url(), events=250)
            await process.deliver()
            await row.refresh_from_db()
    assert row.position == 250
    assert [each.event["data"]["name"] for each in receiver.received] == [f"Event {n}" for n in range(1, 251)]


async def test_unwanted_events_are_passed_over_without_an_attempt(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:
            organization, row = await served_endpoint(sending, receiver.url(), 250, kinds=["TOKEN_REVOKED"])
            await append_events(organization, 1, EventKind.TOKEN_REVOKED)
            await append_events(organization, 120)
            await process.deliver()
            await row.refresh_from_db()
        assert row.position == 371
        assert [each.position for each in await stored_attempts(row)] == [251]


async def test_another_process_takes_over_once_the_claim_has_ended(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver(hanging) as receiver, process_of(sending) as one, process_of(sending) as other:
            _, row = await served_endpoint(sending, receiver.url())
            await one.start()
            await receiver.wait_for(1)
            await age_claims(60)
            await other.deliver()
            assert len(receiver.received) == 1, "the claim lasts for two time-outs"
            receiver.behaviour = responding()
            await age_claims(60)
            await other.deliver()
            await row.refresh_from_db()
    assert (len(receiver.received), row.position) == (2, 1)


async def test_a_process_whose_clock_is_ahead_leaves_claims_alone(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver(hanging) as receiver, process_of(sending) as one, process_of(sending) as other:
            await served_endpoint(sending, receiver.url())
            await one.start()
            await receiver.wait_for(1)
            await other.deliver(timedelta(hours=1))
    assert len(receiver.received) == 1


async def test_a_process_whose_clock_is_behind_takes_over_as_soon(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver(hanging) as receiver, process_of(sending) as one, process_of(sending) as other:
            await served_endpoint(sending, receiver.url())
            await one.start()
            await receiver.wait_for(1)
            receiver.behaviour = responding()
            await age_claims(120)
            await other.deliver(timedelta(hours=-1))
    assert len(receiver.received) == 2


async def test_the_result_of_a_process_that_lost_its_claim_does_not_count(
    fresh: TortoiseContext, sending: Services
) -> None:
    answers = asyncio.Event()
    with fresh:
        async with (
            running_receiver(once(answers, responding("410 Gone"))) as receiver,
            process_of(sending) as one,
            process_of(sending) as other,
        ):
            _, row = await served_endpoint(sending, receiver.url())
            await one.start()
            await receiver.wait_for(1)
            receiver.behaviour = responding()
            await age_claims(120)
            await other.deliver()
            answers.set()
            await until(lambda: not one.deliveries.serving)
            await row.refresh_from_db()
            (attempt,) = await stored_attempts(row)
    assert (row.status, row.position, attempt.outcome) == ("ENABLED", 1, "DELIVERED")


async def test_the_result_of_an_endpoint_that_a_user_moved_does_not_count(
    fresh: TortoiseContext, sending: Services
) -> None:
    answers = asyncio.Event()
    with fresh:
        async with running_receiver(once(answers, responding())) as receiver, process_of(sending) as process:
            _, row = await served_endpoint(sending, receiver.url(), events=2)
            await process.start()
            await receiver.wait_for(1)
            await move_endpoint(row, 0)
            await restart_deliveries(row, process.now)
            answers.set()
            await process.deliver()
            await row.refresh_from_db()
    assert [each.event["data"]["name"] for each in receiver.received] == ["Event 1", "Event 1", "Event 2"]
    assert row.position == 2


async def test_endpoints_are_shared_by_processes_and_none_is_served_twice(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as one, process_of(sending) as other:
            for number in range(60):
                await served_endpoint(sending, receiver.url(f"/{number}"), events=3)
            await asyncio.gather(one.deliver(), other.deliver())
            await one.deliver()
    sent = [(each.target, each.event["data"]["name"]) for each in receiver.received]
    for number in range(60):
        assert [name for target, name in sent if target == f"/{number}"] == ["Event 1", "Event 2", "Event 3"]


async def test_a_process_that_stops_abandons_calls_that_hang_and_leaves_no_claim(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        async with running_receiver(hanging) as receiver, process_of(sending) as process:
            _, row = await served_endpoint(sending, receiver.url())
            await process.start()
            await receiver.wait_for(1)
            assert await claim_of(row)
            await process.deliveries.stop(0)
            await row.refresh_from_db()
            assert await claim_of(row) is None
    assert (row.position, row.attempts, len(receiver.received)) == (0, 0, 1)


async def test_a_process_that_stops_lets_a_call_end_and_begins_no_other(
    fresh: TortoiseContext, sending: Services
) -> None:
    answers = asyncio.Event()
    with fresh:
        async with running_receiver(once(answers, responding())) as receiver, process_of(sending) as process:
            _, row = await served_endpoint(sending, receiver.url(), events=9)
            await process.start()
            await receiver.wait_for(1)
            stopping = asyncio.create_task(process.deliveries.stop(PATIENCE))
            await asyncio.sleep(0)  # it has begun
            answers.set()
            await stopping
            await row.refresh_from_db()
            assert await claim_of(row) is None
    assert (row.position, len(receiver.received)) == (1, 1)


async def test_quiet_endpoints_cost_one_question_for_all(
    fresh: TortoiseContext, sending: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:
            for _ in range(100):
                organization, _ = await served_endpoint(sending, receiver.url())
            await process.deliver()
            await process.deliver(timedelta(seconds=20))
            process.now += timedelta(seconds=1.1)
            statements = Statements(caplog)
            await process.deliveries.start_due(sending)
            ((text, _),) = statements.sent()
            assert is_version(text)
            statements = Statements(caplog)
            sending.notifier.notify(organization.id)
            await process.deliveries.start_due(sending)
            assert len(statements.sent()) == 1, "a notification costs a statement"
    assert len(receiver.received) == 100


async def test_notifications_share_a_question_for_longer_while_no_endpoint_is_enabled(
    fresh: TortoiseContext, sending: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_deliveries, "_COLLECTING_SECONDS", 2 * PATIENCE)
    monkeypatch.setattr(webhook_deliveries, "_UNUSED_SECONDS", 0)
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:
            await process.start()
            await served_endpoint(sending, receiver.url())
            await process.start()
            await receiver.wait_for(1)

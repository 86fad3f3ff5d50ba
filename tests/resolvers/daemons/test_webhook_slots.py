"""Slow receivers hold up no other: they take slow slots, end their turns early, and have a part of the slots."""

import asyncio
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from models import WebhookEndpoint
from models.querying import due_endpoints
from resolvers.services import Services
from resolvers.webhooks.slots import Slots
from tests.support.deliveries import Process, append_events, new_endpoint, new_organization, process_of, served_endpoint
from tests.support.receivers import Received, hanging, responding, running_receiver
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


async def test_hanging_receivers_hold_up_no_other(fresh: TortoiseContext, sending: Services) -> None:
    """More hang than a process has fast slots: they take slow ones after a second, long before their time-out."""
    with fresh:
        async with running_receiver(hanging) as slow, running_receiver() as fast, process_of(sending) as process:
            for _ in range(40):
                await served_endpoint(sending, slow.url())
            rows = [(await served_endpoint(sending, fast.url()))[1] for _ in range(60)]
            daemon = asyncio.create_task(_run(process))
            await fast.wait_for(60)
            await slow.wait_for(40)
            await until(lambda: len(process.deliveries.serving) == 40)
            daemon.cancel()
            await asyncio.wait({daemon})
        assert {row.position for row in await WebhookEndpoint.filter(id__in=[row.id for row in rows])} == {1}


async def _run(process: Process) -> None:
    while True:
        woken = process.deliveries.woken()
        await process.start()
        await woken.wait()


async def test_calls_are_bounded(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver(hanging) as receiver, process_of(sending) as process:
            for _ in range(110):
                await served_endpoint(sending, receiver.url())
            daemon = asyncio.create_task(_run(process))
            await receiver.wait_for(96)
            daemon.cancel()
            await asyncio.wait({daemon})
            await process.start()
            assert len(receiver.received) == len(process.deliveries.serving) == 96


async def test_organizations_whose_receivers_are_slow_leave_slots_to_others(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        async with running_receiver(hanging) as slow, running_receiver() as fast, process_of(sending) as process:
            for _ in range(5):
                organization = await new_organization()
                for _ in range(20):
                    await new_endpoint(sending, organization, slow.url())
                await append_events(organization, 1)
            daemon = asyncio.create_task(_run(process))
            await slow.wait_for(64)
            organization, _ = await served_endpoint(sending, fast.url(), events=3)
            sending.notifier.notify(organization.id)
            await fast.wait_for(3)
            assert len(slow.received) <= 80, "sixteen of each organization"
            daemon.cancel()
            await asyncio.wait({daemon})


async def test_a_slow_call_ends_a_turn(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:

            async def slow(received: Received, writer: asyncio.StreamWriter) -> None:
                process.now += timedelta(seconds=1)
                await responding()(received, writer)

            receiver.behaviour = slow
            await served_endpoint(sending, receiver.url(), events=3)
            await process.start()
            await asyncio.wait(set(process.deliveries.serving.values()))
            assert len(receiver.received) == 1
            await process.deliver()
            assert len(receiver.received) == 3


async def test_those_that_have_waited_longest_are_next_also_if_they_fail(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        async with process_of(sending) as process:
            ids = dict[str, str]()
            for name, seconds in (("second", 2), ("third", 1), ("first", 3)):
                since = process.now - timedelta(seconds=seconds)
                _, row = await served_endpoint(sending, "http://localhost:1/", next_attempt_at=since)
                ids[name] = row.id
            await WebhookEndpoint.filter(id=ids["first"]).update(failing_since=process.now)
            due = await due_endpoints(None, process.now, {}, 1, 10)
    assert [row.id for row in due] == [ids[name] for name in ("first", "second", "third")]


def test_a_call_that_has_found_no_slow_slot_takes_the_next_that_is_given_back() -> None:
    freed = list[str]()
    slots = Slots(freed.append, fast=2, slow=1)
    one, other = slots.take("organization"), slots.take("organization")
    slots.slow_down(one)
    slots.slow_down(other)
    assert (slots.free, other.is_slow) == (1, False)
    one.give_back()
    assert (slots.free, other.is_slow) == (2, True)
    freed.clear()
    other.give_back()
    assert freed == ["organization"], "it may have been out of slots"
    assert (slots.free, slots.rooms()) == (2, {})


def test_a_call_that_has_ended_waits_for_no_slow_slot() -> None:
    slots = Slots(lambda _: None, fast=2, slow=1)
    one, other = slots.take("organization"), slots.take("organization")
    slots.slow_down(one)
    slots.slow_down(other)
    slots.be_patient(other)
    one.give_back()
    other.give_back()
    assert (slots.free, other.is_slow) == (2, False)


def test_an_organization_has_a_part_of_the_fast_slots_and_of_all() -> None:
    slots = Slots(lambda _: None)
    for _ in range(3):
        for slot in [slots.take("organization") for _ in range(5)]:
            assert slots.rooms()["organization"] <= 4
            slots.slow_down(slot)
    assert (slots.free, slots.rooms()) == (32, {"organization": 1})
    slots.take("organization")
    assert slots.rooms() == {"organization": 0}

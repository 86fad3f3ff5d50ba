"""The notifier wakes the listeners of an organization, and loses no notification in between."""

import asyncio
import time

from adapters.notifier import Notifier, notified_or_timed_out
from tests.support.waiting import PATIENCE


async def test_a_ring_wakes_all_who_listen() -> None:
    notifier = Notifier()
    waiting = [asyncio.create_task(notified_or_timed_out(notifier.listen("a"), 2 * PATIENCE)) for _ in range(5)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    notifier.notify("a")
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)


async def test_another_organizations_ring_wakes_nobody() -> None:
    notifier = Notifier()
    mine, other = notifier.listen("a"), notifier.listen("b")
    notifier.notify("b")
    assert other.is_set()
    assert not mine.is_set()


async def test_waiting_ends_after_its_time_without_a_ring() -> None:
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        await notified_or_timed_out(Notifier().listen("a"), 0.05)
    assert time.monotonic() - began >= 0.04


async def test_a_ring_between_listening_and_waiting_is_not_lost() -> None:
    notifier = Notifier()
    rung = notifier.listen("a")
    notifier.notify("a")
    async with asyncio.timeout(PATIENCE):
        await notified_or_timed_out(rung, 2 * PATIENCE)


async def test_each_ring_is_for_those_who_listened_before_it() -> None:
    notifier = Notifier()
    early = notifier.listen("a")
    notifier.notify("a")
    late = notifier.listen("a")
    assert early.is_set()
    assert not late.is_set()
    notifier.notify("a")
    assert late.is_set()


async def test_ringing_where_nobody_listens_does_nothing() -> None:
    notifier = Notifier()
    notifier.notify("a")
    notifier.notify("a")
    assert not notifier.listen("a").is_set()


async def test_one_who_stops_waiting_does_not_stop_the_others() -> None:
    notifier = Notifier()
    leaving, staying = (
        asyncio.create_task(notified_or_timed_out(notifier.listen("a"), 2 * PATIENCE)) for _ in range(2)
    )
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait({leaving})
    assert leaving.cancelled()
    notifier.notify("a")
    async with asyncio.timeout(PATIENCE):
        await staying

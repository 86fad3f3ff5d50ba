"""The notifier calls its listeners, and loses no notification in between."""

import asyncio
import time

from adapters.notifier import Notifier, notified_or_timed_out
from tests.support.waiting import PATIENCE


async def test_a_notification_wakes_all_who_wait() -> None:
    notifier = Notifier()
    waiting = [asyncio.create_task(notified_or_timed_out(notifier.grown(), 2 * PATIENCE)) for _ in range(5)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    notifier.notify("a")
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*waiting)


async def test_listeners_hear_which_organization_it_is_about() -> None:
    notifier = Notifier()
    heard: list[str] = []
    notifier.notify("nobody listens yet")
    notifier.add_listener(heard.append)
    notifier.notify("a")
    notifier.notify("b")
    assert heard == ["a", "b"]


async def test_notifications_that_may_be_missed_wake_those_who_wait_for_any() -> None:
    notifier = Notifier()
    grown, missed = notifier.grown(), notifier.missed()
    notifier.notify("a")
    assert grown.is_set()
    assert not missed.is_set()
    grown = notifier.grown()
    notifier.notify_all(7)
    assert grown.is_set()
    assert missed.is_set()
    assert notifier.poll_seconds == 7


async def test_waiting_ends_after_its_time_without_a_notification() -> None:
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        await notified_or_timed_out(Notifier().grown(), 0.05)
    assert time.monotonic() - began >= 0.04


async def test_a_notification_between_listening_and_waiting_is_not_lost() -> None:
    notifier = Notifier()
    grown = notifier.grown()
    notifier.notify("a")
    async with asyncio.timeout(PATIENCE):
        await notified_or_timed_out(grown, 2 * PATIENCE)


async def test_each_notification_is_for_those_who_listened_before_it() -> None:
    notifier = Notifier()
    early = notifier.grown()
    notifier.notify("a")
    late = notifier.grown()
    assert early.is_set()
    assert not late.is_set()
    notifier.notify("a")
    assert late.is_set()


async def test_one_who_stops_waiting_does_not_stop_the_others() -> None:
    notifier = Notifier()
    leaving, staying = (asyncio.create_task(notified_or_timed_out(notifier.grown(), 2 * PATIENCE)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait({leaving})
    assert leaving.cancelled()
    notifier.notify("a")
    async with asyncio.timeout(PATIENCE):
        await staying

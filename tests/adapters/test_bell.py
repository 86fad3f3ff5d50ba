"""The bell: a ring wakes those who listen for its organization, and none that came between is lost."""

import asyncio
import time

from adapters.notifier import Bell, rung_or_timed_out


async def test_a_ring_wakes_all_who_listen() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(rung_or_timed_out(bell.listen("a"), 30)) for _ in range(5)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    bell.ring("a")
    async with asyncio.timeout(1):
        await asyncio.gather(*waiting)


async def test_another_organizations_ring_wakes_nobody() -> None:
    bell = Bell()
    mine, other = bell.listen("a"), bell.listen("b")
    bell.ring("b")
    assert other.is_set()
    assert not mine.is_set()


async def test_waiting_ends_after_its_time_without_a_ring() -> None:
    began = time.monotonic()
    async with asyncio.timeout(5):
        await rung_or_timed_out(Bell().listen("a"), 0.05)
    assert 0.04 <= time.monotonic() - began < 2


async def test_a_ring_between_listening_and_waiting_is_not_lost() -> None:
    bell = Bell()
    rung = bell.listen("a")
    bell.ring("a")
    async with asyncio.timeout(1):
        await rung_or_timed_out(rung, 30)


async def test_each_ring_is_for_those_who_listened_before_it() -> None:
    bell = Bell()
    early = bell.listen("a")
    bell.ring("a")
    late = bell.listen("a")
    assert early.is_set()
    assert not late.is_set()
    bell.ring("a")
    assert late.is_set()


async def test_ringing_where_nobody_listens_does_nothing() -> None:
    bell = Bell()
    bell.ring("a")
    bell.ring("a")
    assert not bell.listen("a").is_set()


async def test_one_who_stops_waiting_does_not_stop_the_others() -> None:
    bell = Bell()
    leaving, staying = (asyncio.create_task(rung_or_timed_out(bell.listen("a"), 30)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait({leaving})
    assert leaving.cancelled()
    bell.ring("a")
    async with asyncio.timeout(1):
        await staying

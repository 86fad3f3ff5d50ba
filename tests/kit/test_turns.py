"""Turns: a bounded number at a time for each key, in order."""

import asyncio

from kit.turns import Turns


async def _work(turns: Turns, key: str, name: str, running: list[str], end: asyncio.Event) -> None:
    async with turns.turn(key):
        running.append(name)
        await end.wait()
        running.remove(name)


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_each_key_has_its_own_turns_in_order() -> None:
    turns, running = Turns(2), list[str]()
    ends = [asyncio.Event() for _ in range(4)]
    tasks = [asyncio.create_task(_work(turns, "a", f"a{number}", running, ends[number])) for number in range(4)]
    await _settle()
    assert running == ["a0", "a1"]
    other = asyncio.create_task(_work(turns, "b", "b", running, ends[0]))
    await _settle()
    assert running == ["a0", "a1", "b"]
    ends[0].set()
    await _settle()
    assert running == ["a1", "a2"]
    for end in ends:
        end.set()
    await asyncio.gather(*tasks, other)
    assert running == []


async def test_who_leaves_while_waiting_gives_the_turn_to_the_next() -> None:
    turns, running, end = Turns(1), list[str](), asyncio.Event()
    tasks = [asyncio.create_task(_work(turns, "a", f"a{number}", running, end)) for number in range(3)]
    await _settle()
    tasks[1].cancel()
    end.set()
    await asyncio.wait(tasks)
    assert tasks[1].cancelled()
    assert not turns._queues, "nothing is stored for keys without work"  # noqa: SLF001

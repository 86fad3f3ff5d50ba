"""The batch loader: one query for the keys of five turns, safe cancellation of callers, and no cache."""

import asyncio
import gc
from collections.abc import Collection

import pytest

from resolvers.kit.batch_loader import TURNS, BatchLoader


class _Table:
    """Looks up lengths, and records the keys of each query and the queries that ended."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.cancelled = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.lengths = {key: len(key) for key in ("a", "bb", "ccc")}

    async def find(self, keys: Collection[str]) -> dict[str, int]:
        self.asked.append(sorted(keys))
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if "broken" in keys:
            raise LookupError
        return {key: self.lengths[key] for key in keys if key in self.lengths}


async def _turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_the_keys_of_five_turns_are_one_query_and_later_keys_another() -> None:
    table = _Table()
    loader = BatchLoader(table.find)
    first = asyncio.gather(*map(loader.load, ("a", "bb", "a")))
    await _turns(TURNS)  # the first in which they run
    assert [await loader.load("nobody"), *await first] == [None, 1, 2, 1]
    assert await loader.load("ccc") == 3
    assert table.asked == [["a", "bb", "nobody"], ["ccc"]]


async def test_a_change_is_seen_by_all_who_ask_after_it() -> None:
    table = _Table()
    loader = BatchLoader(table.find)
    table.answers.clear()
    before = asyncio.create_task(loader.load("a"))
    await _turns(TURNS + 1)
    table.lengths["a"] = 10
    after = asyncio.create_task(loader.load("a"))
    await _turns(TURNS + 1)
    assert table.asked == [["a"], ["a"]]
    table.answers.set()
    assert [await before, await after, await loader.load("a")] == [10, 10, 10]
    assert len(table.asked) == 3


@pytest.mark.parametrize("turns", range(TURNS + 4))
@pytest.mark.parametrize("between", range(3))
async def test_a_cancelled_caller_holds_up_nobody_who_asks_later(turns: int, between: int) -> None:
    loader = BatchLoader(_Table().find)
    leaving = asyncio.create_task(loader.load("a"))
    await _turns(turns)
    leaving.cancel()
    await _turns(between)
    async with asyncio.timeout(10):
        assert list(await asyncio.gather(loader.load("bb"), loader.load("a"))) == [2, 1]


@pytest.mark.parametrize("turns", range(TURNS + 4))
@pytest.mark.parametrize("first", [True, False])
async def test_a_cancelled_caller_takes_the_result_from_nobody_in_its_batch(turns: int, first: bool) -> None:
    table = _Table()
    table.answers.clear()
    loader = BatchLoader(table.find)
    callers = [asyncio.create_task(loader.load(key)) for key in ("a", "a", "bb")]
    leaving = callers.pop(0 if first else 1)
    await _turns(turns)
    leaving.cancel()
    await _turns(TURNS + 1)
    table.answers.set()
    async with asyncio.timeout(10):
        assert await asyncio.gather(*callers) == [1, 2]
    assert (table.asked, table.cancelled) == ([["a", "bb"]], 0)


async def test_a_query_is_cancelled_with_the_last_of_its_callers() -> None:
    table = _Table()
    table.answers.clear()
    loader = BatchLoader(table.find)
    callers = [asyncio.create_task(loader.load(key)) for key in ("a", "bb")]
    await _turns(TURNS + 1)
    for cancelled, caller in enumerate(callers):
        assert (len(table.asked), table.cancelled) == (1, 0), cancelled
        caller.cancel()
        await _turns(TURNS + 1)
    assert table.cancelled == 1
    table.answers.set()
    assert await loader.load("a") == 1


async def test_a_failure_is_told_to_all_callers_of_its_batch_and_to_no_other() -> None:
    loader = BatchLoader(_Table().find)
    told = await asyncio.gather(*map(loader.load, ("a", "broken")), return_exceptions=True)
    assert [type(each) for each in told] == [LookupError, LookupError]
    assert await loader.load("a") == 1


async def test_a_query_that_fails_as_it_is_cancelled_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def find(_: Collection[str]) -> dict[str, int]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionError from None
        return {}

    caller = asyncio.create_task(BatchLoader(find).load("a"))
    await _turns(TURNS + 1)
    caller.cancel()
    await _turns(TURNS + 1)
    del caller
    gc.collect()
    assert not caplog.records

"""Look-ups that are gathered: one query for all, and nobody waits for what somebody else has left."""

import asyncio
from collections.abc import Collection

import pytest

from resolvers.gathered import BatchLoader


class _Table:
    """Finds each key's length, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    async def find(self, keys: Collection[str]) -> dict[str, int]:
        self.asked.append(set(keys))
        await asyncio.sleep(0.01)
        if "broken" in keys:
            raise LookupError
        return {key: len(key) for key in keys if key != "nobody"}


async def test_what_comes_at_once_is_one_query_and_what_comes_later_another() -> None:
    table = _Table()
    gathered = BatchLoader(table.find)
    assert await asyncio.gather(*map(gathered.load, ("a", "bb", "a", "nobody"))) == [1, 2, 1, None]
    assert await gathered.load("ccc") == 3
    assert table.asked == [{"a", "bb", "nobody"}, {"ccc"}]


@pytest.mark.parametrize("turns", range(6))
async def test_who_leaves_at_whatever_moment_holds_nobody_up(turns: int) -> None:
    gathered = BatchLoader(_Table().find)
    leaving = asyncio.create_task(gathered.load("a"))
    for _ in range(turns):
        await asyncio.sleep(0)
    leaving.cancel()
    async with asyncio.timeout(1):
        assert list(await asyncio.gather(gathered.load("bb"), gathered.load("a"))) == [2, 1]


async def test_all_who_wait_are_told_of_a_failure_and_the_next_tries_again() -> None:
    gathered = BatchLoader(_Table().find)
    told = await asyncio.gather(*map(gathered.load, ("a", "broken")), return_exceptions=True)
    assert [type(each) for each in told] == [LookupError, LookupError]
    assert await gathered.load("a") == 1

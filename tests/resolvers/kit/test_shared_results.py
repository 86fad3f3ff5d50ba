"""Shared results: computed once, independent of any caller, as current as the log, and bounded."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from resolvers.kit import shared_results as sharing
from resolvers.kit.shared_results import SharedResults


@pytest.fixture(autouse=True)
def _young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets no result expire during a test."""
    monkeypatch.setattr(sharing, "_MAX_AGE_SECONDS", 600.0)


@dataclass(slots=True)
class _Made:
    number: int
    size: int | None = 1


class _Maker:
    """Returns increasing numbers, at once or when the test allows it."""

    def __init__(self, *sizes: int | None) -> None:
        self.made, self.may_end = 0, asyncio.Event()
        self._sizes = sizes or (1,)

    def now(self) -> _Made:
        self.made += 1
        return _Made(self.made, self._sizes[(self.made - 1) % len(self._sizes)])

    async def later(self) -> _Made:
        made = self.now()
        await self.may_end.wait()
        return made


async def _given(
    shared: SharedResults, seen: int, make: Callable[[], Coroutine[Any, Any, _Made] | _Made], key: str = "key"
) -> int:
    given = shared.get_or_start(key, seen, make)
    return (given if isinstance(given, _Made) else await given).number


async def _waiting(shared: SharedResults, maker: _Maker, count: int) -> list[asyncio.Task[int]]:
    """Starts several waiters for the same result."""
    tasks = [asyncio.create_task(_given(shared, 1, maker.later)) for _ in range(count)]
    await asyncio.sleep(0)  # they come now
    return tasks


async def test_those_who_come_at_once_wait_for_one() -> None:
    shared, maker = SharedResults(), _Maker()
    waiting = await _waiting(shared, maker, 100)
    maker.may_end.set()
    assert await asyncio.gather(*waiting) == [1] * 100
    assert await _given(shared, 1, maker.now) == 1
    assert maker.made == 1


async def test_the_first_may_leave_and_the_others_get_it() -> None:
    shared, maker = SharedResults(), _Maker()
    first, *others = await _waiting(shared, maker, 3)
    first.cancel()
    maker.may_end.set()
    assert await asyncio.gather(*others) == [1, 1]
    assert first.cancelled()


async def test_all_may_leave_and_whoever_comes_next_gets_it() -> None:
    shared, maker = SharedResults(), _Maker()
    for task in await _waiting(shared, maker, 3):
        task.cancel()
    maker.may_end.set()
    assert await _given(shared, 1, maker.later) == 1


async def test_whoever_has_seen_more_of_the_log_gets_a_newer_one() -> None:
    shared, maker = SharedResults(), _Maker()
    assert [await _given(shared, seen, maker.now) for seen in (5, 5, 6, 6, 5)] == [1, 1, 2, 2, 2]


async def test_what_is_old_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_MAX_AGE_SECONDS", 0.05)
    shared, maker = SharedResults(), _Maker()
    assert await _given(shared, 1, maker.now) == 1
    await asyncio.sleep(0.1)
    assert await _given(shared, 1, maker.now) == 2


async def test_what_had_better_be_tried_again_is_given_only_to_those_who_wait() -> None:
    shared, maker = SharedResults(), _Maker(None, 1)
    waiting = await _waiting(shared, maker, 2)
    maker.may_end.set()
    assert await asyncio.gather(*waiting) == [1, 1]
    assert [await _given(shared, 1, maker.now) for _ in range(2)] == [2, 2]


async def test_a_failure_is_tried_again() -> None:
    async def fail() -> _Made:
        raise OSError

    shared, maker = SharedResults(), _Maker()
    failed = await asyncio.gather(*(_given(shared, 1, fail) for _ in range(2)), return_exceptions=True)
    assert [type(failure) for failure in failed] == [OSError, OSError]
    assert await _given(shared, 1, maker.now) == 1


async def test_what_is_kept_is_bounded_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_MAX_BYTES", 10 * (1000 + sharing._OVERHEAD_BYTES))  # noqa: SLF001 - what it adds
    shared, maker = SharedResults(), _Maker(1000)
    for key in map(str, range(50)):
        await _given(shared, 1, maker.now, key)
        await asyncio.sleep(0)
    assert len(shared._entries) == 10  # noqa: SLF001 - nobody else knows
    assert await _given(shared, 1, maker.now, "49") == 50
    assert await _given(shared, 1, maker.now, "0") == 51

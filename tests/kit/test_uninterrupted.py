"""Uninterrupted work runs to its end, however often its caller is cancelled."""

import asyncio

import pytest

from kit.uninterrupted import uninterrupted


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("fails", [False, True])
async def test_work_ends_before_its_cancelled_caller(times: int, fails: bool) -> None:
    may_end, ended = asyncio.Event(), list[str]()

    async def work() -> None:
        await may_end.wait()
        ended.append("work")
        if fails:
            raise OSError

    caller = asyncio.create_task(uninterrupted(work()))
    for _ in range(times):
        await asyncio.sleep(0)
        caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended == ["work"]


async def test_a_failure_is_raised_where_nobody_was_cancelled() -> None:
    async def work() -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - it has no text
        await uninterrupted(work())

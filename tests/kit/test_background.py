"""Background tasks: ended with their context, and never silent about a failure."""

import asyncio
import logging

import pytest

from kit.background import in_background


async def test_work_is_cancelled_and_awaited_when_the_context_ends() -> None:
    steps = list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    async with in_background(work()):
        await asyncio.sleep(0)
    assert steps == ["cleaned up"]


async def test_a_failure_is_logged_at_once_without_its_text_and_raised_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        raise ValueError("sk_live_secret")

    async def run() -> None:
        async with in_background(work()):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert [record.getMessage() for record in caplog.records] == ["ValueError in a background task"]

    with caplog.at_level(logging.ERROR), pytest.raises(ValueError, match="secret"):
        await run()
    assert "secret" not in caplog.text

"""A daemon looks once after many events, but overlooks none, and nothing is settled late because of that."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.notifier import Notifier
from kit.background import in_background
from resolvers.context import utc_now
from resolvers.daemons import daemon
from resolvers.daemons.daemon import Daemon, seconds_until
from startup.services import create_services
from tests.support.databases import settings_in
from tests.support.waiting import PATIENCE, until

_EVENTS = 300
_REST = 0.5


@asynccontextmanager
async def _running(folder: Path, look: Callable[[], float]) -> AsyncIterator[Notifier]:
    """Runs a daemon with this work; yields what notifies it of events."""

    async def work(_: object) -> float:
        return look()

    services = create_services(settings_in(folder))
    async with in_background(Daemon("looks", work, wakes_on_events=True).run(services)):
        yield services.notifier
    await services.aclose()


async def test_many_events_cost_few_looks_and_the_last_one_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "_REST_SECONDS", _REST)
    events, seen = 0, list[int]()

    def look() -> float:
        seen.append(events)
        return PATIENCE

    began = time.monotonic()
    async with _running(tmp_path, look) as notifier:
        for _ in range(_EVENTS):
            events += 1
            notifier.notify("organization_1")
            await asyncio.sleep(0)
        await until(lambda: seen[-1] == _EVENTS)
    assert len(seen) <= 2 + (time.monotonic() - began) / _REST


async def test_what_ends_during_the_rest_is_settled_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "_REST_SECONDS", 2 * PATIENCE)
    end = utc_now() + timedelta(seconds=0.1)
    looks: list[bool] = []

    def look() -> float:
        looks.append(utc_now() >= end)
        return seconds_until(None if looks[-1] else end, PATIENCE)

    async with _running(tmp_path, look):
        await until(lambda: any(looks))

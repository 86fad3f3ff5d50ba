"""Two processes write to one database like use cases: every write succeeds, and the log has no gaps."""

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models import ApiToken, Event, EventKind, Organization
from models.migrations import migrate
from resolvers.context import Context, Viewer
from resolvers.events.unit_of_work import unit_of_work
from settings import Settings
from startup.services import create_services
from tests.support.databases import opened, settings_in

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_WRITES = 300


def write(settings: Settings, name: str, organizations: list[str]) -> list[str]:
    """Writes to the organizations alternately in a process; returns its errors."""
    return asyncio.run(_write(settings, name, organizations))


async def _write(settings: Settings, name: str, organizations: list[str]) -> list[str]:
    errors = []
    context = Context(create_services(settings))
    async with opened(settings):
        for number in range(_WRITES):
            try:
                await _change(context, name, organizations[number % len(organizations)], number)
            except Exception as error:  # noqa: BLE001 - the test reports any error
                errors.append(repr(error))
    await context.services.stripe.close()
    return errors


async def _change(context: Context, name: str, organization: str, number: int) -> None:
    viewer = Viewer("test", await Organization.get(id=organization), name, frozenset())
    async with unit_of_work(context, viewer) as log:
        # Reading first is what makes deferred transactions fail.
        await Organization.get(id=organization)
        token = ApiToken(
            organization_id=organization,
            name=f"{name} {number}",
            name_key=f"{name} {number}",
            scopes=[],
            token_hash=f"{name} {number}",
            masked_token="",
            created_at=context.now(),
        )
        await token.save(force_create=True)
        log.add(EventKind.TOKEN_ISSUED, token)


async def test_two_processes_write_600_times_without_an_error_or_a_gap(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with opened(settings):
        await migrate()
        rows = [await Organization.create(name=name, created_at=datetime.now(UTC)) for name in "ab"]
    ids = [row.id for row in rows]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        writers = [loop.run_in_executor(pool, write, settings, name, ids) for name in ("one", "two")]
        assert await asyncio.gather(*writers) == [[], []]
    async with opened(settings):
        assert await ApiToken.all().count() == 2 * _WRITES
        for id_ in ids:
            events = await Event.filter(organization_id=id_).order_by("id")
            assert [event.position for event in events] == list(range(1, _WRITES + 1))
            assert {event.actor for event in events} == {"one", "two"}
            assert (await Organization.get(id=id_)).position == _WRITES

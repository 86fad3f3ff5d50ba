"""A refresh that is under way in one process, and what other processes do to its credential meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import Credential
from resolvers.context import Context, utc_now
from resolvers.credentials.refresh import with_fresh_token
from startup.database import open_database
from startup.services import create_services
from tests.support.apps import Installed, age, install
from tests.support.client import Client
from tests.support.documents import DELETE_CREDENTIAL, DELETE_INTEGRATION, UPDATE_CREDENTIAL, UPDATE_INTEGRATION
from tests.support.encryption import encryption_key
from tests.support.oauth import begin, complete, returned
from tests.support.refreshing import TOKEN_PATH, World, world_in
from tests.support.servers import environment, run_program
from tests.support.stripe_app import OTHER_ACCOUNT
from tests.support.waiting import until

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_OVER = timedelta(seconds=-1)
_OLD, _NEW = encryption_key("old"), encryption_key("new")
_OTHER = {"exchange": "other account"}


@dataclass(slots=True)
class _Meeting:
    """A server that refreshes, and the result of the reveal that made it."""

    world: World
    refreshing: Client
    revealed: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def refresh_of(self, installed: Installed) -> AsyncIterator[None]:
        """Within the context, Stripe has refreshed, and its answer has not arrived."""
        await age(installed, _OVER)
        with self.world.gate.holding(TOKEN_PATH, answered=True) as hold:
            revealing = asyncio.create_task(installed.reveal(self.refreshing))
            await hold.arrival()
            yield
            hold.open()
            self.revealed = await revealing


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory, engine: str) -> AsyncIterator[_Meeting]:
    keys = {"ENCRYPTION_KEYS": f"{_OLD},{_NEW}", "STRIPE_TIMEOUT_SECONDS": "60"}  # while the keys are rotated
    async with world_in(tmp_path_factory.mktemp(f"meetings-{engine}"), **keys) as world:
        with ExitStack() as stack:
            _, refreshing = world.another(stack, **keys)
            yield _Meeting(world, refreshing)


@pytest.fixture
async def meeting(servers: _Meeting) -> AsyncIterator[_Meeting]:
    async with open_database(servers.world.server.settings):
        yield servers


async def _works_after_one_refresh(meeting: _Meeting, installed: Installed) -> bool:
    revealed = await installed.reveal()
    assert revealed["secretKey"] == meeting.revealed["secretKey"]
    return await installed.refreshes() == 1 and await installed.works(revealed["secretKey"])


async def test_renaming_brings_no_old_token_back(meeting: _Meeting) -> None:
    client = meeting.world.partner
    installed = await install(client, "Old name")
    async with meeting.refresh_of(installed):
        await client.result(UPDATE_CREDENTIAL, input={"id": installed.credential_id, "name": "New name"})
        await client.result(UPDATE_INTEGRATION, input={"id": installed.integration_id, "name": "Newer name"})
    assert await _works_after_one_refresh(meeting, installed)
    row = await Credential.get(id=installed.credential_id)
    assert (row.name, row.refresh_claimed_until) == ("New name", None)


async def test_the_answer_is_stored_although_the_encryption_keys_are_rotated(meeting: _Meeting) -> None:
    installed = await install(meeting.world.partner, "Rotated")
    async with meeting.refresh_of(installed):
        env = environment(meeting.world.folder, ENCRYPTION_KEYS=f"{_NEW},{_OLD}")
        done = await asyncio.to_thread(run_program, "cli.py", "rotate-keys", env=env)
        assert done.returncode == 0, done.stderr
        row = await Credential.get(id=installed.credential_id)
        assert str(row.sealed_refresh_token).startswith("v1.new.")
    assert await _works_after_one_refresh(meeting, installed)


async def test_a_deleted_credential_stays_deleted_and_its_app_is_uninstalled(meeting: _Meeting) -> None:
    client = meeting.world.partner
    installed = await install(client, "Deleted", **_OTHER)
    async with meeting.refresh_of(installed):
        await client.result(DELETE_INTEGRATION, input={"id": installed.integration_id})
        result = await client.result(DELETE_CREDENTIAL, input={"id": installed.credential_id})
        assert result["__typename"] == "DeleteCredentialSuccess", result
    assert meeting.revealed["__typename"] == "NotFoundError"
    assert await Credential.get_or_none(id=installed.credential_id) is None
    await installed.stripe.move_clock(13)
    assert f"Uninstall {OTHER_ACCOUNT}" not in (await installed.stripe.send("GET", "/apps")).text


async def test_an_uninstallation_disconnects_although_new_tokens_were_on_their_way(meeting: _Meeting) -> None:
    installed = await install(meeting.world.partner, "Uninstalled", **_OTHER)

    async def is_uninstalled() -> bool:
        return f"Uninstall {OTHER_ACCOUNT}" not in (await installed.stripe.send("GET", "/apps")).text

    async with meeting.refresh_of(installed):
        uninstalling = asyncio.create_task(installed.stripe.uninstall(OTHER_ACCOUNT))
        await until(is_uninstalled)
    assert (await uninstalling).status_code == 303, "the webhook was accepted"
    row = await Credential.get(id=installed.credential_id)
    assert (row.status, row.problem, row.sealed_refresh_token) == ("DISCONNECTED", "DEAUTHORIZED", None)


async def test_a_reconnected_credential_has_the_tokens_of_its_new_grant(meeting: _Meeting) -> None:
    client = meeting.world.partner
    installed = await install(client, "Reconnected")
    async with meeting.refresh_of(installed):
        given = await returned(await begin(client, credentialId=installed.credential_id))
        result = await complete(client, given)
        assert result["__typename"] == "CompleteStripeAuthSuccess", result
    revealed = await installed.reveal()
    assert meeting.revealed["secretKey"] == revealed["secretKey"]
    assert await installed.works(revealed["secretKey"])
    assert await installed.stripe.counted(given["code"]) == (1, 0)


async def test_a_process_whose_clock_is_ahead_waits_for_the_answer(meeting: _Meeting) -> None:
    """By its clock, the other one's claim has passed."""
    installed = await install(meeting.world.partner, "Ahead")

    def ahead() -> datetime:
        return utc_now() + timedelta(seconds=30)

    refused = await installed.stripe.refused_calls()
    async with aclosing(create_services(meeting.world.server.settings)) as services:
        async with meeting.refresh_of(installed):
            seen = await Credential.get(id=installed.credential_id).select_related("organization")
            waiting = asyncio.create_task(with_fresh_token(Context(services, now=ahead), seen))
            for _ in range(2):
                await _is_renewed(installed)
            assert not waiting.done()
        row = await waiting
    assert row.sealed_secret != seen.sealed_secret
    assert await _works_after_one_refresh(meeting, installed)
    assert await installed.stripe.refused_calls() == refused


async def _is_renewed(installed: Installed) -> None:
    before = (await Credential.get(id=installed.credential_id)).refresh_claimed_until

    async def moved() -> bool:
        return (await Credential.get(id=installed.credential_id)).refresh_claimed_until != before

    await until(moved)

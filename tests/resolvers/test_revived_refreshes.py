"""A refused refresh that was this server's own mistake: its app had another account's key, and the grant is sound."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Credential
from startup.database import open_database
from tests.support.actions import history
from tests.support.apps import Installed, age, install
from tests.support.documents import REPORT_FAILURE, VERIFY_CREDENTIAL
from tests.support.refreshing import World, world_in

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_OVER = timedelta(seconds=-1)
_REFRESH_FAILED = {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as world, open_database(world.server.settings):
        yield world


async def _misled(world: World) -> Installed:
    """A credential that a server with another account's key has disconnected."""
    installed = await install(world.partner)
    await age(installed, _OVER)
    with ExitStack() as stack:
        _, wrong = world.another(stack, STRIPE_TEST_APP_SECRET_KEY="sk_test_AnotherAccount")
        assert (await installed.reveal(wrong))["credential"] == _REFRESH_FAILED
    return installed


async def _verify(installed: Installed) -> dict[str, Any]:
    return await installed.client.result(VERIFY_CREDENTIAL, input={"id": installed.credential_id})


async def test_verifying_with_the_right_key_connects_again(world: World) -> None:
    installed = await _misled(world)
    before = len(await history(world.partner))
    result = await _verify(installed)
    assert (result["credential"]["status"], result["credential"]["problem"]) == ("CONNECTED", None)
    assert await installed.works((await installed.reveal())["secretKey"])
    told = (await history(world.partner))[before:]
    assert [event["kind"] for event in told] == [
        "CREDENTIAL_STATUS_CHANGED",
        "INTEGRATION_STATUS_CHANGED",
        "CREDENTIAL_VERIFIED",
        "SECRET_REVEALED",
    ]
    assert {event["actor"]["kind"] for event in told} == {"TOKEN"}, "all of it is the work of whoever verified"


async def test_a_dead_grant_is_asked_about_at_each_verification_and_stays_disconnected(world: World) -> None:
    installed = await install(world.partner)
    await installed.choose("revoked")
    await age(installed, _OVER)
    assert (await installed.reveal())["credential"] == _REFRESH_FAILED
    refused = await installed.stripe.refused_calls()
    for times in (1, 2):
        result = await _verify(installed)
        assert (result["credential"]["status"], result["credential"]["problem"]) == tuple(_REFRESH_FAILED.values())
        assert await installed.stripe.refused_calls() == refused + times
    row = await Credential.get(id=installed.credential_id)
    assert row.refresh_claimed_until is None
    assert row.sealed_refresh_token is not None
    assert (await installed.reveal())["credential"] == _REFRESH_FAILED
    assert await installed.stripe.refused_calls() == refused + times, "revealing does not ask"


async def test_while_stripe_fails_verifying_changes_nothing(world: World) -> None:
    installed = await _misled(world)
    await installed.choose("unavailable")
    assert (await _verify(installed))["__typename"] == "StripeUnavailableError"
    assert {name: (await installed.grant())[name] for name in _REFRESH_FAILED} == _REFRESH_FAILED
    await installed.choose("works")
    await Credential.filter(id=installed.credential_id).update(refresh_paused_until=None)  # its time is over
    assert (await _verify(installed))["credential"]["status"] == "CONNECTED"


@pytest.mark.parametrize("needs", ["a report", "a verification"])
async def test_whoever_needed_the_token_is_the_actor_of_a_refusal(world: World, needs: str) -> None:
    installed = await install(world.partner)
    await installed.choose("revoked")
    await age(installed, _OVER)
    before = len(await history(world.partner))
    if needs == "a report":
        await installed.client.result(REPORT_FAILURE, input={"integrationId": installed.integration_id})
    else:
        await _verify(installed)
    told = (await history(world.partner))[before:]
    assert [event["kind"] for event in told][:2] == ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]
    assert {event["actor"]["kind"] for event in told} == {"TOKEN"}

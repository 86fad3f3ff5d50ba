"""The copied columns of integrations stay correct whenever the credential or the switch changes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models import Credential, CredentialProblem, CredentialStatus, Destination, Integration, Organization
from models.migrations import migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.rows import connected_credential, integration_using

pytestmark = pytest.mark.usefixtures("engine")

_DISCONNECTED = {"status": CredentialStatus.DISCONNECTED, "problem": CredentialProblem.KEY_EXPIRED}
_CONNECTED = {"status": CredentialStatus.CONNECTED, "problem": None}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[None]:
    """Two credentials, one disconnected, each with an active and an inactive integration."""
    async with opened(settings_in(tmp_path)):
        await migrate()
        organization = await Organization.create(name="a", created_at=datetime.now(UTC))
        for name in ("one", "two"):
            credential = connected_credential(organization.id, name, lambda _: "sealed")
            await credential.save(force_create=True)
            integration, inactive = integration_using(credential), integration_using(credential)
            inactive.name = inactive.name_key = f"{name} inactive"
            inactive.active = False
            await Integration.bulk_create([integration])
            await inactive.save(force_create=True)
        await Credential.filter(name="two").update(**_DISCONNECTED)
        yield


async def _kept() -> dict[str, str]:
    """Asserts that all copies are correct, and returns the copied status of each integration."""
    rows = await Integration.all().select_related("credential")
    for row in rows:
        assert (row.status_copy, row.destination_copy) == (row.status, row.credential.destination)
        assert row.key_ending_copy == (row.credential.masked_secret or "")[-4:].lower()
    return {row.name: row.status.value for row in rows}


async def _switch() -> None:
    row = await Integration.get(name="one")
    row.active = False
    await row.save()


async def _move() -> None:
    row = await Integration.get(name="one").select_related("credential")
    row.credential = await Credential.get(name="two")
    await row.save()


async def _disconnect() -> None:
    row = await Credential.get(name="one")
    row.update_from_dict(_DISCONNECTED)
    await row.save()


async def _reconnect() -> None:
    await Credential.filter(name="two").update(**_CONNECTED)


async def _switch_by_hand() -> None:
    await ask("UPDATE integrations SET active = NOT active")


async def _move_by_hand() -> None:
    await ask("UPDATE integrations SET credential_id = (SELECT id FROM credentials WHERE name = 'one')")


async def _go_live() -> None:
    await Credential.filter(name="one").update(destination=Destination.STRIPE)


async def _replace_key() -> None:
    await Credential.filter(name="one").update(masked_secret="sk_live_…AbC9")


_BEFORE = {"one": "ACTIVE", "one inactive": "INACTIVE", "two": "NEEDS_ATTENTION", "two inactive": "INACTIVE"}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (_switch, {"one": "INACTIVE"}),
        (_move, {"one": "NEEDS_ATTENTION"}),
        (_disconnect, {"one": "NEEDS_ATTENTION"}),
        (_reconnect, {"two": "ACTIVE"}),
        (
            _switch_by_hand,
            {"one": "INACTIVE", "one inactive": "ACTIVE", "two": "INACTIVE", "two inactive": "NEEDS_ATTENTION"},
        ),
        (_move_by_hand, {"two": "ACTIVE"}),
        (_go_live, {}),
        (_replace_key, {}),
    ],
)
async def test_the_copies_follow_each_change(change: Callable[[], Awaitable[None]], changed: dict[str, str]) -> None:
    assert await _kept() == _BEFORE
    await change()
    assert await _kept() == _BEFORE | changed

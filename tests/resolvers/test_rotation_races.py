"""A rotation writes nothing over a secret that somebody has replaced since the rotation read it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from adapters.vault import Vault, key_id_of
from kit.secret import Secret
from models import Canary, Credential, Organization
from resolvers.context import Context, Viewer, utc_now
from resolvers.credentials.sealing import secret_context
from resolvers.encryption import rotation
from resolvers.events.unit_of_work import Log, unit_of_work
from startup.database import open_database
from startup.services import create_services
from tests.support.databases import settings_in
from tests.support.encryption import encryption_key
from tests.support.rows import connected_credential
from tests.support.secrecy import secret_key

pytestmark = pytest.mark.usefixtures("engine")

_OLD, _NEW = encryption_key("old"), encryption_key("new")
_OLDER = Vault.from_text(Secret(f"{_OLD},{_NEW}"))
_Meanwhile = Callable[[Credential], Awaitable[object]]


def _sealed(vault: Vault, secret: str, credential: Credential) -> str:
    return vault.seal(Secret(secret), secret_context(credential))


async def _rotated(folder: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: _Meanwhile) -> tuple[int, str | None]:
    """Rotates a credential, to which something happens while the rotation waits for its organization's lock.

    Returns the number of texts that were resealed, and the secret.
    """
    settings = settings_in(folder, ENCRYPTION_KEYS=f"{_NEW},{_OLD}")
    async with aclosing(create_services(settings)) as services, open_database(settings):
        organization = await Organization.create(name="Acme", created_at=utc_now())
        credential = connected_credential(organization.id, "Keys", partial(_sealed, _OLDER, secret_key()))
        await credential.save(force_create=True)

        @asynccontextmanager
        async def delayed(context: Context, viewer: Viewer) -> AsyncIterator[Log]:
            await meanwhile(credential)
            async with unit_of_work(context, viewer) as log:
                yield log

        monkeypatch.setattr(rotation, "unit_of_work", delayed)
        progress = [each async for each in rotation.rotate(services)]
        found = await Credential.get_or_none(id=credential.id)
        resealed = progress[-1].resealed
        assert [key_id_of(canary.sealed) for canary in await Canary.all()] == ["new"]
        if found is None:
            return resealed, None
        return resealed, services.vault.open(found.sealed_secret or "", secret_context(found)).reveal()


@pytest.mark.parametrize("vault", [_OLDER, Vault.from_text(Secret(f"{_NEW},{_OLD}"))], ids=["old key", "new key"])
async def test_a_key_that_was_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault: Vault) -> None:
    replacement = secret_key()

    async def replace(credential: Credential) -> None:
        sealed = _sealed(vault, replacement, credential)
        assert await Credential.filter(id=credential.id).update(sealed_secret=sealed) == 1

    assert await _rotated(tmp_path, monkeypatch, replace) == (0, replacement)


async def test_a_credential_that_was_deleted_stays_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _rotated(tmp_path, monkeypatch, Credential.delete) == (0, None)


async def test_a_key_that_nobody_touched_is_resealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_: Credential) -> None: ...

    resealed, secret = await _rotated(tmp_path, monkeypatch, nothing)
    assert (resealed, str(secret)[:8]) == (1, "sk_test_")

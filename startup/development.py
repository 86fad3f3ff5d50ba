"""What development makes by itself, once: an encryption key in the data folder, a ready token beside the database."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from adapters.vault import new_key
from kit.secret import Secret
from models import Scope
from resolvers import organizations, tokens
from resolvers.context import Context, Viewer, utc_now
from resolvers.refusals import Unauthenticated
from resolvers.services import Services

_ORGANIZATION = "demo"
_TOKEN_NAME = "Development"  # noqa: S105 - its name


def encryption_keys(data_dir: Path) -> Secret:
    """The keys of development, made at the first call; readable by this user only."""
    path = data_dir / "encryption.keys"
    with suppress(FileExistsError):
        _write_private(path, new_key())
    return Secret(path.read_text())


async def ready_token(folder: Path, services: Services) -> Secret:
    """A token with all scopes for the organization "demo": the same at each start, for as long as it works.

    `folder` is the database's: a token belongs to a database.
    """
    path = folder / "development.token"
    if path.exists():
        token = Secret(path.read_text())
        with suppress(Unauthenticated):
            await tokens.authenticate(services, token, utc_now())
            return token
        path.unlink()
    token = await _issue(services)
    _write_private(path, token)
    return token


async def _issue(services: Services) -> Secret:
    organization, _ = await organizations.ensure(_ORGANIZATION, utc_now())
    context = Context(services, Viewer("server", organization, "server", frozenset(Scope)))
    await _revoke_lost(context)
    _, token = await tokens.issue(context, name=_TOKEN_NAME, scopes=list(Scope), expires_at=None)
    return token


async def _revoke_lost(context: Context) -> None:
    """Ends the token whose text was lost with its file, so that its name is free."""
    for row in await tokens.named(context, _TOKEN_NAME):
        await tokens.revoke(context, row.id)


def _write_private(path: Path, secret: Secret) -> None:
    """Makes a file that is there whole or not at all; raises FileExistsError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # mode 0600
        file.write(secret.reveal())
        file.flush()
        os.fsync(file.fileno())
        os.link(file.name, path)

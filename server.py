"""The composition root: settings → adapters → use cases' services → application. `python server.py` serves it."""

import argparse
import asyncio
import logging
import os
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from tortoise.context import TortoiseContext
from tortoise.contrib.starlette import RegisterTortoise
from tortoise.exceptions import BaseORMException

import development
from adapters.bell import Bell
from adapters.secret import Secret
from adapters.stripe_connect import StripeConnect
from adapters.stripe_gateway import StripeGateway
from adapters.vault import Vault, WeakKeyError
from models.migrations import NewerDatabaseError, due_migrations, migrate
from platforms import NotReadyError, read_platforms
from resolvers.context import AuthRules, Services
from resolvers.events.tail import Tails
from resolvers.stripe_auth.sweeper import sweeping
from sandbox import create_sandbox, registered_applications
from settings import PREFIX, STRIPE_ITSELF, SettingError, Settings, read_settings
from web.app import create_app

# How long another process may hold SQLite's write lock before a writer gives up, in milliseconds.
_BUSY_TIMEOUT = 10_000
_MAX_MESSAGE_BYTES = 1024 * 1024
_SHUTDOWN_SECONDS = 10


# What the operator can put right, told in a sentence instead of a traceback.
OPERATOR_ERRORS = (SettingError, NewerDatabaseError, NotReadyError)


def database_config(settings: Settings) -> dict[str, Any]:
    """Tortoise's configuration."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.database_path.touch(mode=0o600)
    credentials = {
        "file_path": str(settings.database_path),
        "busy_timeout": _BUSY_TIMEOUT,
        "journal_mode": "WAL",
        # An acknowledged write survives a power cut too, not only a crash of the process.
        "synchronous": "FULL",
    }
    return {
        "connections": {"sqlite": {"engine": "adapters.sqlite_engine", "credentials": credentials}},
        "apps": {"models": {"models": ["models"], "default_connection": "sqlite"}},
    }


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[None]:
    """The database, for a command: migrated in development, refused in production if migrations are due."""
    async with connected(settings):
        if not settings.production:
            await migrate()
        elif due := await due_migrations():
            raise NotReadyError(f"Migrations are due: {', '.join(due)}. Run 'python cli.py migrate' first.")
        yield


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[None]:
    """The database as it is, for a command; raises NotReadyError if it cannot be opened."""
    async with TortoiseContext() as database:
        try:
            await database.init(config=database_config(settings))
            await database.db().execute_query("SELECT count(*) FROM sqlite_master")
        except (OSError, sqlite3.Error, BaseORMException) as error:
            raise NotReadyError(f"The database {settings.database_path} cannot be opened: {error}.") from None
        yield


def create_services(settings: Settings) -> Services:
    """What use cases may talk to; raises NotReadyError."""
    keys = settings.encryption_keys
    if keys is None:
        keys = Secret("") if settings.production else development.encryption_keys(settings.data_dir)
    bell = Bell()
    stripe = StripeGateway(base=_stripe_base(settings), timeout=settings.stripe_timeout_seconds)
    return Services(
        stripe=stripe,
        connect=StripeConnect(stripe, read_platforms(settings), f"{settings.public_address}/stripe/callback"),
        auth_rules=_auth_rules(settings),
        vault=_open_vault(keys),
        bell=bell,
        tails=Tails(bell),
    )


def _stripe_base(settings: Settings) -> str | None:
    """Where Stripe is; None stands for Stripe's own addresses, of which the SDK knows several."""
    base = settings.stripe_api_base
    if base is None and not settings.production:
        base = f"{settings.address}/sandbox"
    return None if base == STRIPE_ITSELF else base


def _auth_rules(settings: Settings) -> AuthRules:
    return_urls = settings.return_urls
    if not return_urls and not settings.production:
        return_urls = frozenset({f"{settings.public_address}/console/"})
    return AuthRules(return_urls, timedelta(seconds=settings.stripe_auth_ttl_seconds))


def _open_vault(keys: Secret) -> Vault:
    try:
        return Vault.from_text(keys)
    except WeakKeyError as error:
        raise NotReadyError(f"{PREFIX}ENCRYPTION_KEYS cannot be used. {error}") from None


def create_application(settings: Settings, services: Services) -> Starlette:
    """The application, which opens the database as it starts and closes everything as it stops."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with RegisterTortoise(app, config=database_config(settings)), sweeping(services):
            yield
        await services.stripe.close()

    return create_app(services, _development_routes(settings), lifespan)


def _development_routes(settings: Settings) -> Sequence[BaseRoute]:
    if settings.production:
        return ()
    # What is slow answers after the gateway has given up.
    applications = registered_applications(settings.public_address, settings.address)
    sandbox = create_sandbox(settings.stripe_timeout_seconds + 1, applications)
    return (Mount("/sandbox", sandbox), Route("/sandbox", lambda _: RedirectResponse("/sandbox/")))


class _Server(uvicorn.Server):
    """Says where it is, once it listens."""

    def __init__(self, config: uvicorn.Config, welcome: str) -> None:
        super().__init__(config)
        self._welcome = welcome

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Starts listening."""
        await super().startup(sockets)
        print(self._welcome, flush=True)  # noqa: T201 - for the one who typed the command


async def _prepare(settings: Settings, services: Services) -> str:
    """Sees to the database, and returns what to say once the server listens."""
    async with open_database(settings):
        lines = [f"GraphQL   {settings.address}/graphql"]
        if not settings.production:
            token = await development.ready_token(settings.database_path.parent, services)
            lines += [f"Sandbox   {settings.address}/sandbox/", f"Token     {token.reveal()}"]
        return "\n".join(lines)


def serve(settings: Settings) -> None:
    """Serves until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The first two are chatty; the last logs the URLs of WebSockets, which clients put tokens into.
    for name in ("httpx", "tortoise", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    services = create_services(settings)
    welcome = asyncio.run(_prepare(settings, services))
    config = uvicorn.Config(
        create_application(settings, services),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # it would log queries, which a client may have put a secret into
        server_header=False,
        ws_max_size=_MAX_MESSAGE_BYTES,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    _Server(config, welcome).run(sockets=[_listen(settings)])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise NotReadyError(f"{settings.address} cannot be listened on: {error.strerror}.") from None


def main() -> None:
    """Serves by the settings in the environment; says in a sentence what keeps it from starting."""
    description = "Serves Drawbridge. The README lists its settings, which it reads from the environment."
    argparse.ArgumentParser(prog="server.py", description=description).parse_args()
    try:
        serve(read_settings(os.environ))
    except OPERATOR_ERRORS as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the one who typed the command
        sys.exit(2)


if __name__ == "__main__":
    main()

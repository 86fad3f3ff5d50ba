"""The composition root: settings → adapters → use cases' services → application. `python server.py` serves it."""

import argparse
import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from tortoise.contrib.starlette import RegisterTortoise
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

import development
from adapters.bell import Bell
from adapters.postgres_bell import hearing
from adapters.secret import Secret
from adapters.stripe_connect import StripeConnect
from adapters.stripe_gateway import StripeGateway
from adapters.vault import Vault, WeakKeyError
from database import database_config, open_database, postgres_arguments
from models.migrations import NewerDatabaseError
from platforms import NotReadyError, read_platforms
from resolvers.context import AuthRules, Services
from resolvers.events.tail import Tails
from resolvers.stripe_auth.sweeper import sweeping
from sandbox import create_sandbox, registered_applications
from settings import PREFIX, STRIPE_ITSELF, SettingError, Settings, read_settings
from web.app import create_app
from web.socket_protocol import PatientProtocol
from web.unfinished import finished

_MAX_MESSAGE_BYTES = 1024 * 1024
# All in all the process is gone within 20 seconds of SIGTERM, whatever its clients do.
_SHUTDOWN_SECONDS = 10
_FINISH_SECONDS = 5


# What the operator can put right, told in a sentence instead of a traceback.
OPERATOR_ERRORS = (SettingError, NewerDatabaseError, NotReadyError)


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
        async with (
            RegisterTortoise(app, config=database_config(settings)),
            _hearing(settings, services.bell),
            sweeping(services),
        ):
            yield
            await finished(_FINISH_SECONDS)
        await services.stripe.close()

    return create_app(services, _development_routes(settings), lifespan)


def _hearing(settings: Settings, bell: Bell) -> AbstractAsyncContextManager[None]:
    """What rings the bell for other processes, where there may be any."""
    return hearing(bell, postgres_arguments(settings)) if settings.postgres_url else nullcontext()


def _development_routes(settings: Settings) -> Sequence[BaseRoute]:
    if settings.production:
        return ()
    # What is slow answers after the gateway has given up.
    applications = registered_applications(settings.public_address, settings.address)
    sandbox = create_sandbox(settings.stripe_timeout_seconds + 1, applications)
    return (Mount("/sandbox", sandbox), Route("/sandbox", lambda _: RedirectResponse("/sandbox/")))


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
    _refuse_workers(settings)
    _set_up_logging()
    services = create_services(settings)
    welcome = asyncio.run(_prepare(settings, services))
    with _listen(settings) as listener:
        print(welcome, flush=True)  # noqa: T201 - for the one who typed the command
        if settings.workers == 1:
            uvicorn.Server(_server_config(create_application(settings, services))).run([listener])
        else:
            _serve_by_workers(settings, listener)


def _refuse_workers(settings: Settings) -> None:
    if settings.workers > 1 and settings.postgres_url is None:
        raise NotReadyError(
            f"{PREFIX}WORKERS has to be 1 on SQLite, whose bell rings in one process only: set {PREFIX}DATABASE_URL to "
            "PostgreSQL's address first."
        )
    if settings.workers > 1 and not settings.production and settings.stripe_api_base is None:
        raise NotReadyError(
            f"{PREFIX}WORKERS has to be 1 with a sandbox of its own, which lives in one process: set "
            f"{PREFIX}STRIPE_API_BASE to another server's, or to {STRIPE_ITSELF}."
        )


def _serve_by_workers(settings: Settings, listener: socket.socket) -> None:
    """Has processes serve, started anew where one dies; leaves with uvicorn's code if they cannot start."""
    workers = Multiprocess(_server_config("server:create_worker", factory=True, workers=settings.workers), [listener])
    workers.run()
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        sys.exit(STARTUP_FAILURE)


def create_worker() -> Starlette:
    """The application of one of several processes, by the settings in the environment."""
    _set_up_logging()
    settings = read_settings(os.environ)
    return create_application(settings, create_services(settings))


def _server_config(application: Starlette | str, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        ws=PatientProtocol,
        log_config=None,
        access_log=False,  # it would log queries, which a client may have put a secret into
        server_header=False,
        ws_max_size=_MAX_MESSAGE_BYTES,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        **more,
    )


def _set_up_logging() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The first two are chatty; the last logs the URLs of WebSockets, which clients put tokens into.
    for name in ("httpx", "tortoise", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)


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

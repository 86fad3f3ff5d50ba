"""The composition root: settings → adapters → use cases' services → application. `python server.py` serves it."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta

from starlette.applications import Starlette
from starlette.middleware import Middleware
from tortoise.contrib.starlette import RegisterTortoise

from adapters.notifier import Notifier
from adapters.postgres.listener import listen_notify
from adapters.stripe.calls import unnoticed
from adapters.stripe.connect import StripeConnect
from adapters.stripe.gateway import StripeGateway
from adapters.vault import Vault, WeakKeyError
from kit.detached_tasks import drain
from kit.rate_limiter import RateLimiter
from kit.secret import Secret
from models.migrations import FailedMigrationError, NewerDatabaseError
from resolvers import secrets, tokens
from resolvers.daemons import run_daemons
from resolvers.encryption.canary import WrongKeysError, check_keys
from resolvers.events.tail import Tails
from resolvers.gathered import BatchLoader
from resolvers.kit.group_commit import GroupCommit
from resolvers.services import AuthRules, Measures, Services
from schema import DocumentLimits
from settings import PREFIX, STRIPE_ITSELF, SettingError, Settings, read_settings
from settings.errors import StartupError
from startup import development
from startup.database import database_config, open_database, postgres_arguments
from startup.identity import access, claim_rules, identity_provider
from startup.routes import routes_of
from startup.serving import FINISH_SECONDS, check_workers, end_with_parent, run, tune_gc
from startup.stripe_platforms import read_platforms
from telemetry.logs import set_up_logging
from telemetry.metrics import sampling
from telemetry.middleware import TelemetryMiddleware
from telemetry.telemetry import Telemetry
from telemetry.tracing import start_tracing
from web.app import create_app
from web.middleware.request_limits import Limits

# What the operator can put right, told in a sentence instead of a traceback.
OPERATOR_ERRORS = (SettingError, FailedMigrationError, NewerDatabaseError, StartupError)


def create_services(settings: Settings, telemetry: Telemetry | None = None) -> Services:
    """What use cases may talk to, and whom they tell; raises StartupError."""
    keys = settings.encryption_keys
    if keys is None:
        keys = Secret("") if settings.production else development.encryption_keys(settings.data_dir)
    notifier = Notifier()
    called = telemetry.stripe_called if telemetry else unnoticed
    stripe = StripeGateway(base=_stripe_base(settings), timeout=settings.stripe_timeout_seconds, called=called)
    return Services(
        stripe=stripe,
        connect=StripeConnect(stripe, read_platforms(settings), f"{settings.public_address}/stripe/callback"),
        auth_rules=_auth_rules(settings),
        vault=_open_vault(keys),
        notifier=notifier,
        tails=Tails(notifier),
        key_checks=RateLimiter(settings.key_checks_per_minute),
        tokens=BatchLoader(tokens.by_hashes),
        reveals=GroupCommit(secrets.reveal_together),
        identity=identity_provider(settings),
        claim_rules=claim_rules(settings),
        measures=telemetry.measures() if telemetry else Measures(),
    )


def _stripe_base(settings: Settings) -> str | None:
    """Where Stripe is; None stands for Stripe's own addresses, of which the SDK knows several."""
    base = settings.stripe_api_base
    if base is None and not settings.production:
        base = f"{settings.address}/sandbox"
    return None if base == STRIPE_ITSELF else base


def _auth_rules(settings: Settings) -> AuthRules:
    return AuthRules(settings.allowed_return_urls, timedelta(seconds=settings.stripe_auth_ttl_seconds))


def _open_vault(keys: Secret) -> Vault:
    try:
        return Vault.from_text(keys)
    except WeakKeyError as error:
        raise StartupError(f"{PREFIX}ENCRYPTION_KEYS cannot be used. {error}") from None


async def refuse_wrong_keys(vault: Vault) -> None:
    """Raises StartupError if the open database was sealed with other keys."""
    try:
        await check_keys(vault)
    except WrongKeysError as error:
        raise StartupError(f"{PREFIX}ENCRYPTION_KEYS cannot be used. {error}") from None


def create_application(settings: Settings) -> Starlette:
    """The application, which opens the database as it starts and closes everything as it stops."""
    telemetry = Telemetry(tracing=start_tracing(os.environ))
    services = create_services(settings, telemetry)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            RegisterTortoise(app, config=database_config(settings)),
            _hearing(settings, services.notifier),
            run_daemons(services),
            sampling(telemetry.metrics),
        ):
            tune_gc()
            yield
            await drain(FINISH_SECONDS)
        await services.stripe.close()
        await asyncio.to_thread(telemetry.tracing.flush)

    routes = list(routes_of(settings, telemetry))
    return create_app(
        services, access(settings), _limits(settings), routes, lifespan, Middleware(TelemetryMiddleware, telemetry)
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        body_bytes=settings.max_body_bytes,
        header_bytes=settings.max_header_bytes,
        client_seconds=settings.client_timeout_seconds,
        operations_per_socket=settings.max_operations_per_socket,
        sockets_per_viewer=settings.max_sockets_per_viewer,
        kept_answer_bytes=settings.kept_answer_bytes,
        documents=DocumentLimits(
            tokens=settings.max_tokens,
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            directives=settings.max_directives,
            values=settings.max_variable_values,
            cost=settings.max_cost,
            seconds=settings.query_timeout_seconds,
            introspection=settings.introspection_for(production=settings.production),
            suggestions=not settings.production,
        ),
    )


def _hearing(settings: Settings, notifier: Notifier) -> AbstractAsyncContextManager[None]:
    """What rings the notifier for other processes, where there may be any."""
    return listen_notify(notifier, postgres_arguments(settings)) if settings.postgres_url else nullcontext()


async def _prepare(settings: Settings) -> str:
    """Sees to the database, and returns what to say once the server listens."""
    services = create_services(settings)
    async with open_database(settings):
        await refuse_wrong_keys(services.vault)
        token = None
        if not settings.production:
            token = await development.ready_token(settings.database_path.parent, services)
        await services.stripe.close()
        return "\n".join(_addresses(settings, token))


def _addresses(settings: Settings, token: Secret | None) -> Iterator[str]:
    """What is served where. In development the links sign in."""
    fragment = f"#token={token.reveal()}" if token else ""
    if settings.console:
        yield f"Console   {settings.public_address}/console/{fragment}"
    if settings.serves_graphiql:
        yield f"GraphiQL  {settings.public_address}/graphiql/{fragment}"
    yield f"GraphQL   {settings.address}/graphql"
    if token:
        yield f"Sandbox   {settings.address}/sandbox/"
        yield f"Token     {token.reveal()}"


def serve(settings: Settings) -> None:
    """Serves until told to stop."""
    check_workers(settings)
    set_up_logging(settings.log_form)
    welcome = asyncio.run(_prepare(settings))
    application = create_application(settings) if settings.workers == 1 else "server:create_worker"
    run(application, settings, welcome)


def create_worker() -> Starlette:
    """The application of one of several processes, by the settings in the environment."""
    end_with_parent()
    settings = read_settings(os.environ)
    set_up_logging(settings.log_form)
    return create_application(settings)


def main() -> None:
    """Serves by the settings in the environment; says in a sentence what keeps it from starting."""
    description = "Serves Drawbridge. Settings come from the environment: see docs/settings.md."
    argparse.ArgumentParser(prog="server.py", description=description).parse_args()
    try:
        serve(read_settings(os.environ))
    except OPERATOR_ERRORS as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the one who typed the command
        sys.exit(2)


if __name__ == "__main__":
    main()

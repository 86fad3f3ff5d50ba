"""The composition root: settings → services → application → processes. `python server.py` serves it."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.middleware import Middleware
from tortoise.contrib.starlette import RegisterTortoise

from adapters.database import DatabaseUnavailableError
from adapters.notifier import Notifier
from adapters.postgres.listener import listen_notify
from kit.detached_tasks import drain
from models.migrations import FailedMigrationError, NewerDatabaseError
from resolvers.daemons import run_daemons
from settings import SettingError, Settings, StartupError, read_settings
from startup.core_dumps import disable_core_dumps
from startup.database import database_config, postgres_arguments
from startup.preparation import prepare
from startup.routes import routes_of, with_sandbox_port
from startup.services import create_services
from startup.serving import FINISH_SECONDS, bind, end_with_parent, run, tune_gc
from telemetry.logs import set_up_logging
from telemetry.metrics import sampling
from telemetry.middleware import TelemetryMiddleware
from telemetry.telemetry import Telemetry
from telemetry.tracing import start_tracing
from web.app import create_app

# Errors that the operator can correct. The programs print their sentences instead of a traceback.
OPERATOR_ERRORS = (DatabaseUnavailableError, SettingError, FailedMigrationError, NewerDatabaseError, StartupError)


def create_application(settings: Settings) -> Starlette:
    """The application. Its lifespan opens the database and closes everything."""
    telemetry = Telemetry(tracing=start_tracing(os.environ))
    services = create_services(settings, telemetry)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            async with (
                aclosing(services),
                RegisterTortoise(app, config=database_config(settings)),
                _listening(settings, services.notifier),
                run_daemons(services),
                sampling(telemetry.metrics),
            ):
                tune_gc()
                yield
                await drain(FINISH_SECONDS)
        finally:
            await asyncio.to_thread(telemetry.tracing.flush)

    routes = list(routes_of(settings, telemetry))
    instrumentation = Middleware(TelemetryMiddleware, telemetry)
    return create_app(services, settings.serving, settings.limits, routes, lifespan, instrumentation)


def _listening(settings: Settings, notifier: Notifier) -> AbstractAsyncContextManager[None]:
    """Notifies this process of other processes' writes, if the database is one that they can share."""
    database = settings.database
    return listen_notify(notifier, postgres_arguments(database)) if database.postgres_url else nullcontext()


def serve(settings: Settings) -> None:
    """Serves until a signal stops it."""
    set_up_logging(settings.operating.log_format)
    with bind(settings) as listeners:
        settings = settings.bound_to(*(listener.getsockname()[1] for listener in listeners))
        welcome = asyncio.run(prepare(settings))
        if settings.serving.workers == 1:
            run(with_sandbox_port(create_application(settings), settings), settings, listeners, welcome)
        else:
            run("server:create_worker", settings, listeners, welcome)


def create_worker() -> Starlette:
    """The application of one of several processes."""
    end_with_parent()
    settings = read_settings()
    set_up_logging(settings.operating.log_format)
    return create_application(settings)


def main() -> None:
    """Serves with the settings in the environment; prints a sentence for each mistake and exits with code 2."""
    description = "Serves Drawbridge with the settings in the environment, which docs/settings.md lists."
    argparse.ArgumentParser(prog="server.py", description=description).parse_args()
    disable_core_dumps()
    try:
        serve(read_settings())
    except OPERATOR_ERRORS as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's output
        sys.exit(2)


if __name__ == "__main__":
    main()

"""Daemons: background work, one file per daemon."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from kit.background import in_background
from resolvers.daemons import checks, cleanup, expiry, webhook_deliveries, withdrawals
from resolvers.services import Services

__all__ = ["DAEMONS", "run_daemons"]

DAEMONS = (*expiry.DAEMONS, cleanup.DAEMON, withdrawals.DAEMON, checks.DAEMON, webhook_deliveries.DAEMON)


@asynccontextmanager
async def run_daemons(services: Services) -> AsyncIterator[None]:
    """Runs every daemon until the context ends."""
    async with AsyncExitStack() as stack:
        for daemon in DAEMONS:
            await stack.enter_async_context(in_background(daemon.run(services)))
        yield

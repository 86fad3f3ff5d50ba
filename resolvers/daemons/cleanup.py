"""Deletes old rows: responses to idempotent requests, Stripe authorizations, and attempts to deliver webhooks."""

from resolvers.context import utc_now
from resolvers.daemons.daemon import Daemon
from resolvers.idempotency import delete_old_requests
from resolvers.services import Services
from resolvers.stripe_auth.states import delete_old_auths
from resolvers.webhooks.record import delete_old_deliveries, delete_orphaned_deliveries

_INTERVAL_SECONDS = 30.0


async def _clean_up(_: Services) -> float:
    now = utc_now()
    await delete_old_auths(now)
    await delete_old_requests(now)
    await delete_old_deliveries(now)
    await delete_orphaned_deliveries()
    return _INTERVAL_SECONDS


DAEMON = Daemon("cleanup", _clean_up)

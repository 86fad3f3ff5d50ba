"""Expires incomplete credentials on time: sleeps until the next expiry instead of polling."""

from resolvers.context import utc_now
from resolvers.credentials.expire import expire_due, next_due, warn_expiring
from resolvers.daemons.daemon import Daemon
from resolvers.services import Services

# A credential of another process expires one time to live after its creation. Checking twice in that time is soon
# enough, even if the other process died and its notification was lost.
_MAX_SLEEP_SECONDS = 30.0


async def _expire(services: Services) -> float:
    now = utc_now()
    await expire_due(services, now)
    await warn_expiring(services, now)
    longest = min(_MAX_SLEEP_SECONDS, services.stripe_auth_ttl.total_seconds() / 2)
    due = await next_due()
    return longest if due is None else min(longest, max(0.0, (due - utc_now()).total_seconds()))


DAEMON = Daemon("expiry", _expire, wakes_on_events=True)

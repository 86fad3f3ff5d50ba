"""Expires tokens, incomplete credentials and previous secrets on time: sleeps until the next end instead of polling."""

from resolvers.context import utc_now
from resolvers.credentials import expire as credentials
from resolvers.credentials import previous
from resolvers.daemons.daemon import Daemon
from resolvers.services import Services
from resolvers.tokens import expire as tokens

# A credential of another process expires one time to live after its creation. Checking twice in that time is soon
# enough, even if the other process died and its notification was lost.
_MAX_SLEEP_SECONDS = 30.0


async def _expire(services: Services) -> float:
    now = utc_now()
    await credentials.expire_due(services, now)
    await credentials.warn_expiring(services, now)
    await tokens.expire_due(services, now)
    next_erasure = await previous.erase_due(services, now)
    longest = min(_MAX_SLEEP_SECONDS, services.stripe_auth_ttl.total_seconds() / 2)
    dues = await credentials.next_due(), await tokens.next_due(), next_erasure
    return min([longest, *(max(0.0, (due - utc_now()).total_seconds()) for due in dues if due is not None)])


DAEMON = Daemon("expiry", _expire, wakes_on_events=True)

"""Expires tokens, incomplete credentials and previous secrets on time: sleeps until the next end instead of polling.

Ends of credentials, of tokens and of previous secrets, and warnings, do not wait for each other: one may fail.
"""

from datetime import datetime

from resolvers.context import utc_now
from resolvers.credentials import expire as credentials
from resolvers.credentials import previous
from resolvers.daemons.daemon import Daemon, seconds_until
from resolvers.services import Services
from resolvers.tokens import expire as tokens
from resolvers.webhooks import previous as webhooks

# A credential of another process expires one time to live after its creation. Checking twice in that time is soon
# enough, even if the other process died and its notification was lost.
_MAX_SLEEP_SECONDS = 30.0


async def _expire_credentials(services: Services) -> float:
    await credentials.expire_due(services, utc_now())
    return _seconds_until(services, await credentials.next_expiry())


async def _warn(services: Services) -> float:
    await credentials.warn_expiring(services, utc_now())
    return _seconds_until(services, await credentials.next_warning())


async def _expire_tokens(services: Services) -> float:
    await tokens.expire_due(services, utc_now())
    return _seconds_until(services, await tokens.next_expiry())


async def _erase_previous(services: Services) -> float:
    await previous.erase_due(services, utc_now())
    return _seconds_until(services, await previous.next_erasure())


async def _erase_previous_of_webhooks(services: Services) -> float:
    await webhooks.erase_due(services, utc_now())
    return _seconds_until(services, await webhooks.next_erasure())


def _seconds_until(services: Services, due: datetime | None) -> float:
    longest = min(_MAX_SLEEP_SECONDS, services.stripe_auth_ttl.total_seconds() / 2)
    return seconds_until(due, longest)


DAEMONS = (
    Daemon("expiry of credentials", _expire_credentials, wakes_on_events=True),
    Daemon("warnings of expiry", _warn, wakes_on_events=True),
    Daemon("expiry of tokens", _expire_tokens, wakes_on_events=True),
    Daemon("erasure of previous keys", _erase_previous, wakes_on_events=True),
    Daemon("erasure of previous webhook secrets", _erase_previous_of_webhooks, wakes_on_events=True),
)

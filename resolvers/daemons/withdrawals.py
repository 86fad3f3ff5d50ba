"""Ends access at Stripe that could not be ended when its credential was deleted, or its grant refused."""

from resolvers.context import utc_now
from resolvers.credentials.withdraw import next_withdrawal, withdraw_due
from resolvers.daemons.daemon import Daemon, seconds_until
from resolvers.services import Services

# Other processes plan withdrawals, too, each at least this long before it is due.
_MAX_SLEEP_SECONDS = 30.0


async def _withdraw(services: Services) -> float:
    await withdraw_due(services, utc_now())
    return seconds_until(await next_withdrawal(), _MAX_SLEEP_SECONDS)


DAEMON = Daemon("withdrawals", _withdraw)

"""OAuth's state parameter: random, used once, and stored only as a hash (RFC 6749, 10.12)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from kit.secret import Secret
from models import StripeAuth, StripeAuthStatus

_STATE_BYTES = 32
# For this long, an ended authorization is reported as expired instead of unknown.
_RETENTION = timedelta(days=1)


def new_state() -> Secret:
    """256 random bits in base64url."""
    return Secret(secrets.token_urlsafe(_STATE_BYTES))


def hash_of_state(state: str) -> str:
    """The hash that is stored. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()


async def return_url_of(state: str) -> str | None:
    """Returns the URL to redirect a returning user to; None if the state is unknown or was used.

    An expired state still has its URL: completing it reports the expiry on that page, where the user can start again.
    """
    pending = StripeAuth.filter(state_hash=hash_of_state(state), status=StripeAuthStatus.PENDING)
    attempt = await pending.get_or_none()
    return attempt.return_url if attempt else None


async def delete_old_auths(now: datetime) -> None:
    """Deletes authorizations a day after their end. Reads first: on SQLite, even an empty DELETE locks the file."""
    old = StripeAuth.filter(expires_at__lte=now - _RETENTION)
    if await old.exists():
        await old.delete()

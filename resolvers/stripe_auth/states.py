"""The state that goes to Stripe and comes back: random, used once, and stored as a hash only (RFC 6749, 10.12)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from kit.secret import Secret
from models import StripeAuth, StripeAuthStatus

_STATE_BYTES = 32
# For this long after its end, an authorization is reported as expired instead of as unknown.
_REMEMBERED = timedelta(days=1)


def new_state() -> Secret:
    """256 random bits in base64url."""
    return Secret(secrets.token_urlsafe(_STATE_BYTES))


def hash_of_state(state: str) -> str:
    """What is stored in the state's stead. A fast hash serves: nobody guesses 256 bits."""
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()


async def return_url_of(state: str) -> str | None:
    """Where to take a user who comes back with this state; None if it is unknown or has been used.

    Whoever comes too late is taken back, too: there completing tells it, and one can begin again.
    """
    pending = StripeAuth.filter(state_hash=hash_of_state(state), status=StripeAuthStatus.PENDING)
    attempt = await pending.get_or_none()
    return attempt.return_url if attempt else None


async def delete_old_auths(now: datetime) -> None:
    """Deletes authorizations that ended a day ago; looks first, since on SQLite deleting nothing locks, too."""
    old = StripeAuth.filter(expires_at__lte=now - _REMEMBERED)
    if await old.exists():
        await old.delete()

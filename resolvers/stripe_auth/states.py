"""OAuth's state and code, stored only as hashes, and bound to each other.

A state is random and used once (RFC 6749, 10.12). The first code that comes with it is bound to it, so that nobody can
complete an authorization with a code of somebody else's (RFC 9700, 4.5). Stripe supports no PKCE, which would do this.
"""

import hashlib
import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from kit.secret import Secret
from models import StripeAuth, StripeAuthStatus
from models.duplicates import DuplicateError, raising_duplicates

_STATE_BYTES = 32
# For this long, an ended authorization is reported as expired instead of unknown.
_RETENTION = timedelta(days=1)


def new_state() -> Secret:
    """256 random bits in base64url."""
    return Secret(secrets.token_urlsafe(_STATE_BYTES))


def hash_of_state(state: str) -> str:
    """The hash that is stored. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()


def hash_of_code(code: Secret) -> str:
    """The hash that is stored. A fast hash is enough for a code's five minutes."""
    return hash_of_state(code.reveal())


async def accept_return(state: str, code: Secret | None) -> str | None:
    """Binds the code to the state, and returns the URL to redirect the returning user to.

    Returns None if the state is unknown or was used, or if one of the two is bound to another. An expired state still
    has its URL: completing it reports the expiry on that page, where the user can start again.
    """
    pending = StripeAuth.filter(state_hash=hash_of_state(state), status=StripeAuthStatus.PENDING)
    attempt = await pending.get_or_none()
    if attempt is None or (code is not None and not await _bind(attempt, hash_of_code(code))):
        return None
    return attempt.return_url


async def _bind(attempt: StripeAuth, code_hash: str) -> bool:
    """Binds a code to an attempt without one; returns whether the code is bound to it."""
    if attempt.code_hash is None:
        with suppress(DuplicateError), raising_duplicates():
            await StripeAuth.filter(id=attempt.id, code_hash__isnull=True).update(code_hash=code_hash)
        await attempt.refresh_from_db(fields=["code_hash"])
    return attempt.code_hash == code_hash


async def delete_old_auths(now: datetime) -> None:
    """Deletes authorizations a day after their end. Reads first: on SQLite, even an empty DELETE locks the file."""
    old = StripeAuth.filter(expires_at__lte=now - _RETENTION)
    if await old.exists():
        await old.delete()

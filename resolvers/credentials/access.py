"""Access tokens of Stripe Apps: their end, and a grant's tokens in a credential."""

from datetime import datetime, timedelta

from adapters.stripe.grants import Grant
from models import Credential, CredentialStatus
from resolvers.context import Context
from resolvers.credentials.sealing import refresh_token_context, secret_context

TOKEN_FIELDS = (
    "sealed_secret",
    "sealed_refresh_token",
    "granted_scope",
    "access_expires_at",
    "refresh_claimed_until",
    "refresh_paused_until",
)
# Partners stop using a token so long before its end, so that a refresh ends no token that is in use.
_AHEAD = timedelta(minutes=5)
_LEAST_TO_LIVE = timedelta(seconds=60)


def usable_until(credential: Credential) -> datetime | None:
    """Until when a revealed token is to be used; None for keys and Connect's tokens, which do not end."""
    return None if credential.access_expires_at is None else credential.access_expires_at - _AHEAD


def is_lasting(credential: Credential, now: datetime) -> bool:
    """Whether the secret works for long enough to be revealed."""
    return credential.access_expires_at is None or credential.access_expires_at - now >= _LEAST_TO_LIVE


def is_due(credential: Credential, now: datetime) -> bool:
    """Whether the access token has to be refreshed before it is used: it ends soon, or a refresh began already."""
    if credential.access_expires_at is None or credential.status is not CredentialStatus.CONNECTED:
        return False
    return credential.refresh_claimed_until is not None or credential.access_expires_at - _AHEAD <= now


def adopt_tokens(context: Context, row: Credential, grant: Grant, began: datetime) -> None:
    """Seals a grant's tokens into a credential; `began` is the time before Stripe was asked. The caller saves it."""
    seal = context.services.vault.seal
    row.sealed_secret = seal(grant.access_token, secret_context(row))
    refresh_token = grant.refresh_token
    row.sealed_refresh_token = seal(refresh_token, refresh_token_context(row)) if refresh_token else None
    row.granted_scope = grant.scope
    row.access_expires_at = began + grant.lifetime if grant.lifetime else None
    row.refresh_claimed_until = row.refresh_paused_until = None

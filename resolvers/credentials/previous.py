"""The previous secret key of a credential, which can be kept for a while after another has taken its place.

Reads compare the clock, so that a key whose time is over is never shown, even if the daemon erases it late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.stripe.key_format import parse_key
from adapters.vault import UnreadableError
from kit.secret import Secret
from models import Credential, CredentialStatus, Destination, EventKind
from resolvers.context import Context
from resolvers.credentials.sealing import open_previous_secret, open_secret, previous_secret_context
from resolvers.events.due import first_end, settle_each
from resolvers.events.unit_of_work import Log
from resolvers.refusals import EncryptionKeyMissing, InvalidInput, NoPreviousSecret
from resolvers.services import Services

# Stripe, too, lets a rotated key work for up to seven days: https://docs.stripe.com/keys
MAX_KEPT_SECONDS = 7 * 24 * 60 * 60
_END = "previous_secret_until"
_COLUMNS = ("sealed_previous_secret", "previous_account_id", "previous_destination", _END)


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret that is about to be replaced, sealed to be kept as the previous one."""

    sealed: str
    account_id: str | None
    destination: Destination
    until: datetime


def refuse_seconds(seconds: int) -> None:
    """Raises InvalidInput if a secret cannot be kept for so many seconds."""
    if not 0 <= seconds <= MAX_KEPT_SECONDS:
        message = f"The previous key can be kept for 0 to {MAX_KEPT_SECONDS:,} seconds, which are seven days."
        raise InvalidInput("keep_previous_seconds", message)


def seal_to_keep(context: Context, credential: Credential, seconds: int) -> KeptSecret | None:
    """Seals the credential's secret as its previous one. Call it before another secret is adopted.

    Returns None for 0 seconds, and if the secret does not work: there is nothing to go back to. Raises
    EncryptionKeyMissing.
    """
    if seconds == 0 or credential.status is not CredentialStatus.CONNECTED:
        return None
    try:
        secret = open_secret(context, credential, credential.organization_id)
    except UnreadableError:
        return None
    sealed = context.services.vault.seal(secret, previous_secret_context(credential))
    until = context.now() + timedelta(seconds=seconds)
    return KeptSecret(sealed, credential.shown_account_id, credential.destination, until)


def set_previous(credential: Credential, kept: KeptSecret | None) -> None:
    """Sets the previous secret, or erases it. The caller saves the credential."""
    credential.sealed_previous_secret = kept.sealed if kept else None
    credential.previous_account_id = kept.account_id if kept else None
    credential.previous_destination = kept.destination if kept else None
    credential.previous_secret_until = kept.until if kept else None


def valid_until(context: Context, credential: Credential) -> datetime | None:
    """The end of the previous secret; None if there is none, if it cannot be decrypted, or once its time is over."""
    until, sealed = credential.previous_secret_until, credential.sealed_previous_secret
    if until is None or until <= context.now():
        return None
    damaged = context.services.vault.is_damaged(sealed or "", previous_secret_context(credential))
    return None if damaged else until


def masked_previous(context: Context, credential: Credential) -> str | None:
    """The masked previous key; None if it cannot be restored."""
    try:
        secret = open_previous(context, credential, credential.organization_id)
    except (NoPreviousSecret, EncryptionKeyMissing):
        return None
    return parse_key(secret).masked


def open_previous(context: Context, credential: Credential, organization_id: str) -> Secret:
    """Decrypts the previous secret for an organization; raises NoPreviousSecret or EncryptionKeyMissing."""
    if valid_until(context, credential) is None:
        raise NoPreviousSecret(credential)
    try:
        return open_previous_secret(context, credential, organization_id)
    except UnreadableError:
        raise NoPreviousSecret(credential) from None


async def erase_due(services: Services, now: datetime) -> None:
    """Erases every previous secret whose time is over, and appends CREDENTIAL_UPDATED for each."""
    await settle_each(services, Credential.filter(previous_secret_until__lte=now), _erase, by=_END)


async def next_erasure() -> datetime | None:
    """The next time at which a previous secret is to be erased."""
    return await first_end(Credential.filter(previous_secret_until__isnull=False), by=_END)


async def _erase(log: Log, row: Credential) -> None:
    """Leaves version and time of the last update as they are: what clients read does not change."""
    set_previous(row, None)
    await row.save(update_fields=_COLUMNS)
    log.add(EventKind.CREDENTIAL_UPDATED, row, before=row.status, after=row.status)

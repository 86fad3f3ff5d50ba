"""Secret keys on their way from the viewer to Stripe, and into a credential."""

import logging
from dataclasses import dataclass

from adapters.stripe.gateway import Account, StripeUnavailableError
from adapters.stripe.keys import KeyFault, KeyRefusedError, StripeKey, parse_key
from adapters.vault import EncryptionContext, KeyMissingError
from kit.secret import Secret
from models import AuthenticationMethod, Credential, CredentialStatus, Destination
from resolvers.context import Context, Viewer
from resolvers.refusals import (
    EncryptionKeyMissing,
    InvalidSecretKey,
    InvalidSecretKeyReason,
    RateLimited,
    StripeUnavailable,
)

_logger = logging.getLogger(__name__)

_REASONS = {
    KeyFault.MALFORMED: InvalidSecretKeyReason.MALFORMED,
    KeyFault.PUBLISHABLE_KEY: InvalidSecretKeyReason.PUBLISHABLE_KEY,
    KeyFault.ORGANIZATION_KEY: InvalidSecretKeyReason.ORGANIZATION_KEY,
    KeyFault.REJECTED: InvalidSecretKeyReason.REJECTED,
    KeyFault.EXPIRED: InvalidSecretKeyReason.EXPIRED,
    KeyFault.ACCESS_REVOKED: InvalidSecretKeyReason.REJECTED,
    KeyFault.IP_NOT_ALLOWED: InvalidSecretKeyReason.IP_NOT_ALLOWED,
}


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """A key that Stripe accepts. `account` is None where the key may not read its own."""

    key: StripeKey
    account: Account | None

    @property
    def destination(self) -> Destination:
        """The mode that the key is for."""
        return Destination.STRIPE if self.key.livemode else Destination.STRIPE_TEST_MODE


async def check_key(context: Context, secret: Secret) -> CheckedKey:
    """Asks Stripe whose key it is: never within a transaction.

    Raises InvalidSecretKey, RateLimited or StripeUnavailable.
    """
    try:
        key = parse_key(secret)
        limit_checks(context, context.viewer())
        return CheckedKey(key, await context.services.stripe.identify(key))
    except KeyRefusedError as error:
        raise InvalidSecretKey(_REASONS[error.fault]) from None
    except StripeUnavailableError as error:
        raise StripeUnavailable(error.retry_after) from None


def limit_checks(context: Context, viewer: Viewer) -> None:
    """Raises RateLimited if the viewer has Stripe asked too often: nobody is to sort stolen keys by this server."""
    if seconds := context.services.key_checks.acquire(viewer.id):
        raise RateLimited("checks with Stripe", seconds)


def known_account(credential: Credential) -> Account | None:
    """The account that a credential is known to be of."""
    if credential.account_id is None:
        return None
    return Account(
        credential.account_id, credential.account_name, credential.account_country, credential.account_currency
    )


def refuse_other_account(credential: Credential, checked: CheckedKey) -> None:
    """Raises InvalidSecretKey if the key is known to be of another account or mode than the credential's.

    Where Stripe does not tell the account, as for a restricted key, there is nothing to hold against the key.
    """
    told = {account.id for account in (known_account(credential), checked.account) if account is not None}
    if len(told) > 1 or checked.destination is not credential.destination:
        raise InvalidSecretKey(InvalidSecretKeyReason.ACCOUNT_CHANGED)


def adopt_key(context: Context, credential: Credential, checked: CheckedKey, *, forget_account: bool = False) -> None:
    """Seals a key into a credential, new or not, which is connected by it. Saving is the caller's.

    What was known of the account is kept, though not shown, where Stripe does not tell the new key's: the key after it
    is held against that, unless the account is to be forgotten.
    """
    credential.destination = checked.destination
    credential.method = AuthenticationMethod.SECRET_KEY
    credential.masked_secret = checked.key.masked
    credential.sealed_secret = context.services.vault.seal(checked.key.secret, secret_context(credential))
    if checked.account is not None or forget_account:
        adopt_account(credential, checked.account)
    credential.account_known = checked.account is not None
    credential.status = CredentialStatus.CONNECTED
    credential.problem = None
    credential.verified_at = context.now()


def adopt_account(credential: Credential, account: Account | None) -> None:
    """Notes what Stripe told of the account."""
    credential.account_id = account.id if account else None
    credential.account_name = account.name if account else None
    credential.account_country = account.country if account else None
    credential.account_currency = account.default_currency if account else None


def secret_context(credential: Credential) -> EncryptionContext:
    """Where the credential's secret is stored."""
    return EncryptionContext(credential.organization_id, credential.id, "secret")


def open_secret(context: Context, credential: Credential) -> Secret:
    """The credential's secret; raises UnreadableError for a damaged one, or EncryptionKeyMissing."""
    try:
        return context.services.vault.open(credential.sealed_secret or "", secret_context(credential))
    except KeyMissingError as error:
        _logger.error("%s", error)  # noqa: TRY400 - its text is the operator's
        raise EncryptionKeyMissing from None

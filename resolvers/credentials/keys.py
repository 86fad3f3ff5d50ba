"""Secret keys: checked with Stripe, then sealed into a credential."""

from dataclasses import dataclass

from adapters.stripe.gateway import Account, StripeUnavailableError
from adapters.stripe.key_format import KeyFault, KeyRefusedError, StripeKey, parse_key
from kit.secret import Secret
from models import AuthenticationMethod, Credential, CredentialStatus, Destination
from resolvers.context import Context
from resolvers.credentials.accounts import adopt_account, known_account, limit_checks
from resolvers.credentials.schedule import accept
from resolvers.credentials.sealing import secret_context
from resolvers.refusals import InvalidSecretKey, InvalidSecretKeyReason
from resolvers.stripe_failures import unavailable

_REASONS = {
    KeyFault.MALFORMED: InvalidSecretKeyReason.MALFORMED,
    KeyFault.MASKED_KEY: InvalidSecretKeyReason.MASKED_KEY,
    KeyFault.PUBLISHABLE_KEY: InvalidSecretKeyReason.PUBLISHABLE_KEY,
    KeyFault.ORGANIZATION_KEY: InvalidSecretKeyReason.ORGANIZATION_KEY,
    KeyFault.WEBHOOK_SECRET: InvalidSecretKeyReason.WEBHOOK_SECRET,
    KeyFault.APP_SECRET: InvalidSecretKeyReason.APP_SECRET,
    KeyFault.REFRESH_TOKEN: InvalidSecretKeyReason.REFRESH_TOKEN,
    KeyFault.AUTHORIZATION_CODE: InvalidSecretKeyReason.AUTHORIZATION_CODE,
    KeyFault.REJECTED: InvalidSecretKeyReason.REJECTED,
    KeyFault.EXPIRED: InvalidSecretKeyReason.EXPIRED,
    KeyFault.ACCESS_REVOKED: InvalidSecretKeyReason.REJECTED,
    KeyFault.IP_NOT_ALLOWED: InvalidSecretKeyReason.IP_NOT_ALLOWED,
}


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """A key that Stripe accepts. `account` is None if the key cannot read its own account.

    `any_account`: the user allows it to replace a key of another account or mode.
    """

    key: StripeKey
    account: Account | None
    any_account: bool = False

    @property
    def destination(self) -> Destination:
        """The mode of the key."""
        return Destination.STRIPE if self.key.livemode else Destination.STRIPE_TEST_MODE


async def check_key(context: Context, secret: Secret, *, any_account: bool = False) -> CheckedKey:
    """Asks Stripe which account a key belongs to. Call it outside any transaction.

    Raises InvalidSecretKey, RateLimited or StripeUnavailable.
    """
    try:
        key = parse_key(secret)
        limit_checks(context, context.viewer())
        return CheckedKey(key, await context.services.stripe.identify(key), any_account)
    except KeyRefusedError as error:
        raise InvalidSecretKey(_REASONS[error.fault]) from None
    except StripeUnavailableError as error:
        raise unavailable(error) from None


def refuse_other_account(credential: Credential, checked: CheckedKey) -> None:
    """Raises InvalidSecretKey if the key is known to belong to a different account or mode than the credential.

    It may if the user allows it. A key passes, too, if Stripe does not report its account, for example because it is
    restricted.
    """
    if checked.any_account:
        return
    ids = {account.id for account in (known_account(credential), checked.account) if account is not None}
    if len(ids) > 1 or checked.destination is not credential.destination:
        raise InvalidSecretKey(InvalidSecretKeyReason.ACCOUNT_CHANGED)


def adopt_key(context: Context, credential: Credential, checked: CheckedKey) -> None:
    """Seals a key into a new or existing credential and marks it as connected. The caller saves the credential.

    If Stripe does not report the key's account, the known account stays stored, but hidden, because the next key is
    compared with it. It is cleared if the user allows any account.
    """
    credential.destination = checked.destination
    credential.method = AuthenticationMethod.SECRET_KEY
    credential.masked_secret = checked.key.masked
    credential.sealed_secret = context.services.vault.seal(checked.key.secret, secret_context(credential))
    if checked.account is not None or checked.any_account:
        adopt_account(credential, checked.account)
    credential.account_known = checked.account is not None
    credential.status = CredentialStatus.CONNECTED
    credential.problem = None
    accept(context, credential)

"""Secret keys: checked with Stripe, then sealed into a credential."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from adapters.stripe.gateway import Account, StripeUnavailableError
from adapters.stripe.key_format import KeyFault, KeyRefusedError, StripeKey, parse_key
from kit.secret import Secret
from models import AuthenticationMethod, Credential, CredentialStatus, Destination, KeyPermissions, SecretKeyKind
from resolvers.context import Context
from resolvers.credentials.accounts import adopt_account, known_account, limit_checks
from resolvers.credentials.permissions import ask_permissions, refuse_missing, refuse_unrestricted
from resolvers.credentials.schedule import accept
from resolvers.credentials.sealing import secret_context
from resolvers.key_refusals import InvalidSecretKey, InvalidSecretKeyReason
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
    """A key that Stripe accepts. `account` is None if neither the key nor Stripe's refusal reports its account.

    `any_account`: the user allows it to replace a key of another account or mode.
    """

    key: StripeKey
    account: Account | None
    permissions: KeyPermissions
    asked_at: datetime
    any_account: bool = False

    @property
    def destination(self) -> Destination:
        """The mode of the key."""
        return Destination.STRIPE if self.key.livemode else Destination.STRIPE_TEST_MODE

    @property
    def kind(self) -> SecretKeyKind:
        return SecretKeyKind.RESTRICTED if self.key.restricted else SecretKeyKind.SECRET


async def check_key(context: Context, secret: Secret, *, any_account: bool = False) -> CheckedKey:
    """Asks Stripe about a key that is to be saved. Call it outside any transaction.

    Raises InvalidSecretKey, RateLimited or StripeUnavailable.
    """
    checked = await ask_about_key(context, secret, any_account=any_account)
    refuse_missing(context, checked.permissions)
    return checked


async def ask_about_key(
    context: Context,
    secret: Secret,
    *,
    any_account: bool = False,
    permissions: Collection[str] | None = None,
    quiet: bool = False,
    stored: bool = False,
) -> CheckedKey:
    """Asks Stripe which account a key belongs to, and then, which of these or of the required permissions it has.

    The two count as one check. `quiet` leaves a refused key out of the log. KEY_POLICY does not judge a key that
    is `stored` already. Raises as `check_key` does.
    """
    try:
        key = parse_key(secret)
        if not key.restricted and not stored:
            refuse_unrestricted(context)
        limit_checks(context, context.viewer())
        asked_at = context.now()
        account = await context.services.stripe.identify(key, quiet=quiet)
    except KeyRefusedError as error:
        raise InvalidSecretKey(_REASONS[error.fault]) from None
    except StripeUnavailableError as error:
        raise unavailable(error) from None
    found = await ask_permissions(context, key.secret, restricted=key.restricted, names=permissions)
    return CheckedKey(key, account, found, asked_at, any_account)


def refuse_other_account(credential: Credential, checked: CheckedKey) -> None:
    """Raises InvalidSecretKey if the key is known to belong to a different account or mode than the credential.

    It may if the user allows it. A key passes, too, if Stripe does not report its account.
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
    credential.key_permissions = checked.permissions
    credential.status = CredentialStatus.CONNECTED
    credential.problem = None
    accept(context, credential, checked.asked_at)

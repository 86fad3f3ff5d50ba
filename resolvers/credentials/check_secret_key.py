"""Checking a secret key without saving it."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.secret import Secret
from models import Credential, Scope
from resolvers.context import Context
from resolvers.credentials.keys import CheckedKey, ask_about_key
from resolvers.credentials.permissions import known_names
from resolvers.credentials.same_account import with_same_account
from resolvers.rights import refuse_lost_right


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """A key that Stripe accepts, and the first ten credentials that have its account already."""

    checked: CheckedKey
    same_account: Sequence[Credential]


async def check_secret_key(
    context: Context, *, secret_key: Secret, permissions: Sequence[str] | None = None
) -> KeyCheck:
    """Asks Stripe about a key as adding it would, and stores, logs and records nothing. Needs CONFIGURE.

    Looks for these permissions instead of those that integrations need. Raises InvalidInput, InvalidSecretKey,
    RateLimited or StripeUnavailable.
    """
    viewer = context.require(Scope.CONFIGURE)
    names = None if permissions is None else known_names(permissions)
    checked = await ask_about_key(context, secret_key, permissions=names, quiet=True)
    await refuse_lost_right(viewer, context.now())
    return KeyCheck(checked, await with_same_account(context, checked))

"""The permissions of secret keys at Stripe: those that integrations need, and whether a key has them."""

from collections.abc import Collection, Iterable

from adapters.stripe.permissions import PERMISSIONS
from adapters.stripe.probes import probe_permissions
from kit.secret import Secret
from models import Credential, KeyPermissions, KeyPermissionStatus, SecretKeyKind
from resolvers.context import Context
from resolvers.key_refusals import InvalidSecretKey, InvalidSecretKeyReason
from resolvers.refusals import InvalidInput
from resolvers.services import Services

_STATUS = {
    True: KeyPermissionStatus.GRANTED,
    False: KeyPermissionStatus.MISSING,
    None: KeyPermissionStatus.UNKNOWN,
}


async def ask_permissions(
    context: Context, secret: Secret, *, restricted: bool, names: Collection[str] | None = None
) -> KeyPermissions:
    """Asks Stripe which of these permissions a key has; by default, of those that integrations need.

    A key that is not restricted has all, so Stripe is not asked. Call it outside any transaction.
    """
    wanted = context.services.key_rules.stripe_required_permissions if names is None else names
    if not restricted:
        return dict.fromkeys(wanted, KeyPermissionStatus.GRANTED)
    probed = await probe_permissions(context.services.stripe, secret, wanted)
    return {name: _STATUS[has_it] for name, has_it in probed.items()}


def calls_of_check(services: Services, credential: Credential) -> int:
    """How many calls a check of a stored credential makes at most, without retries."""
    return most_calls(services) if credential.secret_key_kind is SecretKeyKind.RESTRICTED else 1


def most_calls(services: Services) -> int:
    """How many calls the check of any credential makes at most, without retries."""
    return 1 + sum(1 for name in services.key_rules.stripe_required_permissions if PERMISSIONS[name].probe)


def known_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names, each once; raises InvalidInput for one that is no permission at Stripe."""
    for name in names:
        if name not in PERMISSIONS:
            raise InvalidInput("permissions", f"“{name[:60]}” is not a known permission, such as customer_read.")
    return tuple(dict.fromkeys(names))


def label_of(name: str) -> str:
    """A permission in words. A stored name may be one that this version does not know."""
    return PERMISSIONS[name].label if name in PERMISSIONS else name


def refuse_unrestricted(context: Context) -> None:
    """Raises InvalidSecretKey if this server accepts only restricted keys, and says how to create one."""
    rules = context.services.key_rules
    if rules.key_policy != "restricted":
        return
    wanted = ", ".join(map(label_of, rules.stripe_required_permissions))
    with_them = f" with these permissions: {wanted}" if wanted else ""
    raise InvalidSecretKey(
        InvalidSecretKeyReason.UNRESTRICTED_KEY,
        "This secret key may do everything, and only restricted keys are accepted. In the Stripe Dashboard, under API "
        f"keys, select “Create restricted key”, and create one{with_them}.",
    )


def refuse_missing(context: Context, permissions: KeyPermissions) -> None:
    """Raises InvalidSecretKey if this server accepts no keys that lack a required permission."""
    missing = missing_note(permissions)
    if missing and context.services.key_rules.key_policy == "restricted":
        raise InvalidSecretKey(InvalidSecretKeyReason.PERMISSIONS_MISSING, missing)


def warning(context: Context, permissions: KeyPermissions) -> str:
    """The note on missing permissions, unless this server accepts any key without a word."""
    return "" if context.services.key_rules.key_policy == "any" else missing_note(permissions)


def missing_note(permissions: KeyPermissions) -> str:
    """Says which permissions a key lacks, and what to do; empty if it lacks none."""
    missing = [name for name, status in permissions.items() if status is KeyPermissionStatus.MISSING]
    if not missing:
        return ""
    noun = "permission" if len(missing) == 1 else "permissions"
    return f"The key lacks the {noun} {', '.join(map(label_of, missing))}. Edit the key in the Stripe Dashboard."

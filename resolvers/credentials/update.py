"""Renaming a credential, and replacing its secret key in place."""

from dataclasses import dataclass

from kit.secret import Secret
from kit.text import name_key
from models import AuthenticationMethod, Credential, EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.credentials.expire import free_expired_name
from resolvers.credentials.keys import CheckedKey, adopt_key, check_key, refuse_other_account
from resolvers.credentials.previous import refuse_seconds, seal_to_keep
from resolvers.credentials.replacement import save_replaced
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.kit.naming import clean_text, refusing_taken_name
from resolvers.refusals import InvalidInput
from resolvers.rows import get_row, own_credentials, refuse_stale, save_changed


@dataclass(frozen=True, slots=True)
class ReplacementKey:
    """A key that replaces another. `any_account`: it may be of another account or mode.

    The replaced key is kept for `keep_previous_seconds`.
    """

    secret: Secret
    any_account: bool = False
    keep_previous_seconds: int = 0


async def update(
    context: Context,
    *,
    id_: str,
    name: str | None = None,
    key: ReplacementKey | None = None,
    expected_version: int | None = None,
) -> Credential:
    """Changes the arguments that are not None. Needs CONFIGURE.

    Raises InvalidInput, InvalidSecretKey, NameTaken, NotFound, StaleVersion or StripeUnavailable.
    """
    viewer = context.require(Scope.CONFIGURE)
    rows = own_credentials(context, viewer)
    name = clean_text("name", name) if name is not None else None
    seen = await get_row(rows, "credential", id_)
    refuse_stale(seen, expected_version)
    checked = await _check(context, seen, key) if key is not None else None
    async with unit_of_work(context, viewer) as log:
        credential = await get_row(rows, "credential", id_)
        refuse_stale(credential, expected_version)
        before = credential.status
        kept = seal_to_keep(context, credential, key.keep_previous_seconds) if key is not None else None
        if checked is not None:
            refuse_other_account(credential, checked)
            adopt_key(context, credential, checked)
        renamed = await _rename(log, credential, name)
        async with refusing_taken_name("a credential", credential.name):
            if checked is not None:
                await save_replaced(context, log, credential, before, kept=kept)
            elif renamed:
                await save_changed(context, credential)
        if renamed:
            log.add(EventKind.CREDENTIAL_UPDATED, credential, before=before, after=credential.status)
    return credential


async def _check(context: Context, seen: Credential, key: ReplacementKey) -> CheckedKey:
    """Checks a key with Stripe; raises InvalidInput if it cannot replace the credential's secret, or not like this."""
    refuse_seconds(key.keep_previous_seconds)
    if seen.method is not AuthenticationMethod.SECRET_KEY:
        raise InvalidInput("secret_key", "This credential is connected by OAuth and has no secret key to replace.")
    return await check_key(context, key.secret, any_account=key.any_account)


async def _rename(log: Log, credential: Credential, name: str | None) -> bool:
    """Sets another name, and frees it of a credential that has expired; returns whether it is another one."""
    if name in (None, credential.name):
        return False
    credential.name, credential.name_key = name, name_key(name)
    await free_expired_name(log, credential.organization_id, credential.name_key)
    return True


async def replace_key(
    context: Context, log: Log, credential: Credential, checked: CheckedKey, edited: Integration
) -> None:
    """Replaces the key of an edited integration's credential, and keeps none.

    Raises InvalidSecretKey.
    """
    before = credential.status
    refuse_other_account(credential, checked)
    adopt_key(context, credential, checked)
    await save_replaced(context, log, credential, before, edited=edited)

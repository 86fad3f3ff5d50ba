"""Renaming a credential, and replacing its secret key in place."""

from kit.secret import Secret
from kit.text import name_key
from models import AuthenticationMethod, Credential, EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.credentials.expire import free_expired_name
from resolvers.credentials.keys import CheckedKey, adopt_key, check_key, refuse_other_account
from resolvers.credentials.replacement import save_replaced
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.kit.naming import clean_text, refusing_taken_name
from resolvers.refusals import InvalidInput
from resolvers.rows import get_row, own_credentials, refuse_stale, save_changed


async def update(
    context: Context,
    *,
    id_: str,
    name: str | None = None,
    secret_key: Secret | None = None,
    allow_account_change: bool = False,
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
    if secret_key is not None and seen.method is not AuthenticationMethod.SECRET_KEY:
        raise InvalidInput("secret_key", "This credential is connected by OAuth and has no secret key to replace.")
    checked = await check_key(context, secret_key, any_account=allow_account_change) if secret_key is not None else None
    async with unit_of_work(context, viewer) as log:
        credential = await get_row(rows, "credential", id_)
        refuse_stale(credential, expected_version)
        before = credential.status
        if checked is not None:
            refuse_other_account(credential, checked)
            adopt_key(context, credential, checked)
        renamed = await _rename(log, credential, name)
        async with refusing_taken_name("a credential", credential.name):
            if checked is not None:
                await save_replaced(context, log, credential, before)
            elif renamed:
                await save_changed(context, credential)
        if renamed:
            log.add(EventKind.CREDENTIAL_UPDATED, credential, before=before, after=credential.status)
    return credential


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
    """Replaces the key of an edited integration's credential.

    Raises InvalidSecretKey.
    """
    before = credential.status
    refuse_other_account(credential, checked)
    adopt_key(context, credential, checked)
    await save_replaced(context, log, credential, before, edited)

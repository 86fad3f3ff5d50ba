"""Adding a credential."""

from kit.secret import Secret
from kit.text import name_key
from models import Credential, EventKind, Scope
from resolvers.context import Context, Viewer
from resolvers.credentials.expire import free_expired_name
from resolvers.credentials.keys import CheckedKey, adopt_key, check_key
from resolvers.credentials.same_account import connected_note, with_same_account
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.kit.naming import MAX_NAME_LENGTH, clean_text, refusing_taken_name


async def create(context: Context, *, name: str, secret_key: Secret) -> tuple[Credential, str]:
    """Adds a credential with a secret key that Stripe accepts. Needs CONFIGURE.

    Returns a note as well, if its account is connected already. Raises InvalidInput, InvalidSecretKey, NameTaken or
    StripeUnavailable.
    """
    viewer = context.require(Scope.CONFIGURE)
    checked = await check_key(context, secret_key)  # first, because a key is harder to mend than a name
    name = clean_text("name", name)
    async with unit_of_work(context, viewer) as log:
        same_account = await with_same_account(context, checked)
        return await insert_credential(context, viewer, log, name, checked), connected_note(same_account)


async def insert_credential(context: Context, viewer: Viewer, log: Log, name: str, checked: CheckedKey) -> Credential:
    """Stores a credential for a checked key in the caller's transaction; raises NameTaken."""
    credential = new_credential(viewer, log, name)
    adopt_key(context, credential, checked)
    return await store_new(log, credential)


def new_credential(viewer: Viewer, log: Log, name: str) -> Credential:
    """An unsaved credential. The caller sets its authentication and stores it."""
    return Credential(
        organization_id=viewer.organization.id,
        name=name,
        name_key=name_key(name),
        created_at=log.now,
        updated_at=log.now,
    )


async def store_new(log: Log, credential: Credential) -> Credential:
    """Stores a new credential in the caller's transaction; raises NameTaken."""
    await free_expired_name(log, credential.organization_id, credential.name_key)
    async with refusing_taken_name("a credential", credential.name):
        await credential.save(force_create=True)
    log.add(EventKind.CREDENTIAL_CREATED, credential, after=credential.status)
    return credential


async def free_name(viewer: Viewer, log: Log, name: str) -> str:
    """Returns `name`, or `name (2)` and so on, whichever is free.

    An integration that is added with a secret key gets a credential of its own, named after the integration.
    """
    candidate, number = name, 1
    while await _is_taken(viewer, log, name_key(candidate)):
        number += 1
        suffix = f" ({number})"
        candidate = name[: MAX_NAME_LENGTH - len(suffix)].rstrip() + suffix
    return candidate


async def _is_taken(viewer: Viewer, log: Log, key: str) -> bool:
    await free_expired_name(log, viewer.organization.id, key)
    return await Credential.filter(organization_id=viewer.organization.id, name_key=key).exists()

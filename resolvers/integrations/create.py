"""Adding an integration."""

from kit.text import name_key
from models import EventKind, Integration, Provider, Scope
from resolvers.context import Context
from resolvers.credentials.keys import CheckedKey
from resolvers.credentials.same_account import connected_note, with_same_account
from resolvers.events.unit_of_work import unit_of_work
from resolvers.integrations.authentication import Authentication, check_with_stripe, credential_for_new
from resolvers.kit.naming import clean_text, refusing_taken_name


async def create(
    context: Context, *, provider: Provider, name: str, authentication: Authentication, active: bool
) -> tuple[Integration, str]:
    """Adds an integration after Stripe has accepted its key. Needs CONFIGURE.

    Returns a note as well, if the account of a new key is connected already. Raises InvalidInput, InvalidSecretKey,
    NameTaken, NotFound, CredentialNotConnected or StripeUnavailable, and then stores nothing.
    """
    viewer = context.require(Scope.CONFIGURE)
    checked = await check_with_stripe(context, authentication)  # first, because a key is harder to mend than a name
    name = clean_text("name", name)
    async with unit_of_work(context, viewer) as log:
        same_account = await with_same_account(context, checked) if isinstance(checked, CheckedKey) else []
        integration = Integration(
            organization_id=viewer.organization.id,
            credential=await credential_for_new(context, viewer, log, name, checked),
            provider=provider,
            name=name,
            name_key=name_key(name),
            active=active,
            created_at=log.now,
            updated_at=log.now,
        )
        async with refusing_taken_name("an integration", name):
            await integration.save(force_create=True)
        log.add(EventKind.INTEGRATION_CREATED, integration, after=integration.status)
        return integration, connected_note(same_account)

"""Adding an integration."""

from models import EventKind, Integration, Provider, Scope
from resolvers.context import Context
from resolvers.events.log import changing
from resolvers.integrations.authentication import Authentication, check, settle
from resolvers.names import clean_text, name_key, refusing_taken_name


async def create(
    context: Context, *, provider: Provider, name: str, authentication: Authentication, active: bool
) -> Integration:
    """Adds an integration, once Stripe has accepted its key. Needs CONFIGURE.

    Raises InvalidInput, InvalidSecretKey, NameTaken, NotFound, CredentialNotConnected or StripeUnavailable; nothing
    is stored then.
    """
    viewer = context.require(Scope.CONFIGURE)
    name = clean_text("name", name)
    checked = await check(context, authentication)
    async with changing(context, viewer) as log:
        integration = Integration(
            organization_id=viewer.organization.id,
            credential=await settle(context, viewer, log, name, checked),
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
    return integration

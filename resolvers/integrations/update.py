"""Editing an integration: its name, authentication and switch, together or separately."""

from kit.text import name_key
from models import EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.integrations.authentication import (
    Authentication,
    check_with_stripe,
    replace_credential,
    require_connected,
)
from resolvers.kit.naming import clean_text, refusing_taken_name
from resolvers.rows import get_row, own_integrations, refuse_stale, save_changed


async def update(
    context: Context,
    *,
    id_: str,
    name: str | None = None,
    authentication: Authentication | None = None,
    active: bool | None = None,
    expected_version: int | None = None,
) -> Integration:
    """Changes the arguments that are not None. Needs CONFIGURE.

    Raises InvalidInput, InvalidSecretKey, NameTaken, NotFound, CredentialNotConnected, StaleVersion or
    StripeUnavailable, and then changes nothing.
    """
    viewer = context.require(Scope.CONFIGURE)
    rows = own_integrations(viewer)
    name = clean_text("name", name) if name is not None else None
    seen = await get_row(rows, "integration", id_)
    refuse_stale(seen, expected_version)
    checked = await check_with_stripe(context, authentication) if authentication is not None else None
    async with unit_of_work(context, viewer) as log:
        integration = await get_row(rows, "integration", id_)
        refuse_stale(integration, expected_version)
        before = integration.status
        if checked is not None:
            integration.credential = await replace_credential(context, viewer, log, integration, checked)
        edited = checked is not None or name not in (None, integration.name)
        switched = _apply(integration, name=name, active=active)
        if edited or switched:
            async with refusing_taken_name("an integration", integration.name):
                await save_changed(context, integration)
        if edited:
            log.add(EventKind.INTEGRATION_UPDATED, integration, before=before, after=integration.status)
        if integration.status is not before:
            log.add(EventKind.INTEGRATION_STATUS_CHANGED, integration, before=before, after=integration.status)
    return integration


def _apply(integration: Integration, *, name: str | None, active: bool | None) -> bool:
    """Sets name and switch; returns whether the switch changed. Raises CredentialNotConnected."""
    switched = active not in (None, integration.active)
    if name is not None:
        integration.name, integration.name_key = name, name_key(name)
    if active is not None:
        integration.active = active
    if switched and active:
        require_connected(integration.credential)
    return switched

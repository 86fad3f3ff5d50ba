"""Revealing a secret to an integration partner's service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from adapters.stripe.gateway import StripeUnavailableError
from adapters.vault import UnreadableError
from kit.secret import Secret
from models import Credential, Destination, Integration, IntegrationStatus, Scope, is_id
from resolvers.context import Context, Viewer, system_viewer
from resolvers.credentials.access import is_due, is_lasting, usable_until
from resolvers.credentials.previous import open_previous
from resolvers.credentials.refresh import with_fresh_token
from resolvers.credentials.sealing import open_secret
from resolvers.credentials.status import disconnect_unreadable
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.kit.naming import clean_text
from resolvers.refusals import CredentialNotConnected, IntegrationInactive, NotFound, StripeUnavailable
from resolvers.rights import refusals_of
from resolvers.rows import own_integrations
from resolvers.stripe_failures import unavailable

_MAX_REASON_LENGTH = 500
_NOT_REFRESHED = "The access token was about to end, and could not be refreshed. Try again."


class SecretVersion(StrEnum):
    """The secrets of a credential that can be revealed."""

    CURRENT = "CURRENT"
    PREVIOUS = "PREVIOUS"


@dataclass(frozen=True, slots=True)
class RevealedSecret:
    """The secret with which a partner's service calls Stripe, its number, and its Stripe account, if that is known."""

    integration: Integration
    secret_key: Secret
    secret_version: int
    account_id: str | None
    destination: Destination
    expires_at: datetime | None = None


class _RefreshDueError(Exception):
    """The access token of a credential has to be refreshed before it is revealed."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(credential.id)
        self.credential = credential


@dataclass(frozen=True, slots=True)
class WantedSecret:
    """One request for a secret."""

    context: Context
    viewer: Viewer
    integration_id: str
    reason: str
    version: SecretVersion = SecretVersion.CURRENT
    is_refreshed: bool = False


async def reveal(
    context: Context, *, integration_id: str, reason: str, version: SecretVersion = SecretVersion.CURRENT
) -> RevealedSecret:
    """Returns a secret of an active, connected integration. An event records the caller, the reason and its number.

    It commits by itself, so its response is never stored for an Idempotency-Key: a repeated request is judged anew.
    The access token of a Stripe App is refreshed first if it ends soon. If Stripe cannot be asked, it is revealed for
    as long as it lasts. Needs REVEAL_SECRETS; raises InvalidInput, NotFound, IntegrationInactive,
    CredentialNotConnected, NoPreviousSecret or StripeUnavailable.
    """
    viewer = context.require(Scope.REVEAL_SECRETS)
    wanted = WantedSecret(context, viewer, integration_id, clean_text("reason", reason, _MAX_REASON_LENGTH), version)
    try:
        return await _reveal(wanted)
    except _RefreshDueError as due:
        failure = await _refresh(context, due.credential)
    try:
        return await _reveal(replace(wanted, is_refreshed=True))
    except _RefreshDueError:
        raise failure or StripeUnavailable(_NOT_REFRESHED) from None


async def _reveal(wanted: WantedSecret) -> RevealedSecret:
    revealed: RevealedSecret = await wanted.context.services.reveals.submit(wanted.viewer.organization.id, wanted)
    return revealed


async def _refresh(context: Context, credential: Credential) -> StripeUnavailable | None:
    """Refreshes an access token; returns the reason if Stripe could not be asked."""
    try:
        await with_fresh_token(context, credential)
    except StripeUnavailableError as error:
        return unavailable(error, saving=False)
    return None


async def reveal_together(wanted: Sequence[WantedSecret]) -> Sequence[RevealedSecret | Exception]:
    """Reveals the secrets of one organization's integrations, each or its refusal. One commit logs them all."""
    first = wanted[0]
    context = Context(first.context.services, first.viewer, first.context.now)
    ids = [each.integration_id for each in wanted if is_id("integration", each.integration_id)]
    rows = own_integrations(first.viewer).where_in("integrations.id", ids)
    await disconnect_unreadable(context, [row.credential for row in await rows.all()])
    async with unit_of_work(context, system_viewer(first.viewer.organization)) as log:
        refusals = await refusals_of([each.viewer for each in wanted], log.now)
        found = {row.id: row for row in await rows.all()}
        return [
            refusal or _outcome(log, each, found.get(each.integration_id))
            for each, refusal in zip(wanted, refusals, strict=True)
        ]


def _outcome(log: Log, wanted: WantedSecret, integration: Integration | None) -> RevealedSecret | Exception:
    """The result of one request. An error is returned, not raised, so that the other requests succeed."""
    if integration is None:
        return NotFound("integration", wanted.integration_id)
    try:
        revealed = _open(wanted, integration)
    except Exception as error:  # noqa: BLE001 - raised by the request that it belongs to
        return error
    log.add_revealed(integration, revealed.secret_version, reason=wanted.reason, author=wanted.viewer)
    return revealed


def _open(wanted: WantedSecret, integration: Integration) -> RevealedSecret:
    credential: Credential = integration.credential
    if not integration.active:
        raise IntegrationInactive(integration)
    if integration.status is not IntegrationStatus.ACTIVE:
        raise CredentialNotConnected(credential)
    if wanted.version is SecretVersion.PREVIOUS:
        return _open_previous(wanted.context, integration, credential)
    now = wanted.context.now()
    if not is_lasting(credential, now) or (is_due(credential, now) and not wanted.is_refreshed):
        raise _RefreshDueError(credential)
    try:
        secret = open_secret(wanted.context, credential, integration.organization_id)
    except UnreadableError:
        raise CredentialNotConnected(credential) from None
    number, account_id = credential.secret_version, credential.shown_account_id
    until = usable_until(credential)
    return RevealedSecret(integration, secret, number, account_id, credential.destination, until)


def _open_previous(context: Context, integration: Integration, credential: Credential) -> RevealedSecret:
    """The previous secret is the one before the current one: whatever replaces a secret erases an older one."""
    secret = open_previous(context, credential, integration.organization_id)
    assert credential.previous_destination  # noqa: S101 - set with the secret, by a constraint
    number, account_id = credential.secret_version - 1, credential.previous_account_id
    return RevealedSecret(integration, secret, number, account_id, credential.previous_destination)

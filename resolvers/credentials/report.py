"""A partner's report that Stripe answered 401 to an integration's secret.

Reports of one credential that come within a second share one check, which begins after the last of them: the result of
an earlier one might be older than the failure. Of several processes, the one with the claim on the row asks Stripe, and
the others use its result. A report and Stripe's refusal are two signs, so the credential is disconnected at once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models import Credential, CredentialStatus, Integration, Scope
from models.querying import claim_check, release_check
from resolvers.context import Context, Viewer
from resolvers.credentials.check import check
from resolvers.credentials.schedule import claim_end
from resolvers.refusals import NotFound, RateLimited, StripeUnavailable
from resolvers.rights import refusals_of
from resolvers.rows import get_row, own_integrations
from resolvers.stripe_failures import unavailable

COLLECTING_SECONDS = 1.0
MOST = 10_000
_POLL_SECONDS = 0.1
_NOT_ASKED = "Stripe could not be asked about the key. Try again."


@dataclass(frozen=True, slots=True)
class Report:
    """One report, by a viewer, that a credential does not work for an integration."""

    context: Context
    viewer: Viewer
    integration_id: str
    credential_id: str
    made_at: datetime


async def report_failure(context: Context, *, integration_id: str) -> Integration:
    """Checks the secret of an integration that is connected; returns the integration as it then stands.

    Needs REVEAL_SECRETS; raises NotFound, StripeUnavailable, or RateLimited for a report that joins no other.
    """
    viewer = context.require(Scope.REVEAL_SECRETS)
    integration = await get_row(own_integrations(viewer), "integration", integration_id)
    credential: Credential = integration.credential
    if credential.status is not CredentialStatus.CONNECTED:
        return integration
    reports = context.services.reports
    if not reports.awaits(credential.id):
        _limit(context, viewer)
    report = Report(context, viewer, integration.id, credential.id, context.now())
    current: Integration = await reports.submit(credential.id, report)
    return current


def _limit(context: Context, viewer: Viewer) -> None:
    """Raises RateLimited if the viewer's reports cause checks too often.

    The limit is not that of `limit_checks`: reports test no pasted key, and would use up the checks of a replacement.
    """
    if seconds := context.services.reported_checks.acquire(viewer.id):
        raise RateLimited("reports", seconds)


async def check_together(reports: Sequence[Report]) -> Sequence[Integration | Exception]:
    """Checks the credential that all these reports are about; returns for each its integration, or its refusal."""
    first, last = reports[0], reports[-1]
    refusals = await _refusals(reports)
    if all(refusals):
        return [refusal for refusal in refusals if refusal]
    failure = await _check_since(first, last.made_at)
    rows = own_integrations(first.viewer).where_in("integrations.id", {each.integration_id for each in reports})
    found = {row.id: row for row in await rows.all()}
    return [
        refusal or failure or found.get(each.integration_id) or NotFound("integration", each.integration_id)
        for each, refusal in zip(reports, await _refusals(reports), strict=True)
    ]


async def _refusals(reports: Sequence[Report]) -> Sequence[Exception | None]:
    return await refusals_of([each.viewer for each in reports], reports[0].context.now())


async def _check_since(report: Report, since: datetime) -> StripeUnavailable | None:
    """Checks a credential, unless it was checked since then; returns the reason if Stripe could not be asked."""
    context, id_ = report.context, report.credential_id
    connected = Credential.filter(id=id_, status=CredentialStatus.CONNECTED)
    while not await claim_check(id_, context.now(), claim_end(context.services, context.now())):
        if not await connected.exists():
            return None
        await asyncio.sleep(_POLL_SECONDS)
    seen = await connected.select_related("organization").get_or_none()  # as another process has left it
    if seen is None or _is_decided(seen, since):
        await release_check(id_)
    elif failure := await check(context.services, seen, context.now, reporter=report.viewer):
        return unavailable(failure, saving=False)
    failing = await connected.filter(failing_since__isnull=False).exists()
    return StripeUnavailable(_NOT_ASKED) if failing else None


def _is_decided(credential: Credential, since: datetime) -> bool:
    """Whether a check has begun since then. A first refusal, which a report confirms, decides nothing by itself."""
    return credential.checked_at is not None and credential.checked_at >= since and credential.refused_at is None

"""The number of attempts to deliver to an endpoint in each hour, for charts."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from models import Scope, WebhookDelivery, WebhookEndpoint
from models.querying import Select
from resolvers.context import Context
from resolvers.refusals import InvalidArgument

MAX_HOURS = 30 * 24  # attempts are stored as long
_HOUR = timedelta(hours=1)


async def delivery_counts(
    context: Context, endpoint: WebhookEndpoint, hours: int
) -> Mapping[datetime, Mapping[str, int]]:
    """The attempts by the hour in which they began and their outcome. Needs READ; raises InvalidArgument.

    Oldest first, with the current hour and with those that had no attempts.
    """
    organization = context.require(Scope.READ).organization
    if not 1 <= hours <= MAX_HOURS:
        raise InvalidArgument(f"'hours' must be between 1 and {MAX_HOURS}.")
    current = context.now().replace(minute=0, second=0, microsecond=0)
    first = current - _HOUR * (hours - 1)
    rows = Select(WebhookDelivery).where("webhook_deliveries.organization_id = ?", organization.id)
    rows = rows.where("webhook_deliveries.endpoint_id = ?", endpoint.id)
    rows = rows.where("webhook_deliveries.attempted_at >= ?", first)
    counts = {first + _HOUR * number: Counter[str]() for number in range(hours)}
    for hour, outcome, number in await rows.count_by_hour("attempted_at", "outcome"):
        if hour in counts:  # another server's clock may be ahead
            counts[hour][outcome] = number
    return counts

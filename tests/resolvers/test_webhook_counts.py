"""The attempts to deliver to a webhook endpoint are counted by hour and outcome, in the range of an index."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from models import Organization, Scope, WebhookDeliveryOutcome
from resolvers import webhooks
from resolvers.context import Context, Viewer
from resolvers.services import Services
from tests.support.client import Client
from tests.support.endpoints import add_delivery, resting_endpoint
from tests.support.plans import Statements, sqlite_plan
from tests.support.rows import webhook_endpoint
from tests.support.servers import RunningServer

_COUNTS = """query ($id: ID!, $hours: Int! = 24) { webhookEndpoint(id: $id) { deliveryCounts(hours: $hours) {
    startsAt delivered failed skipped } } }"""
_HOUR = timedelta(hours=1)
_FAILED: dict[str, Any] = {"outcome": WebhookDeliveryOutcome.FAILED, "problem": "The response was 500."}
_SKIPPED: dict[str, Any] = {"outcome": WebhookDeliveryOutcome.SKIPPED, "problem": "The response was 500."}


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _counts(client: Client, endpoint: Mapping[str, Any], **more: int) -> list[dict[str, Any]]:
    return list((await client.result(_COUNTS, id=endpoint["id"], **more))["deliveryCounts"])


async def test_each_hour_has_its_attempts_by_outcome(client: Client, server: RunningServer) -> None:
    endpoint, other = await resting_endpoint(client), await resting_endpoint(client)
    # The last hour but one, so that the test may run across the end of an hour.
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 2 * _HOUR
    last = start + _HOUR - timedelta(microseconds=1)
    for at in (start, start + timedelta(minutes=30), last):
        await add_delivery(server, endpoint, attempted_at=at)
    await add_delivery(server, endpoint, attempted_at=last, **_FAILED)
    await add_delivery(server, endpoint, attempted_at=start, **_SKIPPED)
    await add_delivery(server, endpoint, attempted_at=start - timedelta(microseconds=1), **_FAILED)
    await add_delivery(server, endpoint, attempted_at=start - 24 * _HOUR)
    await add_delivery(server, other, attempted_at=start)
    counts = await _counts(client, endpoint)
    assert len(counts) == 24
    starts = [datetime.fromisoformat(hour["startsAt"]) for hour in counts]
    assert [later - earlier for earlier, later in pairwise(starts)] == [_HOUR] * 23
    assert starts[-1] <= datetime.now(UTC) < starts[-1] + 2 * _HOUR
    assert [hour for hour in counts if hour["delivered"] or hour["failed"] or hour["skipped"]] == [
        {"startsAt": _text(start - _HOUR), "delivered": 0, "failed": 1, "skipped": 0},
        {"startsAt": _text(start), "delivered": 3, "failed": 1, "skipped": 1},
    ]


async def test_up_to_thirty_days_are_counted(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    await add_delivery(server, endpoint, attempted_at=datetime.now(UTC) - 700 * _HOUR)
    assert [len(await _counts(client, endpoint, hours=hours)) for hours in (1, 720)] == [1, 720]
    assert sum(hour["delivered"] for hour in await _counts(client, endpoint, hours=720)) == 1
    for hours in (0, 721, -1):
        error = await client.error(_COUNTS, id=endpoint["id"], hours=hours)
        assert error["extensions"]["code"] == "INVALID_ARGUMENT"
        assert error["message"] == "'hours' must be between 1 and 720."


async def test_it_costs_a_count_and_what_it_returns(client: Client) -> None:
    for hours, length in (("", 24), ("(hours: 100)", 100), ("(hours: 720)", 720), ("(hours: 99999)", 720)):
        document = f'{{ webhookEndpoint(id: "endpoint_1") {{ deliveryCounts{hours} {{ startsAt failed }} }} }}'
        answer = (await client.post(document)).json()
        assert answer["extensions"]["cost"]["requested"] == 1 + 100 + 2 * length


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_sqlite_reads_a_range_of_one_index(
    database: TortoiseContext, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        organization = await Organization.create(name="Acme", created_at=datetime.now(UTC))
        context = Context(services, Viewer("test", organization, "test", frozenset(Scope)))
        statements = Statements(caplog)
        await webhooks.delivery_counts(context, webhook_endpoint(organization.id, "https://example.com/"), 24)
        (statement,) = statements.sent()
        plan = await sqlite_plan(statement)
    assert plan[0] == (
        "SEARCH webhook_deliveries USING COVERING INDEX webhook_deliveries_counted "
        "(organization_id=? AND endpoint_id=? AND attempted_at>?)"
    )

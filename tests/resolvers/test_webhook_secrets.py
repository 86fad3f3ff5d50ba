"""A webhook endpoint's secret is rotated; both secrets sign for a while, then the previous one is erased."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from models import WebhookEndpoint
from resolvers.webhooks.previous import valid_until
from startup.database import open_database
from tests.support.actions import add_endpoint, history, kinds
from tests.support.client import Client
from tests.support.documents import ROTATE_WEBHOOK_SECRET
from tests.support.endpoints import change, read, resting_endpoint, signing_secrets, stored_endpoint
from tests.support.secrecy import keep
from tests.support.servers import RunningServer
from tests.support.waiting import until

_DAY = 86_400


async def _rotate(client: Client, endpoint: dict[str, Any], **more: Any) -> dict[str, Any]:
    result = await client.result(ROTATE_WEBHOOK_SECRET, input={"id": endpoint["id"], **more})
    if "secret" in result:
        keep(result["secret"])
    return result


async def test_the_created_secret_is_stored(client: Client, server: RunningServer) -> None:
    endpoint = await add_endpoint(client)
    assert await signing_secrets(server, endpoint) == (endpoint["secret"], None)
    assert endpoint["previousSecretValidUntil"] is None


async def test_both_secrets_sign_for_a_day(client: Client, server: RunningServer) -> None:
    endpoint, before = await resting_endpoint(client), datetime.now(UTC)
    result = await _rotate(client, endpoint, expectedVersion=endpoint["version"])
    assert result["message"] == "Webhook endpoint localhost has a new secret."
    assert await signing_secrets(server, endpoint) == (result["secret"], endpoint["secret"])
    rotated = result["webhookEndpoint"]
    until_ = datetime.fromisoformat(rotated["previousSecretValidUntil"])
    assert before <= until_ - timedelta(seconds=_DAY) <= datetime.now(UTC)
    assert rotated["version"] == endpoint["version"] + 1
    event = (await history(client))[-1]
    assert (event["kind"], event["webhookEndpointStatus"]) == ("WEBHOOK_ENDPOINT_UPDATED", "DISABLED")
    assert event["reason"] == "The signing secret was rotated."


async def test_the_next_rotation_takes_the_place_of_the_previous_secret(client: Client, server: RunningServer) -> None:
    endpoint = await add_endpoint(client)
    first = await _rotate(client, endpoint)
    second = await _rotate(client, endpoint)
    assert await signing_secrets(server, endpoint) == (second["secret"], first["secret"])
    third = await _rotate(client, endpoint, overlapSeconds=0)
    assert await signing_secrets(server, endpoint) == (third["secret"], None)


@pytest.mark.parametrize("seconds", [-1, 604_801, 2**31 - 1])
async def test_an_overlap_is_not_less_than_nothing_or_more_than_a_week(client: Client, seconds: int) -> None:
    endpoint = await add_endpoint(client)
    result = await _rotate(client, endpoint, overlapSeconds=seconds)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "overlapSeconds")
    assert result["message"] == "The overlap can last 0 to 604,800 seconds, which are seven days."
    assert await kinds(client) == ["WEBHOOK_ENDPOINT_CREATED"]


async def test_a_week_is_allowed(client: Client) -> None:
    result = await _rotate(client, await add_endpoint(client), overlapSeconds=604_800)
    assert result["__typename"] == "RotateWebhookSecretSuccess"


async def test_only_the_expected_version_is_rotated(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    result = await _rotate(client, endpoint, expectedVersion=1)
    assert (result["__typename"], result["currentVersion"]) == ("StaleVersionError", 2)
    assert await signing_secrets(server, endpoint) == (endpoint["secret"], None)


async def test_the_previous_secret_is_erased_once_its_time_is_over(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    rotated = (await _rotate(client, endpoint, overlapSeconds=1))["webhookEndpoint"]
    await until(partial(_is_erased, client))
    row = await stored_endpoint(server, endpoint)
    assert (row.sealed_previous_secret, row.previous_secret_until) == (None, None)
    event = (await history(client))[-1]
    assert (event["kind"], event["actor"]["kind"]) == ("WEBHOOK_ENDPOINT_UPDATED", "SYSTEM")
    assert event["reason"] == "The previous signing secret was erased."
    after = await read(client, endpoint)
    assert {name: after[name] for name in ("version", "updatedAt")} == {
        name: rotated[name] for name in ("version", "updatedAt")
    }


async def _is_erased(client: Client) -> bool:
    return (await kinds(client)).count("WEBHOOK_ENDPOINT_UPDATED") == 2


async def test_the_clock_hides_a_previous_secret_that_is_not_erased_yet(client: Client, server: RunningServer) -> None:
    endpoint = await resting_endpoint(client)
    await _rotate(client, endpoint)
    assert (await read(client, endpoint))["previousSecretValidUntil"] is not None
    row = await stored_endpoint(server, endpoint)
    end = row.previous_secret_until
    assert end is not None
    assert valid_until(row, end - timedelta(microseconds=1)) == end
    assert valid_until(row, end) is None


async def test_a_damaged_secret_is_replaced_and_not_kept(client: Client, server: RunningServer) -> None:
    endpoint, other = await add_endpoint(client), await add_endpoint(client)
    moved = (await stored_endpoint(server, other)).sealed_secret
    await change(server, endpoint, sealed_secret=moved)
    result = await _rotate(client, endpoint)
    assert await signing_secrets(server, endpoint) == (result["secret"], None)


async def test_a_secret_whose_encryption_key_is_elsewhere_is_left_as_it_is(
    client: Client, server: RunningServer
) -> None:
    endpoint = await add_endpoint(client)
    sealed = (await stored_endpoint(server, endpoint)).sealed_secret
    elsewhere = sealed.replace("v1.", "v1.elsewhere-", 1)
    await change(server, endpoint, sealed_secret=elsewhere)
    error = await client.error(ROTATE_WEBHOOK_SECRET, input={"id": endpoint["id"]})
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    async with open_database(server.settings):
        assert (await WebhookEndpoint.get(id=endpoint["id"])).sealed_secret == elsewhere

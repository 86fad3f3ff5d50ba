"""Webhook endpoints as they are stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from models import EventKind, WebhookDelivery, WebhookDeliveryOutcome, WebhookEndpoint
from resolvers.webhooks.sealing import open_previous_secret, open_secret
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import add_endpoint
from tests.support.client import Client
from tests.support.databases import ask
from tests.support.documents import ENDPOINT, SWITCH_ENDPOINT
from tests.support.servers import RunningServer


async def resting_endpoint(client: Client, **more: Any) -> dict[str, Any]:
    """A webhook endpoint that is switched off, so that no delivery changes it."""
    endpoint = await add_endpoint(client, **more)
    return {**endpoint, **await switch(client, endpoint, active=False)}


async def switch(client: Client, endpoint: dict[str, Any], *, active: bool, **more: Any) -> dict[str, Any]:
    """Switches a webhook endpoint, and returns it."""
    result = await client.result(SWITCH_ENDPOINT, input={"id": endpoint["id"], "active": active, **more})
    assert result["__typename"] == "SetWebhookEndpointActiveSuccess", result
    return dict(result["webhookEndpoint"])


async def read(client: Client, endpoint: dict[str, Any]) -> dict[str, Any]:
    """Reads a webhook endpoint again."""
    return dict(await client.result(ENDPOINT, id=endpoint["id"]))


async def stored_endpoint(server: RunningServer, endpoint: dict[str, Any]) -> WebhookEndpoint:
    """The stored row."""
    async with open_database(server.settings):
        return await WebhookEndpoint.get(id=endpoint["id"])


async def change(server: RunningServer, endpoint: dict[str, Any], **columns: Any) -> None:
    """Changes columns of the stored row."""
    async with open_database(server.settings):
        await WebhookEndpoint.filter(id=endpoint["id"]).update(**columns)


async def claim(server: RunningServer, endpoint: dict[str, Any]) -> None:
    """Claims a webhook endpoint for a long time, as a process that delivers does."""
    claimed = "claimed_until = '2126-01-01 00:00:00+00:00', claimed_by = 'somebody'"
    async with open_database(server.settings):
        await ask(f"UPDATE webhook_endpoints SET {claimed} WHERE id = '{endpoint['id']}'")  # noqa: S608 - an id


async def is_claimed(server: RunningServer, endpoint: dict[str, Any]) -> bool:
    """Whether it is claimed."""
    async with open_database(server.settings):
        rows = await ask(f"SELECT claimed_by FROM webhook_endpoints WHERE id = '{endpoint['id']}'")  # noqa: S608 - an id
    return rows[0]["claimed_by"] is not None


async def add_delivery(server: RunningServer, endpoint: dict[str, Any], position: int = 1, **more: Any) -> None:
    """Stores a successful attempt; `more` overrides its columns."""
    await add_deliveries(server, endpoint, 1, position=position, **more)


async def add_deliveries(server: RunningServer, endpoint: dict[str, Any], count: int, **more: Any) -> None:
    """Stores successful attempts."""
    await store_deliveries(server, endpoint, [more] * count)


async def store_deliveries(server: RunningServer, endpoint: dict[str, Any], each: Sequence[dict[str, Any]]) -> None:
    """Stores an attempt for each of these columns, successful unless they say otherwise."""
    given: dict[str, Any] = {
        "position": 1,
        "kind": EventKind.TOKEN_ISSUED,
        "attempt": 1,
        "attempted_at": datetime(2126, 1, 1, tzinfo=UTC),  # 30 days later it is deleted
        "outcome": WebhookDeliveryOutcome.DELIVERED,
        "response_status": 204,
        "duration_ms": 12,
    }
    async with open_database(server.settings):
        row = await WebhookEndpoint.get(id=endpoint["id"])
        owner = {"organization_id": row.organization_id, "endpoint_id": row.id}
        rows = (WebhookDelivery(**owner, **{**given, **more}) for more in each)
        await WebhookDelivery.bulk_create(rows, batch_size=500)


async def signing_secrets(server: RunningServer, endpoint: dict[str, Any]) -> tuple[str, str | None]:
    """The stored secret and its previous one, decrypted."""
    row = await stored_endpoint(server, endpoint)
    services = create_services(server.settings)
    current = open_secret(services.vault, row).reveal()
    previous = open_previous_secret(services.vault, row).reveal() if row.sealed_previous_secret else None
    await services.aclose()
    return current, previous

"""Common first steps of tests."""

from typing import Any

from tests.support.client import Client
from tests.support.documents import (
    CREATE_CREDENTIAL,
    CREATE_ENDPOINT,
    CREATE_INTEGRATION,
    CREDENTIALS,
    EVENTS,
    INTEGRATIONS,
    KEY_PERMISSIONS,
    TOKENS,
)
from tests.support.secrecy import keep, secret_key

NO_RECEIVER = "http://localhost:1024/webhooks"
# Without the fields that deliveries change.
_ENDPOINTS = """query ($first: Int) { webhookEndpoints(first: $first) {
    nodes { id url description kinds status version updatedAt previousSecretValidUntil } } }"""


async def add_integration(client: Client, name: str = "Billing", **more: Any) -> dict[str, Any]:
    """Creates an integration with a new key; `more` overrides its input."""
    given = {"name": name, "authentication": {"secretKey": secret_key()}, **more}
    result = await client.result(CREATE_INTEGRATION, input=given)
    assert result["__typename"] == "CreateIntegrationSuccess", result
    return dict(result["integration"])


async def add_credential(client: Client, name: str = "Keys", key: str | None = None) -> dict[str, Any]:
    """Creates a credential with a new key, or with the given one."""
    result = await client.result(CREATE_CREDENTIAL, input={"name": name, "secretKey": key or secret_key()})
    assert result["__typename"] == "CreateCredentialSuccess", result
    return dict(result["credential"])


async def add_endpoint(client: Client, **more: Any) -> dict[str, Any]:
    """Creates a webhook endpoint at a port where nobody listens; `more` overrides its input. Includes its secret."""
    result = await client.result(CREATE_ENDPOINT, input={"url": NO_RECEIVER, **more})
    assert result["__typename"] == "CreateWebhookEndpointSuccess", result
    return {**result["webhookEndpoint"], "secret": keep(result["secret"])}


async def permissions_of(client: Client, credential: dict[str, Any]) -> list[dict[str, str]]:
    """Returns the permissions that are stored with a credential."""
    return list((await client.result(KEY_PERMISSIONS, id=credential["id"]))["permissions"])


async def history(client: Client, after: str | None = None) -> list[dict[str, Any]]:
    """Returns the organization's events, oldest first, without the issue of the test's own token."""
    page = await client.result(EVENTS, first=100, after=after)
    return [event for event in page["nodes"] if event["actor"]["name"] != "cli"]


async def kinds(client: Client, after: str | None = None) -> list[str]:
    """The kinds of those events."""
    return [event["kind"] for event in await history(client, after)]


async def state(client: Client) -> list[dict[str, Any]]:
    """Returns all data of an organization."""
    documents = (INTEGRATIONS, CREDENTIALS, EVENTS, _ENDPOINTS)
    return [await client.result(document, first=100) for document in documents] + [
        {"tokens": (await client.result(TOKENS))["totalCount"]}
    ]

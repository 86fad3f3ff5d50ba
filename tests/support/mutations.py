"""Valid input for every mutation, with its prerequisites created in a client's organization."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.actions import NO_RECEIVER, add_credential, add_endpoint, add_integration
from tests.support.client import Client
from tests.support.documents import (
    BEGIN,
    CHECK_SECRET_KEY,
    COMPLETE,
    CREATE_CREDENTIAL,
    CREATE_ENDPOINT,
    CREATE_INTEGRATION,
    DELETE_CREDENTIAL,
    DELETE_ENDPOINT,
    DELETE_INTEGRATION,
    ISSUE_TOKEN,
    REPLAY_EVENTS,
    REPORT_FAILURE,
    RESTORE_SECRET,
    REVEAL_SECRET,
    REVOKE_TOKEN,
    ROTATE_WEBHOOK_SECRET,
    SET_ACTIVE,
    SWITCH_ENDPOINT,
    TEST_ENDPOINT,
    UPDATE_CREDENTIAL,
    UPDATE_ENDPOINT,
    UPDATE_INTEGRATION,
    VERIFY_CREDENTIAL,
)
from tests.support.oauth import begin, complete, connect, return_url, returned
from tests.support.secrecy import secret_key

Prepare = Callable[[Client], Awaitable[dict[str, Any]]]


async def new_integration(_: Client) -> dict[str, Any]:
    """Returns the input of a new integration."""
    return {"name": "Keyed", "authentication": {"secretKey": secret_key()}}


async def edited_integration(client: Client) -> dict[str, Any]:
    """Returns the input for changing an integration's name and key."""
    row = await add_integration(client)
    return {"id": row["id"], "name": "Renamed", "authentication": {"secretKey": secret_key()}}


async def switched_integration(client: Client) -> dict[str, Any]:
    """Returns the input for deactivating an integration."""
    return {"id": (await add_integration(client))["id"], "active": False}


async def deleted_integration(client: Client) -> dict[str, Any]:
    """Returns the input for deleting an integration."""
    return {"id": (await add_integration(client))["id"]}


async def new_credential(_: Client) -> dict[str, Any]:
    """Returns the input of a new credential."""
    return {"name": "Keyed", "secretKey": secret_key()}


async def checked_key(_: Client) -> dict[str, Any]:
    """Returns the input for checking a key."""
    return {"secretKey": secret_key()}


async def edited_credential(client: Client) -> dict[str, Any]:
    """Returns the input for changing a credential's name and key."""
    return {"id": (await add_credential(client))["id"], "name": "Renamed", "secretKey": secret_key()}


async def restored_credential(client: Client) -> dict[str, Any]:
    """Returns the input for going back to the previous key of a credential."""
    given = await edited_credential(client) | {"keepPreviousSeconds": 3600}
    await client.result(UPDATE_CREDENTIAL, input=given)
    return {"id": given["id"]}


async def verified_credential(client: Client) -> dict[str, Any]:
    """Returns the input for verifying a key."""
    return {"id": (await add_credential(client))["id"]}


async def verified_account(client: Client) -> dict[str, Any]:
    """Returns the input for verifying an account that is connected with OAuth."""
    return {"id": (await connect(client))["id"]}


async def deleted_credential(client: Client) -> dict[str, Any]:
    """Returns the input for deleting a live OAuth credential. Stripe is notified if no other uses the account."""
    connected = await complete(client, await returned(await begin(client, destination="STRIPE")))
    return {"id": connected["credential"]["id"]}


async def revealed_secret(client: Client) -> dict[str, Any]:
    """Returns the input for revealing a secret."""
    return {"integrationId": (await add_integration(client))["id"], "reason": "Payout"}


async def reported_failure(client: Client) -> dict[str, Any]:
    """Returns the input for reporting that Stripe rejected a secret."""
    return {"integrationId": (await add_integration(client))["id"]}


async def new_token(_: Client) -> dict[str, Any]:
    """Returns the input of a new token."""
    return {"name": "Keyed", "scopes": ["READ"]}


async def revoked_token(client: Client) -> dict[str, Any]:
    """Returns the input for revoking a token."""
    return {"id": (await client.result(ISSUE_TOKEN, input=await new_token(client)))["token"]["id"]}


async def new_endpoint(_: Client) -> dict[str, Any]:
    """Returns the input of a new webhook endpoint."""
    return {"url": NO_RECEIVER, "description": "Keyed"}


async def edited_endpoint(client: Client) -> dict[str, Any]:
    """Returns the input for changing a webhook endpoint's description."""
    return {"id": (await add_endpoint(client))["id"], "description": "Renamed"}


async def switched_endpoint(client: Client) -> dict[str, Any]:
    """Returns the input for switching a webhook endpoint off."""
    return {"id": (await add_endpoint(client))["id"], "active": False}


async def chosen_endpoint(client: Client) -> dict[str, Any]:
    """Returns the input for deleting or testing a webhook endpoint, or rotating its secret."""
    return {"id": (await add_endpoint(client))["id"]}


async def replayed_endpoint(client: Client) -> dict[str, Any]:
    """Returns the input for sending events to a webhook endpoint again."""
    endpoint = await add_endpoint(client)
    return {"id": endpoint["id"], "after": endpoint["cursor"]}


async def begun_auth(client: Client) -> dict[str, Any]:
    """Returns the input for starting an authorization at Stripe."""
    new = {"name": "Keyed", "destination": "STRIPE_TEST_MODE"}
    return {"target": {"newCredential": new}, "returnUrl": return_url(client)}


async def completed_auth(client: Client) -> dict[str, Any]:
    """Returns the input for completing an authorization at Stripe."""
    return await returned(await begin(client))


# Add the input of new mutations here; otherwise a test fails.
MUTATIONS: dict[str, tuple[str, Prepare]] = {
    "createIntegration": (CREATE_INTEGRATION, new_integration),
    "updateIntegration": (UPDATE_INTEGRATION, edited_integration),
    "setIntegrationActive": (SET_ACTIVE, switched_integration),
    "deleteIntegration": (DELETE_INTEGRATION, deleted_integration),
    "createCredential": (CREATE_CREDENTIAL, new_credential),
    "checkSecretKey": (CHECK_SECRET_KEY, checked_key),
    "updateCredential": (UPDATE_CREDENTIAL, edited_credential),
    "restoreCredentialSecret": (RESTORE_SECRET, restored_credential),
    "verifyCredential": (VERIFY_CREDENTIAL, verified_credential),
    "deleteCredential": (DELETE_CREDENTIAL, deleted_credential),
    "revealSecret": (REVEAL_SECRET, revealed_secret),
    "reportCredentialFailure": (REPORT_FAILURE, reported_failure),
    "issueToken": (ISSUE_TOKEN, new_token),
    "revokeToken": (REVOKE_TOKEN, revoked_token),
    "createWebhookEndpoint": (CREATE_ENDPOINT, new_endpoint),
    "updateWebhookEndpoint": (UPDATE_ENDPOINT, edited_endpoint),
    "setWebhookEndpointActive": (SWITCH_ENDPOINT, switched_endpoint),
    "deleteWebhookEndpoint": (DELETE_ENDPOINT, chosen_endpoint),
    "rotateWebhookSecret": (ROTATE_WEBHOOK_SECRET, chosen_endpoint),
    "testWebhookEndpoint": (TEST_ENDPOINT, chosen_endpoint),
    "replayWebhookEvents": (REPLAY_EVENTS, replayed_endpoint),
    "beginStripeAuth": (BEGIN, begun_auth),
    "completeStripeAuth": (COMPLETE, completed_auth),
}

# They change nothing of their own, so a response is not stored. A report shares its check with others.
CARRIED_OUT_AGAIN = ("checkSecretKey", "reportCredentialFailure")

# The mutations that call Stripe: the mutation, the path of the call, and the mutation's input.
ASKING: dict[str, tuple[str, str, Prepare]] = {
    "createIntegration": ("createIntegration", "/v1/account", new_integration),
    "updateIntegration": ("updateIntegration", "/v1/account", edited_integration),
    "createCredential": ("createCredential", "/v1/account", new_credential),
    "checkSecretKey": ("checkSecretKey", "/v1/account", checked_key),
    "updateCredential": ("updateCredential", "/v1/account", edited_credential),
    "restoreCredentialSecret": ("restoreCredentialSecret", "/v1/account", restored_credential),
    "verifyCredential, key": ("verifyCredential", "/v1/account", verified_credential),
    "verifyCredential, OAuth": ("verifyCredential", "/v1/account", verified_account),
    "reportCredentialFailure": ("reportCredentialFailure", "/v1/account", reported_failure),
    "completeStripeAuth, code": ("completeStripeAuth", "/oauth/token", completed_auth),
    "completeStripeAuth, account": ("completeStripeAuth", "/v1/account", completed_auth),
    "deleteCredential": ("deleteCredential", "/oauth/deauthorize", deleted_credential),
}

"""The sufficient scopes of each field, which tests/schema/test_permissions.py checks with a running server."""

from graphql import GraphQLObjectType, build_schema

from models import Scope
from tests.support.servers import ROOT

SCHEMA = build_schema((ROOT / "schema.graphql").read_text())


def _root_fields(operation: str, root: GraphQLObjectType | None) -> list[tuple[str, str]]:
    assert root is not None
    return [(operation, name) for name in root.fields]


OPERATIONS = _root_fields("query", SCHEMA.query_type) + _root_fields("mutation", SCHEMA.mutation_type)
SUBSCRIPTIONS = _root_fields("subscription", SCHEMA.subscription_type)

_READING = {
    "availableIntegrations",
    "integrations",
    "integration",
    "credentials",
    "credential",
    "events",
    "eventCursor",
    "webhookEndpoints",
    "webhookEndpoint",
}
_CONFIGURING = {
    "createIntegration",
    "updateIntegration",
    "deleteIntegration",
    "setIntegrationActive",
    "createCredential",
    "checkSecretKey",
    "updateCredential",
    "deleteCredential",
    "restoreCredentialSecret",
    "verifyCredential",
    "beginStripeAuth",
    "completeStripeAuth",
    "createWebhookEndpoint",
    "updateWebhookEndpoint",
    "setWebhookEndpointActive",
    "deleteWebhookEndpoint",
    "rotateWebhookSecret",
    "replayWebhookEvents",
    "testWebhookEndpoint",
}
_READERS = {Scope.READ, Scope.CONFIGURE}
# Add the scopes of each new field here; otherwise a test fails. Any one of the scopes suffices.
SCOPES: dict[str, set[Scope]] = {
    "viewer": set(Scope),
    **dict.fromkeys(_READING, _READERS),
    **{name: {Scope.CONFIGURE} for name in _CONFIGURING},
    "tokens": {Scope.MANAGE_TOKENS},
    "issueToken": {Scope.MANAGE_TOKENS},
    "revokeToken": {Scope.MANAGE_TOKENS},
    "revealSecret": {Scope.REVEAL_SECRETS},
    "reportCredentialFailure": {Scope.REVEAL_SECRETS},
}
# node and nodes require the same scopes as the type's own field. Every viewer can read its own organization.
NODE_SCOPES: dict[str, set[Scope]] = {
    "organization": set(Scope),
    "integration": _READERS,
    "credential": _READERS,
    "token": {Scope.MANAGE_TOKENS},
    "endpoint": _READERS,
}
# Fields that require other scopes than their object.
FIELD_SCOPES: dict[str, set[Scope]] = {
    "Credential.consumers": _READERS,
    "Credential.integrations": _READERS,
    "TokenEvent.token": {Scope.MANAGE_TOKENS},
}
# Fields that require no scopes beyond those of their object.
OPEN_FIELDS = {
    "ApiToken.status",
    "Viewer.token",
    "CredentialEvent.credential",
    "Credential.displayName",
    "Credential.previousMaskedSecret",
    "Credential.previousSecretValidUntil",
    "Credential.permissions",
    "CredentialHealth.nextCheckAt",
    "IntegrationEvent.integration",
    "WebhookEndpoint.deliveries",
    "WebhookEndpoint.deliveryCounts",
    "WebhookEndpoint.lag",
    "WebhookEndpoint.previousSecretValidUntil",
    "WebhookEndpointEvent.webhookEndpoint",
}

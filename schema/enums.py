"""Describes the enums of the models and use cases for GraphQL.

The schema imports its enums from here, so that each is described before a type refers to it. Strawberry's own
`enum_value` would make the models depend on GraphQL.
"""

from enum import Enum

import strawberry

from models import (
    ActorKind,
    AuthenticationMethod,
    CredentialHealthState,
    CredentialProblem,
    CredentialStatus,
    Destination,
    EventKind,
    IntegrationStatus,
    KeyPermissionStatus,
    Provider,
    Scope,
    SecretKeyKind,
    StripeAuthFlow,
    TokenStatus,
    WebhookDeliveryOutcome,
    WebhookEndpointStatus,
)
from resolvers.key_refusals import InvalidSecretKeyReason
from resolvers.kit.ordering import OrderDirection
from resolvers.refusals import StripeAuthFailure
from resolvers.secrets import SecretVersion

__all__ = [
    "ActorKind",
    "AuthenticationMethod",
    "CredentialHealthState",
    "CredentialProblem",
    "CredentialStatus",
    "Destination",
    "EventKind",
    "IntegrationStatus",
    "InvalidSecretKeyReason",
    "KeyPermissionStatus",
    "OrderDirection",
    "Provider",
    "Scope",
    "SecretKeyKind",
    "SecretVersion",
    "StripeAuthFailure",
    "StripeAuthFlow",
    "TokenStatus",
    "WebhookDeliveryOutcome",
    "WebhookEndpointStatus",
]


def _describe(enum: type[Enum], description: str, **values: str) -> None:
    """Registers `enum` with Strawberry; raises KeyError for a value without a description."""
    definition = vars(strawberry.enum(enum, description=description))["__strawberry_definition__"]
    for value in definition.values:
        value.description = values[value.name]


_describe(Provider, "An external system that can be integrated.", STRIPE="Stripe, https://stripe.com.")
_describe(
    Destination,
    "The Stripe mode that a credential belongs to.",
    STRIPE="Stripe's live mode, with real payments.",
    STRIPE_TEST_MODE="Stripe's test mode, with simulated payments.",
)
_describe(
    AuthenticationMethod,
    "How a credential authenticates with the external system.",
    SECRET_KEY="A secret or restricted key, copied from the Stripe Dashboard.",
    OAUTH="OAuth: the user approves access at Stripe.",
)
_describe(
    StripeAuthFlow,
    "The way in which a Stripe account is connected by OAuth.",
    STRIPE_APP="The user installs a Stripe App. Its access token ends after an hour, and is refreshed.",
    CONNECT="The user connects the account to a Connect platform, which Stripe allows existing platforms only.",
)
_describe(
    SecretKeyKind,
    "The kind of a secret key.",
    SECRET="A secret key (sk_…), which may do everything.",
    RESTRICTED="A restricted key (rk_…), which has chosen permissions.",
)
_describe(
    KeyPermissionStatus,
    "Whether a key has a permission.",
    GRANTED="The key has the permission.",
    MISSING="Stripe refuses a call because the key lacks the permission.",
    UNKNOWN="Stripe did not show it. Nothing is written to Stripe to find out, so this holds for all permissions to "
    "write.",
)
_describe(
    Scope,
    "A permission of a viewer.",
    READ="Read integrations, credentials, webhook endpoints and events.",
    CONFIGURE="Create, update and delete integrations, credentials and webhook endpoints. Includes READ.",
    REVEAL_SECRETS="Reveal the secrets of integrations.",
    MANAGE_TOKENS="Issue, list and revoke API tokens.",
)
_describe(
    TokenStatus,
    "Whether an API token is accepted.",
    ACTIVE="The token is accepted.",
    EXPIRED="The token has expired.",
    REVOKED="The token was revoked, whether or not it has expired since.",
)
_describe(
    IntegrationStatus,
    "Whether an integration is ready to use, according to the last check.",
    ACTIVE="The integration is active and its credential is connected.",
    INACTIVE="The integration is deactivated.",
    NEEDS_ATTENTION="The integration is active, but its credential is not connected.",
)
_describe(
    CredentialStatus,
    "Whether Stripe accepts a credential, according to the last check.",
    INCOMPLETE="The user has until expiresAt to approve access at Stripe.",
    CONNECTED="Stripe accepts the credential.",
    DISCONNECTED="The credential no longer works; problem says why.",
)
_describe(
    CredentialProblem,
    "Why a credential is disconnected.",
    KEY_REJECTED="Stripe no longer recognizes the key.",
    KEY_EXPIRED="The key was rolled at Stripe or has expired.",
    PERMISSION_LOST="Stripe denies the key access to the account.",
    DEAUTHORIZED="The user disconnected the account at Stripe.",
    REFRESH_FAILED="Stripe did not refresh the OAuth access token.",
    UNREADABLE="The stored secret cannot be decrypted: it is damaged, or its encryption key is missing.",
)
_describe(
    CredentialHealthState,
    "Whether checks with Stripe confirm a credential's status.",
    HEALTHY="Stripe accepted the credential when it was last checked.",
    FAILING="The status stands without evidence since failingSince: Stripe could not be asked, or has refused the "
    "credential once and is about to be asked again.",
    UNKNOWN="No check says that the credential works: it was never checked, or it is not connected.",
)
_describe(
    EventKind,
    "The kind of change that an event records.",
    INTEGRATION_CREATED="An integration was created.",
    INTEGRATION_UPDATED="An integration's name, key or credential was changed.",
    INTEGRATION_STATUS_CHANGED="An integration's status changed, through its activation or its credential.",
    INTEGRATION_DELETED="An integration was deleted.",
    CREDENTIAL_CREATED="A credential was created.",
    CREDENTIAL_UPDATED="A credential's name or expiry was changed, or its previous secret was erased.",
    CREDENTIAL_SECRET_REPLACED="A credential got another secret. Discard the previous one.",
    CREDENTIAL_VERIFIED="A credential was verified with Stripe.",
    CREDENTIAL_STATUS_CHANGED="A credential's status changed.",
    CREDENTIAL_EXPIRING="An incomplete credential is about to expire.",
    CREDENTIAL_EXPIRED="An incomplete credential expired and was removed.",
    CREDENTIAL_DELETED="A credential was deleted.",
    SECRET_REVEALED="An integration's secret was revealed.",
    TOKEN_ISSUED="An API token was issued.",
    TOKEN_REVOKED="An API token was revoked.",
    TOKEN_EXPIRED="An API token expired.",
    WEBHOOK_ENDPOINT_CREATED="A webhook endpoint was created.",
    WEBHOOK_ENDPOINT_UPDATED="A webhook endpoint's URL, description, kinds, cursor or secret was changed, or its "
    "previous secret was erased.",
    WEBHOOK_ENDPOINT_ENABLED="A webhook endpoint was switched on.",
    WEBHOOK_ENDPOINT_DISABLED="A webhook endpoint was switched off, by a caller or because its deliveries failed.",
    WEBHOOK_ENDPOINT_DELETED="A webhook endpoint was deleted.",
    WEBHOOK_ENDPOINT_TESTED="A test event was sent to a webhook endpoint.",
)
_describe(
    WebhookEndpointStatus,
    "Whether events are sent to a webhook endpoint.",
    ENABLED="Events are sent.",
    DISABLED="No events are sent: a caller has switched it off, or its deliveries failed for too long.",
)
_describe(
    WebhookDeliveryOutcome,
    "The outcome of an attempt to deliver an event.",
    DELIVERED="The receiver answered with a status of 2xx.",
    FAILED="The event was not delivered. It is tried again.",
    SKIPPED="The last attempt failed. The next events are sent, and this one is not.",
)
_describe(
    ActorKind,
    "The kind of an actor.",
    TOKEN="An API token.",
    USER="A user or service of the identity provider.",
    STRIPE="Stripe, with a webhook.",
    SYSTEM="This server, or its operator on the command line.",
)
_describe(
    InvalidSecretKeyReason,
    "Why a secret key was not accepted.",
    MALFORMED="The value does not have the format of a Stripe secret key.",
    MASKED_KEY="Only the ends of the key were pasted, as lists show them (sk_live_…4242).",
    PUBLISHABLE_KEY="The key is a publishable key (pk_…).",
    ORGANIZATION_KEY="The key is an organization key (sk_org…), which covers several accounts.",
    WEBHOOK_SECRET="The value is the signing secret of a webhook endpoint (whsec_…).",
    APP_SECRET="The value is the signing secret of a Stripe app (absec_…).",
    REFRESH_TOKEN="The value is a refresh token of OAuth (rt_…).",
    AUTHORIZATION_CODE="The value is an authorization code of OAuth (ac_…).",
    REJECTED="Stripe rejected the key.",
    EXPIRED="The key has expired, according to Stripe.",
    ACCOUNT_CHANGED="The key belongs to a different Stripe account or mode than the key it would replace.",
    UNRESTRICTED_KEY="The key is a secret key (sk_…), and this server accepts restricted keys only.",
    PERMISSIONS_MISSING="The key lacks a required permission, and this server accepts no such keys.",
    IP_NOT_ALLOWED="Stripe does not accept the key from this server's IP address.",
)
_describe(
    SecretVersion,
    "Which secret of a credential to reveal.",
    CURRENT="The current secret.",
    PREVIOUS="The secret that the current one has replaced, until previousSecretValidUntil.",
)
_describe(
    OrderDirection,
    "The direction of an order.",
    ASC="Ascending: A to Z, oldest first.",
    DESC="Descending: Z to A, newest first.",
)
_describe(
    StripeAuthFailure,
    "Why a Stripe account was not connected.",
    UNKNOWN_STATE="The state is unknown, belongs to another viewer, or came with another code.",
    EXPIRED="The authorization expired before it was completed.",
    DENIED="The user declined access at Stripe.",
    ALREADY_USED="The state was already used and its credential no longer exists.",
    REJECTED="Stripe did not accept the code, or the code is for a different account than the credential's.",
    MODE_MISMATCH="Stripe connected the account in a different mode than the one requested.",
    OUTCOME_UNKNOWN="Stripe did not confirm whether it connected the account. Start again: the code is not sent twice.",
)

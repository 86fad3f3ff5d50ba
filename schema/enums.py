"""The enums of the API: those of the models and the use cases, described value by value.

The schema takes its enums from here, so that each is described before a type refers to it.
"""

from enum import Enum

import strawberry

from models import (
    AuthenticationMethod,
    CredentialProblem,
    CredentialStatus,
    Destination,
    EventKind,
    IntegrationStatus,
    Provider,
    Scope,
)
from resolvers.kit.ordering import OrderDirection
from resolvers.refusals import InvalidSecretKeyReason, StripeAuthFailure

__all__ = [
    "AuthenticationMethod",
    "CredentialProblem",
    "CredentialStatus",
    "Destination",
    "EventKind",
    "IntegrationStatus",
    "InvalidSecretKeyReason",
    "OrderDirection",
    "Provider",
    "Scope",
    "StripeAuthFailure",
]


def _describe(enum: type[Enum], description: str, **values: str) -> None:
    """Makes a GraphQL enum of `enum`; each value has to be described."""
    definition = vars(strawberry.enum(enum, description=description))["__strawberry_definition__"]
    for value in definition.values:
        value.description = values[value.name]


_describe(Provider, "An external system that can be integrated.", STRIPE="Stripe, https://stripe.com.")
_describe(
    Destination,
    "Stripe or Stripe (Test Mode).",
    STRIPE="Stripe's live mode: real money moves.",
    STRIPE_TEST_MODE="Stripe's test mode: nothing real happens.",
)
_describe(
    AuthenticationMethod,
    "How one authenticates with the external system.",
    SECRET_KEY="By a secret or restricted key, copied from Stripe's dashboard.",
    OAUTH="By approving access at Stripe.",
)
_describe(
    Scope,
    "What a viewer may do.",
    READ="See integrations, credentials and events.",
    CONFIGURE="Add, change and delete integrations and credentials. Includes READ.",
    REVEAL_SECRETS="Fetch what is needed to call Stripe.",
    MANAGE_TOKENS="Issue, list and revoke API tokens.",
)
_describe(
    IntegrationStatus,
    "Whether an integration works, as far as is known.",
    ACTIVE="Switched on, and its credential is connected.",
    INACTIVE="Switched off.",
    NEEDS_ATTENTION="Switched on, but its credential is not connected.",
)
_describe(
    CredentialStatus,
    "Whether Stripe accepts a credential, as far as is known.",
    INCOMPLETE="Waiting for the user to approve access at Stripe, until expiresAt.",
    CONNECTED="Stripe accepts it.",
    DISCONNECTED="Stripe no longer accepts it, see problem.",
)
_describe(
    CredentialProblem,
    "Why a credential is disconnected.",
    KEY_REJECTED="Stripe does not know the key any more.",
    KEY_EXPIRED="The key was rolled at Stripe, or has expired.",
    PERMISSION_LOST="Stripe refuses the key access to the account, or from this server's address.",
    DEAUTHORIZED="The user has disconnected the account at Stripe.",
    REFRESH_FAILED="Stripe did not renew the access that had been approved.",
    UNREADABLE="The stored secret does not open: it is damaged, or its encryption key is missing.",
)
_describe(
    EventKind,
    "What happened.",
    INTEGRATION_CREATED="An integration was added.",
    INTEGRATION_UPDATED="An integration's name, key or credential was changed.",
    INTEGRATION_STATUS_CHANGED="An integration's status changed: it was switched, or its credential changed.",
    INTEGRATION_DELETED="An integration was deleted.",
    CREDENTIAL_CREATED="A credential was added.",
    CREDENTIAL_UPDATED="A credential's name or secret was changed, or it was given more time.",
    CREDENTIAL_VERIFIED="Stripe was asked whether a credential works, and the answer was noted.",
    CREDENTIAL_STATUS_CHANGED="A credential's status changed.",
    CREDENTIAL_EXPIRING="An incomplete credential is about to be removed.",
    CREDENTIAL_EXPIRED="An incomplete credential was removed, since its time was up.",
    CREDENTIAL_DELETED="A credential was deleted.",
    SECRET_REVEALED="An integration's secret was handed out.",
    TOKEN_ISSUED="An API token was issued.",
    TOKEN_REVOKED="An API token was revoked.",
)
_describe(
    InvalidSecretKeyReason,
    "Why a secret key was not taken.",
    MALFORMED="It does not look like a Stripe secret key.",
    PUBLISHABLE_KEY="It is a publishable key (pk_…).",
    ORGANIZATION_KEY="It is an organization key (sk_org…), which stands for several accounts.",
    REJECTED="Stripe does not accept it.",
    EXPIRED="Stripe says that it has expired.",
    ACCOUNT_CHANGED="It is for another Stripe account or mode than the key it would replace.",
    IP_NOT_ALLOWED="Stripe does not take it from this server's IP address.",
)
_describe(OrderDirection, "Which end comes first.", ASC="A to Z, oldest first.", DESC="Z to A, newest first.")
_describe(
    StripeAuthFailure,
    "Why an account was not connected.",
    UNKNOWN_STATE="The state is none that this viewer has begun with.",
    EXPIRED="The time to approve access was over.",
    DENIED="The user has declined access at Stripe.",
    ALREADY_USED="The state has been used, and what came of it is not there any more.",
    REJECTED="Stripe did not exchange the code, or it was for another account than the credential's.",
    MODE_MISMATCH="Stripe connected the account in the other mode.",
)

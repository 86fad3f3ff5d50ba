"""Tortoise models of the stored entities, one file each."""

from models.canary import Canary
from models.check_pace import CheckPace
from models.credential import (
    RECOVERABLE_PROBLEMS,
    AuthenticationMethod,
    Credential,
    CredentialHealthState,
    CredentialProblem,
    CredentialStatus,
    Destination,
    KeyPermissions,
    KeyPermissionStatus,
    SecretKeyKind,
    StripeAuthFlow,
)
from models.event import ActorKind, Event, EventKind
from models.idempotency import IdempotentRequest
from models.identifiers import is_id
from models.integration import Integration, IntegrationStatus, Provider
from models.organization import Organization
from models.stripe_auth import StripeAuth, StripeAuthStatus
from models.token import ApiToken, Scope, TokenStatus
from models.webhook_delivery import WebhookDelivery, WebhookDeliveryOutcome
from models.webhook_endpoint import WebhookEndpoint, WebhookEndpointStatus
from models.withdrawal import Withdrawal

__all__ = [
    "RECOVERABLE_PROBLEMS",
    "ActorKind",
    "ApiToken",
    "AuthenticationMethod",
    "Canary",
    "CheckPace",
    "Credential",
    "CredentialHealthState",
    "CredentialProblem",
    "CredentialStatus",
    "Destination",
    "Event",
    "EventKind",
    "IdempotentRequest",
    "Integration",
    "IntegrationStatus",
    "KeyPermissionStatus",
    "KeyPermissions",
    "Organization",
    "Provider",
    "Scope",
    "SecretKeyKind",
    "StripeAuth",
    "StripeAuthFlow",
    "StripeAuthStatus",
    "TokenStatus",
    "WebhookDelivery",
    "WebhookDeliveryOutcome",
    "WebhookEndpoint",
    "WebhookEndpointStatus",
    "Withdrawal",
    "is_id",
]

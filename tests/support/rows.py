"""Rows that would take minutes to create with the API."""

from collections.abc import Callable
from datetime import UTC, datetime

from models import (
    AuthenticationMethod,
    Credential,
    CredentialStatus,
    Destination,
    Integration,
    Provider,
    WebhookEndpoint,
    WebhookEndpointStatus,
)


def incomplete_credential(organization_id: str, number: int, due: datetime) -> Credential:
    """Returns an unsaved credential that is incomplete until it expires; its warning has been sent."""
    return Credential(
        organization_id=organization_id,
        name=f"Due {number}",
        name_key=f"due {number}",
        destination=Destination.STRIPE,
        method=AuthenticationMethod.OAUTH,
        status=CredentialStatus.INCOMPLETE,
        expires_at=due,
        expiry_warned=True,
        created_at=due,
        updated_at=due,
    )


def connected_credential(organization_id: str, name: str, seal: Callable[[Credential], str]) -> Credential:
    """Returns an unsaved credential with a secret key that `seal` encrypts."""
    now = datetime.now(UTC)
    credential = Credential(
        organization_id=organization_id,
        name=name,
        name_key=name,
        destination=Destination.STRIPE_TEST_MODE,
        method=AuthenticationMethod.SECRET_KEY,
        status=CredentialStatus.CONNECTED,
        masked_secret="sk_test_…",
        created_at=now,
        updated_at=now,
    )
    credential.sealed_secret = seal(credential)
    return credential


def integration_using(credential: Credential) -> Integration:
    """Returns an unsaved active integration with the credential's name."""
    return Integration(
        organization_id=credential.organization_id,
        credential_id=credential.id,
        provider=Provider.STRIPE,
        name=credential.name,
        name_key=credential.name_key,
        active=True,
        created_at=credential.created_at,
        updated_at=credential.updated_at,
    )


def webhook_endpoint(organization_id: str, url: str) -> WebhookEndpoint:
    """Returns an unsaved webhook endpoint at the beginning of the log, whose secret nobody knows."""
    now = datetime.now(UTC)
    return WebhookEndpoint(
        organization_id=organization_id,
        url=url,
        status=WebhookEndpointStatus.ENABLED,
        position=0,
        sealed_secret="v1.another.sealed",
        created_at=now,
        updated_at=now,
    )

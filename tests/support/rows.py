"""Rows that would take minutes to come by through the API."""

from collections.abc import Callable
from datetime import UTC, datetime

from models import AuthenticationMethod, Credential, CredentialStatus, Destination, Integration, Provider


def incomplete_credential(organization_id: str, number: int, due: datetime) -> Credential:
    """A credential, not stored yet, that waits for its user until it is due; that this is near has been told."""
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
    """A credential by secret key, not stored yet, with what `seal` makes for it."""
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
    """An active integration of the credential's name, not stored yet."""
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

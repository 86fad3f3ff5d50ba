"""Rows that would take minutes to come by through the API."""

from datetime import datetime

from models import AuthenticationMethod, Credential, CredentialStatus, Destination


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
        expiring_told=True,
        created_at=due,
        updated_at=due,
    )

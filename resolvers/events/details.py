"""The fields of an event, as subscribers and webhook receivers see them: what the ones get, the others get, too."""

from enum import StrEnum
from typing import Any, TypeVar

from models import CredentialStatus, Event, IntegrationStatus, WebhookEndpointStatus, is_id
from resolvers.events.read import event_cursor

StatusT = TypeVar("StatusT", bound=StrEnum)


def event_details(row: Event) -> dict[str, Any]:
    """The fields of an event except its actor. The prefix of its subject determines those beyond the common ones."""
    common = {
        "cursor": event_cursor(row.organization_id, row.position),
        "kind": row.kind,
        "occurred_at": row.occurred_at,
        "name": row.name,
    }
    if is_id("integration", row.subject):
        return common | {
            "integration_id": row.subject,
            "previous_integration_status": _status(IntegrationStatus, row.previous_status),
            "integration_status": _status(IntegrationStatus, row.status),
            "reason": row.reason,
            "secret_version": row.secret_version,
        }
    if is_id("credential", row.subject):
        return common | {
            "credential_id": row.subject,
            "previous_credential_status": _status(CredentialStatus, row.previous_status),
            "credential_status": _status(CredentialStatus, row.status),
            "problem": row.problem,
            "expires_at": row.expires_at,
            "secret_version": row.secret_version,
        }
    if is_id("endpoint", row.subject):
        return common | {
            "webhook_endpoint_id": row.subject,
            "previous_webhook_endpoint_status": _status(WebhookEndpointStatus, row.previous_status),
            "webhook_endpoint_status": _status(WebhookEndpointStatus, row.status),
            "reason": row.reason,
        }
    return common | {"token_id": row.subject}


def _status(enum: type[StatusT], stored: str | None) -> StatusT | None:
    return enum(stored) if stored is not None else None

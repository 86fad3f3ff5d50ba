"""The fields of an event, as subscribers and webhooks see them. A field that one has, the other has, too."""

from typing import Any

from models import Event, is_id
from resolvers.events.read import event_cursor


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
            "previous_integration_status": row.previous_status,
            "integration_status": row.status,
            "reason": row.reason,
            "secret_version": row.secret_version,
        }
    if is_id("credential", row.subject):
        return common | {
            "credential_id": row.subject,
            "previous_credential_status": row.previous_status,
            "credential_status": row.status,
            "problem": row.problem,
            "expires_at": row.expires_at,
            "secret_version": row.secret_version,
        }
    if is_id("endpoint", row.subject):
        return common | {
            "webhook_endpoint_id": row.subject,
            "previous_webhook_endpoint_status": row.previous_status,
            "webhook_endpoint_status": row.status,
            "problem": row.reason,
        }
    return common | {"token_id": row.subject}

"""Events: one log per organization, which feeds the history, subscriptions and cache validation."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.credential import CredentialProblem
from models.organization import Organization


class EventKind(StrEnum):
    """The kinds of events."""

    INTEGRATION_CREATED = "INTEGRATION_CREATED"
    INTEGRATION_UPDATED = "INTEGRATION_UPDATED"
    INTEGRATION_STATUS_CHANGED = "INTEGRATION_STATUS_CHANGED"
    INTEGRATION_DELETED = "INTEGRATION_DELETED"
    CREDENTIAL_CREATED = "CREDENTIAL_CREATED"
    CREDENTIAL_UPDATED = "CREDENTIAL_UPDATED"
    CREDENTIAL_SECRET_REPLACED = "CREDENTIAL_SECRET_REPLACED"
    CREDENTIAL_VERIFIED = "CREDENTIAL_VERIFIED"
    CREDENTIAL_STATUS_CHANGED = "CREDENTIAL_STATUS_CHANGED"
    CREDENTIAL_EXPIRING = "CREDENTIAL_EXPIRING"
    CREDENTIAL_EXPIRED = "CREDENTIAL_EXPIRED"
    CREDENTIAL_DELETED = "CREDENTIAL_DELETED"
    SECRET_REVEALED = "SECRET_REVEALED"
    TOKEN_ISSUED = "TOKEN_ISSUED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    WEBHOOK_ENDPOINT_CREATED = "WEBHOOK_ENDPOINT_CREATED"
    WEBHOOK_ENDPOINT_UPDATED = "WEBHOOK_ENDPOINT_UPDATED"
    WEBHOOK_ENDPOINT_ENABLED = "WEBHOOK_ENDPOINT_ENABLED"
    WEBHOOK_ENDPOINT_DISABLED = "WEBHOOK_ENDPOINT_DISABLED"
    WEBHOOK_ENDPOINT_DELETED = "WEBHOOK_ENDPOINT_DELETED"
    WEBHOOK_ENDPOINT_TESTED = "WEBHOOK_ENDPOINT_TESTED"

    @property
    def changes_rows(self) -> bool:
        """Whether its events come with a change of rows."""
        return self not in {EventKind.SECRET_REVEALED, EventKind.WEBHOOK_ENDPOINT_TESTED}


class ActorKind(StrEnum):
    """The kinds of actors."""

    TOKEN = "TOKEN"
    USER = "USER"
    STRIPE = "STRIPE"
    SYSTEM = "SYSTEM"


class Event(Model):
    """An entry of the organization's log. `position` increases by one per organization, without gaps.

    `subject` is the id of the integration, credential, token or webhook endpoint, and `name` its name at that time.
    `previous_status` and `status` are set for kinds that change a status.
    `problem`, `expires_at` and `secret_version` are those of a credential after the event.
    `credential_id` is set if a secret was revealed: the credential that it is of. `secret_version` then is its number.
    `actor` is the actor's name at that time. `actor_id` is the token's id, or the subject at the identity provider; it
    is null for Stripe and the system, and if an event from before migration 0007 does not show it.
    """

    id = fields.BigIntField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    position = fields.BigIntField()
    kind = fields.CharEnumField(EventKind, max_length=32)
    subject = fields.CharField(max_length=64)
    name = fields.CharField(max_length=100)
    previous_status = fields.CharField(max_length=32, null=True)
    status = fields.CharField(max_length=32, null=True)
    reason = fields.TextField(null=True)
    # Tortoise's stub of this field does not know of null.
    problem: fields.Field[CredentialProblem | None] = fields.CharEnumField(  # type: ignore[assignment]
        CredentialProblem, max_length=32, null=True
    )
    expires_at = fields.DatetimeField(null=True)
    secret_version = fields.IntField(null=True)
    credential_id = fields.CharField(max_length=64, null=True)
    actor = fields.CharField(max_length=100)
    actor_kind = fields.CharEnumField(ActorKind, max_length=32)
    actor_id = fields.CharField(max_length=255, null=True)
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "events"

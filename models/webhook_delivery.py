"""Attempts to deliver an event to a webhook endpoint."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.event import EventKind
from models.organization import Organization


class WebhookDeliveryOutcome(StrEnum):
    """The outcome of an attempt. An event is skipped if its last attempt has failed."""

    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class WebhookDelivery(Model):
    """An attempt, forgotten after 30 days, or with its endpoint.

    `position` and `kind` are those of the event. `attempt` counts from 1.
    `response_status` is null if there was no response. `problem` says in words why the event was not delivered.
    """

    id = fields.BigIntField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    endpoint_id = fields.CharField(max_length=64)
    position = fields.BigIntField()
    kind = fields.CharEnumField(EventKind, max_length=32)
    attempt = fields.IntField()
    attempted_at = fields.DatetimeField()
    outcome = fields.CharEnumField(WebhookDeliveryOutcome, max_length=32)
    response_status = fields.IntField(null=True)
    duration_ms = fields.IntField()
    problem: str | None = fields.TextField(null=True)

    class Meta:
        table = "webhook_deliveries"

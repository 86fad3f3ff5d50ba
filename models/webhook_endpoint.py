"""Webhook endpoints: each is a cursor into its organization's log."""

from enum import StrEnum
from functools import partial
from urllib.parse import urlsplit

from tortoise import fields
from tortoise.models import Model

from models.event import Event, EventKind
from models.identifiers import new_id
from models.organization import Organization

_MAX_NAME_LENGTH = 100


class WebhookEndpointStatus(StrEnum):
    """Whether events are delivered."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class WebhookEndpoint(Model):
    """A URL that an organization's events are sent to, and how far it has come in the log.

    `kinds` holds the names of the kinds that are sent; all if it is null.
    `position` is the last position that was delivered or skipped. `attempts` counts those that the next event has had.
    `next_attempt_at` is null if nothing is to be done until the log grows.
    `failing_since`: no event has been delivered since then. `problem` says why, in words.
    `sealed_previous_secret` signs together with the secret, until `previous_secret_until`.
    The columns `claimed_until` and `claimed_by`, the claim's random token, are not fields: saving a row must not write
    them. While an endpoint is claimed, its position and the result of its attempts belong to the claim, so save other
    fields by their names.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "endpoint"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    url: str = fields.TextField()
    description: str | None = fields.TextField(null=True)
    kinds: list[str] | None = fields.JSONField(null=True)
    status = fields.CharEnumField(WebhookEndpointStatus, max_length=32)
    problem: str | None = fields.TextField(null=True)
    failing_since = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    position = fields.BigIntField()
    attempts = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField(null=True)
    sealed_secret: str = fields.TextField()
    sealed_previous_secret: str | None = fields.TextField(null=True)
    previous_secret_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "webhook_endpoints"

    @property
    def name(self) -> str:
        """The host of the URL, for events and messages: the rest may hold a secret of the receiver."""
        host = urlsplit(self.url).hostname or ""
        return host if len(host) <= _MAX_NAME_LENGTH else host[: _MAX_NAME_LENGTH - 1] + "…"

    def wants(self, event: Event) -> bool:
        """Whether an event of the log is sent. A test of this endpoint is not: it was sent at once."""
        if event.kind is EventKind.WEBHOOK_ENDPOINT_TESTED and event.subject == self.id:
            return False
        return self.kinds is None or event.kind.value in self.kinds

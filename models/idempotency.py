"""Answers that are kept, so that a request which is sent again changes nothing again."""

from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id
from models.organization import Organization


class IdempotentRequest(Model):
    """A mutation that came with an Idempotency-Key: under way until `claimed_until`, or answered.

    `fingerprint` is a hash of the request. Who writes the answer has to find its own `claimed_until`: each claim is
    later than the one before.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "request"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    viewer_id = fields.CharField(max_length=255)
    key = fields.CharField(max_length=255)
    fingerprint = fields.CharField(max_length=64)
    claimed_until = fields.DatetimeField()
    sealed_answer: str | None = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Tortoise's options."""

        table = "idempotent_requests"

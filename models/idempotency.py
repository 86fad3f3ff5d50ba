"""Idempotency keys and stored responses, so that a retried mutation is applied once."""

from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id
from models.organization import Organization


class IdempotentRequest(Model):
    """A mutation with an Idempotency-Key: either in progress until `claimed_until`, or answered.

    `fingerprint` is a hash of the request. A claim is renewed while its request runs. Once it has expired, another
    attempt replaces the row. The first one then finds no row to store its answer in.
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
        table = "idempotent_requests"

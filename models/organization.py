"""Organizations: tenants with isolated integrations, credentials, tokens and events."""

from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id


class Organization(Model):
    """A tenant. `position` is the last position of its log.

    `revision` is the version of its rows: it moves when the answer to a query of them may change, with an event or
    without, and not when only the log grows.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "organization"))
    name = fields.CharField(max_length=100)
    position = fields.BigIntField(default=0)
    revision = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()

    class Meta:
        table = "organizations"

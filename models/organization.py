"""Organizations: whose integrations, credentials, tokens and events are kept apart."""

from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id


class Organization(Model):
    """A tenant. `position` is its log's last position, and so the version of all its data."""

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "organization"))
    name = fields.CharField(max_length=100)
    position = fields.BigIntField(default=0)
    created_at = fields.DatetimeField()

    class Meta:
        """Tortoise's options."""

        table = "organizations"

"""Access at Stripe that was granted and that no credential uses, until it has ended there."""

from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.credential import Destination, StripeAuthFlow
from models.identifiers import new_id
from models.organization import Organization


class Withdrawal(Model):
    """An account to disconnect from a platform, or to uninstall the app from.

    `attempts` counts those that began; the next one begins when it is due.

    `claimed_until` is set while an attempt is made: it ends by then, or its process has died.
    The sealed token tells whether the access has ended. It is deleted with the row.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "withdrawal"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    account_id = fields.CharField(max_length=255)
    destination = fields.CharEnumField(Destination, max_length=32)
    flow = fields.CharEnumField(StripeAuthFlow, max_length=32, default=StripeAuthFlow.CONNECT)
    sealed_token: str | None = fields.TextField(null=True)
    attempts = fields.IntField()
    due_at = fields.DatetimeField()
    claimed_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "withdrawals"

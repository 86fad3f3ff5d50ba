"""Attempts to connect a Stripe account with OAuth, one for each redirect to Stripe."""

from enum import StrEnum
from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.credential import Destination, StripeAuthFlow
from models.identifiers import new_id
from models.organization import Organization


class StripeAuthStatus(StrEnum):
    """The state of an attempt. Only a pending one can be claimed, and its claimant exchanges the code."""

    PENDING = "PENDING"
    CLAIMED = "CLAIMED"
    CONNECTED = "CONNECTED"
    DENIED = "DENIED"
    REJECTED = "REJECTED"
    MODE_MISMATCH = "MODE_MISMATCH"
    OTHER_ACCOUNT = "OTHER_ACCOUNT"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


class StripeAuth(Model):
    """An attempt, looked up by the hash of its state. It outlives its credential, to report why it failed.

    `code_hash` is set once Stripe has sent the user back with a code. No other attempt can have the same one.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "auth"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    credential_id = fields.CharField(max_length=64)
    viewer_id = fields.CharField(max_length=255)
    state_hash = fields.CharField(max_length=64)
    code_hash = fields.CharField(max_length=64, null=True)
    destination = fields.CharEnumField(Destination, max_length=32)
    flow = fields.CharEnumField(StripeAuthFlow, max_length=32, default=StripeAuthFlow.CONNECT)
    return_url = fields.TextField()
    status = fields.CharEnumField(StripeAuthStatus, max_length=32, default=StripeAuthStatus.PENDING)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "stripe_auths"

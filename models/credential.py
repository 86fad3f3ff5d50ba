"""Credentials: what Stripe is called with, sealed."""

from enum import StrEnum
from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id
from models.organization import Organization


class Destination(StrEnum):
    """Stripe's two modes, as the places that one can connect to."""

    STRIPE = "STRIPE"
    STRIPE_TEST_MODE = "STRIPE_TEST_MODE"

    @property
    def livemode(self) -> bool:
        """Whether real money moves there."""
        return self is Destination.STRIPE


class AuthenticationMethod(StrEnum):
    """How a credential came to be."""

    SECRET_KEY = "SECRET_KEY"
    OAUTH = "OAUTH"


class CredentialStatus(StrEnum):
    """Whether Stripe accepts a credential, as far as is known."""

    INCOMPLETE = "INCOMPLETE"
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class CredentialProblem(StrEnum):
    """Why a credential is disconnected."""

    KEY_REJECTED = "KEY_REJECTED"
    KEY_EXPIRED = "KEY_EXPIRED"
    PERMISSION_LOST = "PERMISSION_LOST"
    DEAUTHORIZED = "DEAUTHORIZED"
    REFRESH_FAILED = "REFRESH_FAILED"
    UNREADABLE = "UNREADABLE"


class Credential(Model):
    """A secret, sealed by the vault and bound to this row, and what Stripe told of its account.

    `connected_at` is when it was last connected by OAuth.
    `account_known` is False where the account is an earlier key's, and Stripe has not told the present one's.
    `expires_at` is set while it is incomplete, `expiry_warned` once the log has told that this comes near.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "credential"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    name = fields.CharField(max_length=100)
    name_key = fields.TextField()
    destination = fields.CharEnumField(Destination, max_length=32)
    method = fields.CharEnumField(AuthenticationMethod, max_length=32)
    status = fields.CharEnumField(CredentialStatus, max_length=32)
    # Tortoise's stub of this field does not know of null.
    problem: fields.Field[CredentialProblem | None] = fields.CharEnumField(  # type: ignore[assignment]
        CredentialProblem, max_length=32, null=True
    )
    sealed_secret: str | None = fields.TextField(null=True)
    masked_secret = fields.CharField(max_length=64, null=True)
    account_id = fields.CharField(max_length=255, null=True)
    account_name: str | None = fields.TextField(null=True)
    account_country = fields.CharField(max_length=8, null=True)
    account_currency = fields.CharField(max_length=8, null=True)
    account_known = fields.BooleanField(default=True)
    expires_at = fields.DatetimeField(null=True)
    expiry_warned = fields.BooleanField(default=False)
    connected_at = fields.DatetimeField(null=True)
    verified_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        """Tortoise's options."""

        table = "credentials"

    @property
    def shown_account_id(self) -> str | None:
        """The account's id, if Stripe has told it for the present secret."""
        return self.account_id if self.account_known else None

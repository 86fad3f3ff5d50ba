"""Credentials: sealed secrets for calling Stripe."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

import orjson
from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id
from models.organization import Organization


class Destination(StrEnum):
    """Stripe's live mode and test mode, as destinations to connect to."""

    STRIPE = "STRIPE"
    STRIPE_TEST_MODE = "STRIPE_TEST_MODE"

    @property
    def livemode(self) -> bool:
        """Stripe's term for the mode that moves real money."""
        return self is Destination.STRIPE

    @property
    def mode(self) -> str:
        """The name of the mode in logs and metrics."""
        return "live" if self.livemode else "test"


class AuthenticationMethod(StrEnum):
    """The way in which a credential was created."""

    SECRET_KEY = "SECRET_KEY"
    OAUTH = "OAUTH"


class StripeAuthFlow(StrEnum):
    """The ways of OAuth at Stripe. Connect's tokens do not end; a Stripe App's last an hour and are refreshed."""

    STRIPE_APP = "STRIPE_APP"
    CONNECT = "CONNECT"


class SecretKeyKind(StrEnum):
    """Stripe's kinds of secret keys."""

    SECRET = "SECRET"
    RESTRICTED = "RESTRICTED"


class KeyPermissionStatus(StrEnum):
    """Whether a key has a permission, as far as Stripe showed it."""

    GRANTED = "GRANTED"
    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"


KeyPermissions = Mapping[str, KeyPermissionStatus]


class CredentialStatus(StrEnum):
    """The last known state of a credential at Stripe."""

    INCOMPLETE = "INCOMPLETE"
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class CredentialProblem(StrEnum):
    """The reason why a credential is disconnected."""

    KEY_REJECTED = "KEY_REJECTED"
    KEY_EXPIRED = "KEY_EXPIRED"
    PERMISSION_LOST = "PERMISSION_LOST"
    DEAUTHORIZED = "DEAUTHORIZED"
    REFRESH_FAILED = "REFRESH_FAILED"
    UNREADABLE = "UNREADABLE"


class CredentialHealthState(StrEnum):
    """The evidence that checks with Stripe give for a credential's status."""

    HEALTHY = "HEALTHY"
    FAILING = "FAILING"
    UNKNOWN = "UNKNOWN"


# A key with one of these works again if its owner restores it at Stripe. Migration 0013 has them in an index.
RECOVERABLE_PROBLEMS = (
    CredentialProblem.KEY_REJECTED,
    CredentialProblem.KEY_EXPIRED,
    CredentialProblem.PERMISSION_LOST,
)


class Credential(Model):
    """A secret, sealed by the vault and bound to this row, and the details of its Stripe account.

    `secret_version` counts the secrets: it moves whenever another one takes the place of the secret.
    `sealed_previous_secret` is the key that the secret replaced, with its account and destination. It is erased after
    `previous_secret_until`.
    `permissions` are those of a key at its last check, as JSON.
    `flow` is the way of OAuth, None for keys. Only a Stripe App's token has an end, `access_expires_at`, and a refresh
    token. While `refresh_claimed_until` moves, one process refreshes it; if it stays, that process has died.
    Before `refresh_paused_until` none does, because Stripe failed.
    `account_known` is False if the account belongs to an earlier key and the current key's account is unknown.
    `expires_at` is set while the credential is incomplete. `expiry_warned` is True once the log has warned of it.
    `checked_at` is the time of the last check with Stripe, `verified_at` that of the last one that Stripe confirmed.
    `failing_since`: Stripe cannot be asked since then. `refused_at`: since then Stripe has refused the secret.
    The column `claimed_until` is not a field, because saving a row would end a claim that began since it was read.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "credential"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    name = fields.CharField(max_length=100)
    name_key = fields.TextField()
    destination = fields.CharEnumField(Destination, max_length=32)
    method = fields.CharEnumField(AuthenticationMethod, max_length=32)
    # Tortoise's stub of this field does not know of null.
    flow: fields.Field[StripeAuthFlow | None] = fields.CharEnumField(  # type: ignore[assignment]
        StripeAuthFlow, max_length=32, null=True
    )
    status = fields.CharEnumField(CredentialStatus, max_length=32)
    problem: fields.Field[CredentialProblem | None] = fields.CharEnumField(  # type: ignore[assignment]
        CredentialProblem, max_length=32, null=True
    )
    sealed_secret: str | None = fields.TextField(null=True)
    granted_scope: str | None = fields.TextField(null=True)
    sealed_refresh_token: str | None = fields.TextField(null=True)
    access_expires_at = fields.DatetimeField(null=True)
    refresh_claimed_until = fields.DatetimeField(null=True)
    refresh_paused_until = fields.DatetimeField(null=True)
    masked_secret = fields.CharField(max_length=64, null=True)
    permissions: str | None = fields.TextField(null=True)
    secret_version = fields.IntField(default=1)
    sealed_previous_secret: str | None = fields.TextField(null=True)
    previous_account_id = fields.CharField(max_length=255, null=True)
    previous_destination: fields.Field[Destination | None] = fields.CharEnumField(  # type: ignore[assignment]
        Destination, max_length=32, null=True
    )
    previous_secret_until = fields.DatetimeField(null=True)
    account_id = fields.CharField(max_length=255, null=True)
    account_name: str | None = fields.TextField(null=True)
    account_country = fields.CharField(max_length=8, null=True)
    account_currency = fields.CharField(max_length=8, null=True)
    account_known = fields.BooleanField(default=True)
    expires_at = fields.DatetimeField(null=True)
    expiry_warned = fields.BooleanField(default=False)
    verified_at = fields.DatetimeField(null=True)
    checked_at = fields.DatetimeField(null=True)
    failing_since = fields.DatetimeField(null=True)
    refused_at = fields.DatetimeField(null=True)
    next_check_at = fields.DatetimeField(default=datetime.fromtimestamp(0, UTC))
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "credentials"

    @property
    def secret_key_kind(self) -> SecretKeyKind | None:
        """The kind of the secret key, by its prefix; None for OAuth."""
        if self.masked_secret is None:
            return None
        return SecretKeyKind.RESTRICTED if self.masked_secret.startswith("rk") else SecretKeyKind.SECRET

    @property
    def key_permissions(self) -> KeyPermissions:
        """The permissions of the secret key at its last check, in the order of the setting then."""
        stored = orjson.loads(self.permissions or "{}")
        return {name: KeyPermissionStatus(status) for name, status in stored.items()}

    @key_permissions.setter
    def key_permissions(self, permissions: KeyPermissions) -> None:
        self.permissions = orjson.dumps(permissions).decode()

    @property
    def is_checkable(self) -> bool:
        """Whether Stripe is asked about it again: it works, or may work again."""
        return self.status is CredentialStatus.CONNECTED or self.problem in RECOVERABLE_PROBLEMS

    @property
    def unconfirmed_since(self) -> datetime | None:
        """Since when the status stands without evidence: Stripe cannot be asked, or has refused the secret once."""
        if not self.is_checkable:
            return None
        refused_once = self.refused_at if self.status is CredentialStatus.CONNECTED else None
        return self.failing_since or refused_once

    @property
    def health_state(self) -> CredentialHealthState:
        if self.unconfirmed_since is not None:
            return CredentialHealthState.FAILING
        works = self.status is CredentialStatus.CONNECTED and self.verified_at is not None
        return CredentialHealthState.HEALTHY if works else CredentialHealthState.UNKNOWN

    @property
    def shown_account_id(self) -> str | None:
        """The account's id, if it is known to belong to the current secret."""
        return self.account_id if self.account_known else None

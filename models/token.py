"""API tokens and their scopes."""

from datetime import datetime
from enum import StrEnum
from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.identifiers import new_id
from models.organization import Organization


class Scope(StrEnum):
    """The permissions of a viewer."""

    READ = "READ"
    CONFIGURE = "CONFIGURE"
    REVEAL_SECRETS = "REVEAL_SECRETS"
    MANAGE_TOKENS = "MANAGE_TOKENS"


class TokenStatus(StrEnum):
    """Whether a token is accepted, or why not. A token that was revoked and has expired counts as revoked."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class ApiToken(Model):
    """A bearer token, stored as a hash. `scopes` holds the names of its scopes.

    A token ends once: it is revoked, or it expires. `ended_at` is set with the event that records the end, and frees
    the name. The clock decides before that, because the expiry daemon may run late.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "token"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    name = fields.CharField(max_length=100)
    name_key = fields.TextField()
    scopes: list[str] = fields.JSONField()
    token_hash = fields.CharField(max_length=64)
    masked_token = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_tokens"

    def status_at(self, now: datetime) -> TokenStatus:
        if self.revoked_at is not None:
            return TokenStatus.REVOKED
        return TokenStatus.EXPIRED if self.expires_at is not None and self.expires_at <= now else TokenStatus.ACTIVE

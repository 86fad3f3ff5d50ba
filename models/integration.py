"""Integrations: named uses of a credential that can be switched on and off."""

from enum import StrEnum
from functools import partial

from tortoise import fields
from tortoise.models import Model

from models.credential import Credential, CredentialStatus, Destination
from models.identifiers import new_id
from models.organization import Organization


class Provider(StrEnum):
    """The external systems that can be integrated."""

    STRIPE = "STRIPE"


class IntegrationStatus(StrEnum):
    """A status derived from the switch and the credential's status."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"


class Integration(Model):
    """A named use of a credential. Load it with its credential, because `status` needs both.

    `status_copy`, `destination_copy` and `key_ending_copy` are copies for filtering lists; database triggers maintain
    them.
    """

    id = fields.CharField(primary_key=True, max_length=64, default=partial(new_id, "integration"))
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField("models.Organization")
    organization_id: str
    credential: fields.ForeignKeyRelation[Credential] = fields.ForeignKeyField(
        "models.Credential", on_delete=fields.RESTRICT
    )
    credential_id: str
    provider = fields.CharEnumField(Provider, max_length=32)
    name = fields.CharField(max_length=100)
    name_key = fields.TextField()
    active = fields.BooleanField()
    # Tortoise's stub of this field does not know of null.
    status_copy: fields.Field[IntegrationStatus | None] = fields.CharEnumField(  # type: ignore[assignment]
        IntegrationStatus, max_length=32, null=True
    )
    destination_copy: fields.Field[Destination | None] = fields.CharEnumField(  # type: ignore[assignment]
        Destination, max_length=32, null=True
    )
    key_ending_copy = fields.CharField(max_length=4, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    version = fields.IntField(default=1)

    class Meta:
        table = "integrations"

    @property
    def status(self) -> IntegrationStatus:
        return self.status_with(self.credential.status)

    def status_with(self, credential_status: CredentialStatus) -> IntegrationStatus:
        """Derives the status from a credential status, which may be a past one."""
        if not self.active:
            return IntegrationStatus.INACTIVE
        connected = credential_status is CredentialStatus.CONNECTED
        return IntegrationStatus.ACTIVE if connected else IntegrationStatus.NEEDS_ATTENTION

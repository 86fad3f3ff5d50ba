"""A token or user that has revealed a credential's secret."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema.types.actor import Actor


@strawberry.type(description="A token or user that has revealed a secret of the credential, as its last reveal shows.")
class CredentialConsumer:
    actor: Actor = strawberry.field(description="The token or user. Services that share a token are one.")
    secret_version: int = strawberry.field(description="The number of the secret that it last revealed.")
    last_revealed_at: datetime = strawberry.field(description="When it last revealed a secret of the credential.")
    is_current: bool = strawberry.field(description="Whether the credential's secret still has that number.")

    @classmethod
    def of(cls, row: models.Event, current: int) -> Self:
        assert row.secret_version is not None  # noqa: S101 - set with each reveal
        return cls(
            actor=Actor.of(row),
            secret_version=row.secret_version,
            last_revealed_at=row.occurred_at,
            is_current=row.secret_version == current,
        )

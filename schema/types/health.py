"""The type of a credential's health."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema import enums
from schema.execution.cacheable import NOT_CACHEABLE
from schema.execution.context import Info


@strawberry.type(description="The evidence that checks with Stripe give for a credential's status.")
class CredentialHealth:
    scheduled_at: strawberry.Private[datetime | None]
    state: enums.CredentialHealthState = strawberry.field(description="Whether the checks confirm the status.")
    checked_at: datetime | None = strawberry.field(
        description="When the last check began, whether or not Stripe could be asked. Null before the first one.",
        metadata=NOT_CACHEABLE,
    )
    succeeded_at: datetime | None = strawberry.field(
        description="When Stripe last accepted the credential.", metadata=NOT_CACHEABLE
    )
    failing_since: datetime | None = strawberry.field(
        description="Since when checks do not confirm the status; null if the last one did."
    )

    @strawberry.field(
        description="When the next check is due. A time in the past: as soon as the pace of all checks allows. Null if "
        "the credential is not checked by itself.",
        metadata=NOT_CACHEABLE,
    )
    def next_check_at(self, info: Info) -> datetime | None:
        return self.scheduled_at if info.context.services.checks.interval else None

    @classmethod
    def of(cls, row: models.Credential) -> Self:
        return cls(
            scheduled_at=row.next_check_at if row.is_checkable else None,
            state=row.health_state,
            checked_at=row.checked_at,
            succeeded_at=row.verified_at,
            failing_since=row.unconfirmed_since,
        )

"""The author of an event."""

from typing import Self

import strawberry

import models
from schema import enums


@strawberry.type(description="The token, user or system behind a change.")
class Actor:
    kind: enums.ActorKind = strawberry.field(description="The kind of actor.")
    id: strawberry.ID | None = strawberry.field(
        description="The token's id, or the user's subject at the identity provider, which stay the same when names "
        "change. Null for Stripe and the system, and if an older event does not show it."
    )
    name: str = strawberry.field(description="The name at the time of the event.")

    @classmethod
    def of(cls, row: models.Event) -> Self:
        return cls(kind=row.actor_kind, id=strawberry.ID(row.actor_id) if row.actor_id else None, name=row.actor)

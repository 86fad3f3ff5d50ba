"""The interfaces that types share."""

import strawberry


@strawberry.interface(description="Anything that can be looked up again by its id.")
class Node:
    """Has an id."""

    id: strawberry.ID = strawberry.field(
        description="Identifies it for good. Opaque: its form may change, an id given once stays valid."
    )


@strawberry.interface(description="What a mutation answers when it has done what it was asked.")
class Success:
    """Carries a sentence for people."""

    message: str = strawberry.field(
        description="A sentence that can be shown to a person: 'Integration “Billing” has been added.'"
    )


@strawberry.interface(description="What a mutation answers when it has changed nothing, for a reason to act on.")
class Error:
    """Carries a sentence for people."""

    message: str = strawberry.field(description="A sentence that can be shown to a person. Never holds a secret.")

"""The interfaces of the schema."""

import strawberry


@strawberry.interface(description="An object that can be fetched by its id.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="A permanent, opaque identifier. The format of new ids may change; existing ids stay valid."
    )


@strawberry.interface(description="The result of a successful mutation.")
class Success:
    message: str = strawberry.field(description="A message for users, such as 'Integration “Billing” has been added.'")


@strawberry.interface(description="An error that the client can act on. The mutation has changed nothing.")
class Error:
    message: str = strawberry.field(description="A message for users. Never contains a secret.")

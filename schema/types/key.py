"""The permissions of secret keys."""

from typing import Self

import strawberry

import models
from resolvers.credentials.permissions import label_of
from schema import enums


@strawberry.type(description="A permission of a secret key at Stripe.")
class KeyPermission:
    name: str = strawberry.field(description="Stripe's name of the permission without rak_, such as customer_read.")
    label: str = strawberry.field(description="The permission in words, such as 'Customers Read'.")
    status: enums.KeyPermissionStatus = strawberry.field(description="Whether the key has the permission.")

    @classmethod
    def list_of(cls, permissions: models.KeyPermissions) -> list[Self]:
        return [cls(name=name, label=label_of(name), status=status) for name, status in permissions.items()]

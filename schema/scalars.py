"""The scalars that GraphQL itself lacks."""

from collections.abc import Callable
from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode
from strawberry.types.scalar import ScalarDefinition

from kit.secret import Secret
from schema.execution.client_errors import ClientError


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_instant(value: object) -> datetime:
    message = "DateTime must be an ISO 8601 timestamp with a UTC offset, such as 2026-11-21T18:45:00.000Z."
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
        if instant is None or instant.tzinfo is None:
            raise ClientError(message)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ClientError(message) from None


def _read_secret(value: object) -> Secret:
    if not isinstance(value, str):
        raise ClientError("Secret must be a string.")
    return Secret(value)


def _write_secret(_: object) -> str:
    raise GraphQLError("Secrets are never returned.")


def _literal(read: Callable[[object], object]) -> Callable[..., object]:
    """Accepts string literals only: by default, enum names and the digits of numbers would be read as strings too."""

    def read_literal(node: ValueNode, _variables: object = None) -> object:
        return read(node.value if isinstance(node, StringValueNode) else None)

    return read_literal


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="A timestamp in UTC, in ISO 8601 with milliseconds, such as 2026-11-21T18:45:00.000Z.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    serialize=_write_instant,
    parse_value=_read_instant,
    parse_literal=_literal(_read_instant),
)
SECRET: ScalarDefinition = strawberry.scalar(
    name="Secret",
    description="A secret string. Input only: it never appears in responses, logs or errors.",
    serialize=_write_secret,
    parse_value=_read_secret,
    parse_literal=_literal(_read_secret),
)

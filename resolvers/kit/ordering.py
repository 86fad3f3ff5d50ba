"""The orders of lists of integrations, credentials, tokens and webhook endpoints."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from models import ApiToken, Credential, Integration, WebhookEndpoint
from resolvers.kit.cursors import decode_cursor, encode_cursor
from resolvers.kit.paging import Place
from resolvers.refusals import InvalidCursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OrderField(StrEnum):
    """The fields that lists can be ordered by. An integration's status is read from its copy."""

    CREATED_AT = "CREATED_AT"
    NAME = "NAME"
    STATUS = "STATUS"
    STATUS_COPY = "STATUS_COPY"
    UPDATED_AT = "UPDATED_AT"


class OrderDirection(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


_COLUMNS = {
    OrderField.CREATED_AT: ("id",),
    OrderField.NAME: ("name_key", "id"),
    OrderField.STATUS: ("status", "id"),
    OrderField.STATUS_COPY: ("status_copy", "id"),
    OrderField.UPDATED_AT: ("updated_at", "id"),
}


@dataclass(frozen=True, slots=True)
class NounOrder:
    """The order by a field, then by id. By creation, the id is enough: ids sort by the time of their creation."""

    field: OrderField = OrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to order by."""
        return _COLUMNS[self.field]

    @property
    def descending(self) -> bool:
        """Whether the greatest row comes first."""
        return self.direction is OrderDirection.DESC

    def encode(self, row: Integration | Credential | ApiToken | WebhookEndpoint) -> str:
        """The cursor of a row's place."""
        values = (getattr(row, column) for column in self.columns)
        return encode_cursor([self.field, *(_microseconds(v) if isinstance(v, datetime) else v for v in values)])

    def decode(self, cursor: str) -> Place:
        """The columns' values at a cursor; raises InvalidCursor."""
        if self.field is OrderField.UPDATED_AT:
            _, microseconds, id_ = decode_cursor(cursor, (self.field.value, int, str))
            return _time(int(microseconds)), id_
        shape: list[str | type] = [self.field.value, *(str for _ in self.columns)]
        return tuple(decode_cursor(cursor, tuple(shape))[1:])


def _microseconds(time: datetime) -> int:
    """A time as a number: both databases store microseconds, which a text with milliseconds would lose."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def _time(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise InvalidCursor("This cursor is malformed.") from None

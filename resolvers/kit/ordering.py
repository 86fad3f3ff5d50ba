"""The orders of lists of integrations, credentials and tokens."""

from dataclasses import dataclass
from enum import StrEnum

from models import ApiToken, Credential, Integration
from resolvers.kit.cursors import decode_cursor, encode_cursor


class OrderField(StrEnum):
    """The fields that lists can be ordered by."""

    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


class OrderDirection(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


_COLUMNS = {OrderField.CREATED_AT: ("id",), OrderField.NAME: ("name_key", "id")}


@dataclass(frozen=True, slots=True)
class NounOrder:
    """Order by name or by creation, for which the id is enough: ids sort by the time of their creation."""

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

    def encode(self, row: Integration | Credential | ApiToken) -> str:
        """The cursor of a row's place."""
        return encode_cursor([self.field, *(getattr(row, column) for column in self.columns)])

    def decode(self, cursor: str) -> tuple[str | int, ...]:
        """The columns' values at a cursor; raises InvalidCursor."""
        shape = (self.field.value, *(str for _ in self.columns))
        return tuple(decode_cursor(cursor, shape)[1:])

"""The orders that integrations, credentials and tokens are listed in."""

from dataclasses import dataclass
from enum import StrEnum

from models import ApiToken, Credential, Integration
from resolvers.kit.cursors import decode_cursor, encode_cursor


class OrderField(StrEnum):
    """What a list can be ordered by."""

    CREATED_AT = "CREATED_AT"
    NAME = "NAME"


class OrderDirection(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


_COLUMNS = {OrderField.CREATED_AT: ("id",), OrderField.NAME: ("name_key", "id")}


@dataclass(frozen=True, slots=True)
class NounOrder:
    """By name or by creation. Ids sort by the time they were made, so creation is the id alone."""

    field: OrderField = OrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to order by."""
        return _COLUMNS[self.field]

    @property
    def descending(self) -> bool:
        """Whether the last in the alphabet, or the newest, comes first."""
        return self.direction is OrderDirection.DESC

    def encode(self, row: Integration | Credential | ApiToken) -> str:
        """The cursor of a row's place."""
        return encode_cursor([self.field, *(getattr(row, column) for column in self.columns)])

    def decode(self, cursor: str) -> tuple[str | int, ...]:
        """The columns' values at a cursor; raises InvalidCursor."""
        shape = (self.field.value, *(str for _ in self.columns))
        return tuple(decode_cursor(cursor, shape)[1:])

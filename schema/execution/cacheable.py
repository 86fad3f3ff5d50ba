"""Determines how long the response to a document may be cached.

A response stands until its organization's revision moves. A field that shows the log, which also grows without a change
of rows, is declared with `metadata=SELECTS_LOG`: a response with it stands until either moves. A field whose value
depends on the viewer, or changes while neither moves, is declared with `metadata=NOT_CACHEABLE`.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, visit


class Lifetime(IntEnum):
    """How long a response stands, shortest first."""

    NONE = 0
    LOG_AND_ROWS = 1
    ROWS = 2


NOT_CACHEABLE: Mapping[Any, Any] = {"lifetime": Lifetime.NONE}
SELECTS_LOG: Mapping[Any, Any] = {"lifetime": Lifetime.LOG_AND_ROWS}


def lifetime_of(schema: GraphQLSchema, document: DocumentNode) -> Lifetime:
    """The shortest lifetime of the fields that a valid document selects."""
    types = TypeInfo(schema)
    fields = _Fields(types)
    visit(document, TypeInfoVisitor(types, fields))
    return fields.lifetime


class _Fields(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.lifetime = Lifetime.ROWS

    def enter_field(self, _: FieldNode, *__: object) -> None:
        field = self._types.get_field_def()
        definition = field.extensions.get("strawberry-definition") if field else None
        if definition is not None:
            self.lifetime = min(self.lifetime, definition.metadata.get("lifetime", Lifetime.ROWS))

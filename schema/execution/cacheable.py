"""Determines whether the response to a document may be cached.

A cached response stays valid until its organization's log grows. A field whose value depends on the viewer, or changes
without an event, is declared with `metadata=NOT_CACHEABLE`.
"""

from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, visit

NOT_CACHEABLE: Mapping[Any, Any] = {"cacheable": False}


def is_cacheable(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether every field that a valid document selects is cacheable."""
    types = TypeInfo(schema)
    fields = _Fields(types)
    visit(document, TypeInfoVisitor(types, fields))
    return fields.cacheable


class _Fields(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.cacheable = True

    def enter_field(self, _: FieldNode, *__: object) -> None:
        field = self._types.get_field_def()
        definition = field.extensions.get("strawberry-definition") if field else None
        if definition is not None and definition.metadata.get("cacheable") is False:
            self.cacheable = False

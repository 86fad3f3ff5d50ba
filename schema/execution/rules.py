"""A validation rule that graphql-core lacks."""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    ValidationContext,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from graphql import ValidationRule as Rule

from schema.execution.client_errors import ClientError


def _is_connection(type_: object) -> bool:
    """By Relay's naming rule."""
    return isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection")


class NoListBeneathItself(Rule):
    """Rejects a list that is selected within itself: integrations of credentials of integrations of ….

    Such a selection adds no information, and each level multiplies the response. Introspection is exempt. Each field
    and each fragment is visited once, however often it is spread.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        # For each open field or fragment: the lists within it, by coordinate ("Type.field") or spread ("...Name").
        self._open: list[set[str]] = []
        self._lists: list[tuple[str, FieldNode, set[str]]] = []
        self._fragments: dict[str, set[str]] = {}

    def enter_field(self, *_: Any) -> None:
        self._open.append(set())

    def leave_field(self, node: FieldNode, *_: Any) -> None:
        """Adds the field's lists to the enclosing field's."""
        beneath = self._open.pop()
        coordinate = f"{self.context.get_parent_type()}.{node.name.value}"
        if self._is_list() and not coordinate.startswith("__"):
            self._lists.append((coordinate, node, beneath))
            beneath = beneath | {coordinate}
        if self._open:
            self._open[-1] |= beneath

    def _is_list(self) -> bool:
        """Whether the field is a list. Of a connection, the field itself is one, and the lists within are not."""
        if _is_connection(self.context.get_parent_type()):
            return False
        type_ = self.context.get_type()
        return is_list_type(get_nullable_type(type_)) or _is_connection(get_named_type(type_))

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        if self._open:
            self._open[-1].add(f"...{node.name.value}")

    def enter_fragment_definition(self, *_: Any) -> None:
        self._open.append(set())

    def leave_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self._fragments[f"...{node.name.value}"] = self._open.pop()

    def leave_document(self, _: DocumentNode, *__: Any) -> None:
        """Reports the lists that contain themselves, directly or through fragments."""
        for coordinate, node, beneath in self._lists:
            if coordinate in self._reached(beneath):
                self.report_error(ClientError(f"The list {coordinate} is selected within itself.", node))

    def _reached(self, beneath: set[str]) -> set[str]:
        """The given lists, and those of the fragments spread among them."""
        reached, waiting = set[str](), set(beneath)
        while waiting:
            reached |= waiting
            waiting = set[str]().union(*(self._fragments.get(name, set()) for name in waiting)) - reached
        return reached

"""The cost of an operation: the highest number of fields that it can resolve, and its counts and searches."""

from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from resolvers.kit.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from schema.execution.fragments import fragments_of
from schema.execution.weights import most_items, weight_of, weight_of_argument

# The assumed length of a list without pages, and of one in introspection. The list of all types has its real length.
_LIST = 10
_DIGITS = 9
_INTROSPECTION_LIST = 3
# Nested fragments multiply: an unbounded cost could exceed the numbers of JSON.
_MOST = 10**9


class _Cost(NamedTuple):
    """The cost of a selection: a fixed part, and a part for each row of the page that contains it."""

    own: int
    per_row: int = 0

    def on_page(self, rows: int) -> int:
        return self.own + self.per_row * rows


def cost_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: dict[str, Any] | None
) -> int:
    """The cost of an operation of a valid document, at most a billion.

    Each field costs 1, or more if `weights` says so, multiplied by the lengths of the lists that contain it. The length
    of a page is its first or last argument, from a literal, a variable or a default. A list of objects by ids is as
    long as the list of ids, one with a declared `length` as that argument says; any other list counts as 10. @skip and
    @include are ignored. The fields beneath __schema and __type are not counted: see `introspection_cost_of`.
    """
    return min(_Costs(schema, document, operation, variables or {}).of_operation(), _MOST)


def introspection_cost_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> int:
    """The number of fields that the introspection in an operation of a valid document can return, at most a billion."""
    costs = _Costs(schema, document, operation, {})
    costs.of_operation()
    return min(costs.introspection, _MOST)


class _Costs:
    """Visits each fragment once, however often it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments_of(document)
        self._spread: dict[str, _Cost] = {}
        self.introspection = 0  # counted once even if its fragment is spread twice: its fields then merge
        defaults = {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
        self._variables: dict[str, Any] = {name: value for name, value in defaults.items() if value} | variables

    def of_operation(self) -> int:
        root = self._schema.get_root_type(self._operation.operation)
        return self._of(self._operation.selection_set, root).own

    def _of(self, selection_set: SelectionSetNode, parent: Any) -> _Cost:  # noqa: ANN401 - any composite type
        own = per_row = 0
        for node in selection_set.selections:
            cost = self._of_selection(node, parent)
            own, per_row = own + cost.own, per_row + cost.per_row
        return _Cost(own, per_row)

    def _of_selection(self, node: SelectionNode, parent: Any) -> _Cost:  # noqa: ANN401 - any composite type
        if isinstance(node, FieldNode):
            return self._of_field(node, parent)
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(self._fragments[node.name.value])
        assert isinstance(node, InlineFragmentNode)  # noqa: S101 - the only other kind of selection
        condition = node.type_condition
        return self._of(node.selection_set, self._schema.type_map[condition.name.value] if condition else parent)

    def _of_fragment(self, node: FragmentDefinitionNode) -> _Cost:
        name = node.name.value
        if name not in self._spread:
            self._spread[name] = self._of(node.selection_set, self._schema.type_map[node.type_condition.name.value])
        return self._spread[name]

    def _of_field(self, node: FieldNode, parent: Any) -> _Cost:  # noqa: ANN401 - any composite type
        field = self._schema.get_field(parent, node.name.value)
        if field is None:
            return _Cost(1)
        own = weight_of(field, 1) + self._of_arguments(node, field)
        if node.selection_set is None:
            return _Cost(own)
        inside = self._of(node.selection_set, get_named_type(field.type))
        if node.name.value in {"__schema", "__type"}:
            self.introspection += inside.on_page(_LIST)
            return _Cost(own)
        if not is_list_type(get_nullable_type(field.type)):
            return _Cost(own + inside.on_page(self._rows(node, field)))
        if parent.name.endswith("Connection"):  # by Relay's naming rule, this list is the page
            return _Cost(own, inside.on_page(_LIST))
        return _Cost(own + self._length(parent.name, node, field) * inside.on_page(_LIST))

    def _of_arguments(self, node: FieldNode, field: GraphQLField) -> int:
        given = [(field.args.get(argument.name.value), argument.value) for argument in node.arguments or ()]
        return sum(weight_of_argument(argument, value, self._variables) for argument, value in given if argument)

    def _length(self, parent: str, node: FieldNode, field: GraphQLField) -> int:
        """The length of a list that an argument decides, or the assumed length of another list in this type."""
        if parent == "__Schema":
            return len(self._schema.type_map)
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name, argument in field.args.items():
            if most := most_items(argument):
                size = self._size(given[name], most) if name in given else None
                return int(argument.default_value) if size is None else size
        if "ids" in given:
            return self._items(given["ids"])
        return _INTROSPECTION_LIST if parent.startswith("__") else _LIST

    def _items(self, value: ValueNode) -> int:
        """The number of items of an argument. More than will be accepted count as the maximum."""
        given = self._variables.get(value.name.value) if isinstance(value, VariableNode) else value
        items = given.values if isinstance(given, ListValueNode) else given if isinstance(given, list) else (given,)
        return min(len(items), MAX_PAGE_SIZE)

    def _rows(self, node: FieldNode, field: GraphQLField) -> int:
        """The requested number of rows of a page."""
        if "first" not in field.args:
            return _LIST
        arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [self._size(arguments[name]) for name in ("first", "last") if name in arguments]
        return max((size for size in sizes if size is not None), default=DEFAULT_PAGE_SIZE)

    def _size(self, value: ValueNode, most: int = MAX_PAGE_SIZE) -> int | None:
        """A size; None if omitted. One that will be refused later counts as the maximum."""
        size: Any = self._variables.get(value.name.value) if isinstance(value, VariableNode) else value
        size = _literal(size) if isinstance(size, ValueNode) else size
        if size is None:
            return None
        return size if type(size) is int and 1 <= size <= most else most


def _literal(value: ValueNode) -> int | None:
    """An integer literal; None for any other. One with too many digits counts as over any maximum."""
    if not isinstance(value, IntValueNode):
        return None
    return int(value.value) if len(value.value) <= _DIGITS else _MOST

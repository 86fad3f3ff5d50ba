"""Introspection: its bound, and what clients on older libraries can read of it."""

from graphql import OperationDefinitionNode, get_introspection_query, parse

from schema import schema
from schema.execution.cost import cost_of, introspection_cost_of
from schema.execution.introspection import max_introspection_cost

_SCHEMA = schema._schema  # noqa: SLF001
# https://spec.graphql.org/October2021/#DirectiveLocation: graphql-core 3.2 refuses an introspection with any other.
_OCTOBER_2021 = {
    *("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"),
    *("VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE"),
    *("UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION"),
}


def test_directives_have_only_locations_that_older_clients_know() -> None:
    locations = {location.name for directive in _SCHEMA.directives for location in directive.locations}
    assert "FIELD_DEFINITION" in locations
    assert locations <= _OCTOBER_2021


def test_introspection_costs_one_field_and_the_longest_query_of_tools_fits_twice() -> None:
    document = parse(get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True))
    (operation,) = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    assert cost_of(_SCHEMA, document, operation, None) == 1
    assert 2 * introspection_cost_of(_SCHEMA, document, operation) <= max_introspection_cost(_SCHEMA)

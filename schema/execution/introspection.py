"""Introspection (https://spec.graphql.org/October2021/#sec-Introspection): its bound, and the clients that can read it.

Introspection asks no database, so its fields do not count towards an operation's cost. They have a bound of their own,
which grows with the schema: the operator who lowers MAX_COST does not lock tools out.
"""

from functools import cache
from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLDirective,
    GraphQLSchema,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)

from schema.execution.cost import introspection_cost_of

# The longest query that tools send counts 1.
_MOST_QUERIES = 2
# graphql-core 3.2 refuses a whole introspection for this location, which graphql-core 3.3 gives to @deprecated.
_UNREADABLE = DirectiveLocation.DIRECTIVE_DEFINITION


@cache
def max_introspection_cost(schema: GraphQLSchema) -> int:
    """The most fields that the introspection of one operation may return: twice those of the longest query of tools."""
    query = parse(
        get_introspection_query(
            specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
        )
    )
    (operation,) = [node for node in query.definitions if isinstance(node, OperationDefinitionNode)]
    return _MOST_QUERIES * introspection_cost_of(schema, query, operation)


def readable(directive: GraphQLDirective) -> GraphQLDirective:
    """The directive, without a location that clients on graphql-core 3.2 do not know."""
    locations = [location for location in directive.locations if location is not _UNREADABLE]
    given: dict[str, Any] = {**directive.to_kwargs(), "locations": locations}
    return GraphQLDirective(**given)

"""The GraphQL schema: types, inputs, results and errors. Its fields are thin: unpack, call a use case, wrap."""

from schema.build import schema
from schema.execution.context import GraphQLContext
from schema.execution.limits import DocumentLimits

__all__ = ["DocumentLimits", "GraphQLContext", "schema"]

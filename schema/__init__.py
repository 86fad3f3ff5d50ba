"""What clients see: types, inputs, results and errors, with thin fields that unpack, call a use case and wrap."""

from schema.build import schema
from schema.execution.context import GraphQLContext
from schema.execution.limits import DocumentLimits

__all__ = ["DocumentLimits", "GraphQLContext", "schema"]

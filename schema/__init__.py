"""What clients see: types, inputs, results and errors, with thin fields that unpack, call a use case and wrap."""

from schema.build import schema
from schema.context import GraphQLContext
from schema.limits import DocumentLimits

__all__ = ["DocumentLimits", "GraphQLContext", "schema"]

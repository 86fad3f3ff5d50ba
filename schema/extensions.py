"""What Strawberry leaves out of the execution of an operation."""

from collections.abc import Iterator

from graphql import OperationDefinitionNode
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError


class OperationNotChosenError(CannotGetOperationTypeError):
    """A request does not say which of its operations to run."""

    def as_http_error_reason(self) -> str:
        """What the client is told."""
        return "This document has several operations: say which one by operationName."


class OperationChosen(SchemaExtension):
    """Refuses a document of several operations without an operationName, of which Strawberry would run the first.

    https://spec.graphql.org/October2021/#GetOperation()
    """

    def on_operation(self) -> Iterator[None]:
        """Refuses a request without a document in the same form as others."""
        if not self.execution_context.query:
            raise MissingQueryError
        yield

    def on_validate(self) -> Iterator[None]:
        """Runs once the document is parsed, before it is validated."""
        context = self.execution_context
        definitions = context.graphql_document.definitions if context.graphql_document else ()
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) > 1 and context._provided_operation_name is None:  # noqa: SLF001 - the public one is made up
            raise OperationNotChosenError(None)
        yield

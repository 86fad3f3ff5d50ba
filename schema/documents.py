"""What a document asks for, before it is executed."""

from functools import lru_cache

from graphql import GraphQLError, OperationDefinitionNode, OperationType, get_operation_ast, parse

from schema.build import MAX_TOKENS


def mutation_in(document: str, operation_name: str | None) -> OperationDefinitionNode | None:
    """The mutation that would be run, None if it is none or does not parse."""
    operation = _operation_in(document, operation_name)
    return operation if operation and operation.operation is OperationType.MUTATION else None


def is_subscription(document: str, operation_name: str | None) -> bool:
    """Whether a subscription would be run; not if the document does not parse."""
    operation = _operation_in(document, operation_name)
    return operation is not None and operation.operation is OperationType.SUBSCRIPTION


@lru_cache(maxsize=128)
def _operation_in(document: str, operation_name: str | None) -> OperationDefinitionNode | None:
    try:
        return get_operation_ast(parse(document, max_tokens=MAX_TOKENS), operation_name)
    except GraphQLError:
        return None

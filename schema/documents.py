"""What a document asks for, before it is executed."""

from functools import lru_cache

from graphql import GraphQLError, OperationDefinitionNode, OperationType, get_operation_ast, parse

from schema.build import MAX_TOKENS


@lru_cache(maxsize=128)
def mutation_in(document: str, operation_name: str | None) -> OperationDefinitionNode | None:
    """The mutation that would be run, None if it is none or does not parse."""
    try:
        operation = get_operation_ast(parse(document, max_tokens=MAX_TOKENS), operation_name)
    except GraphQLError:
        return None
    return operation if operation and operation.operation is OperationType.MUTATION else None

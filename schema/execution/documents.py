"""Documents, parsed and checked before anything is executed; the outcome is kept, for documents come again."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.execution.limits import MAX_CHARACTERS, MAX_ERRORS, MOST_TOKENS, DocumentLimits, limit_error
from schema.execution.rules import NoListBeneathItself
from schema.execution.shape import refusals, shape_of

_CACHED_DOCUMENTS = 128
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, NoListBeneathItself)
# How much this rule compares before it gives up: by default it takes a fifth of a second to get there. It is
# graphql-core's own knob, and a document has to select one field 140 times over to feel it.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document that parses, what is wrong with it, and whether it asks about the schema."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    introspects: bool

    def chosen(self, operation_name: str | None) -> OperationDefinitionNode:
        """The operation to run (https://spec.graphql.org/October2021/#GetOperation()); raises GraphQLError."""
        operations = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        if operation_name is None and len(operations) > 1:
            raise GraphQLError("This document has several operations: say which one by operationName.")
        for node in operations:
            if operation_name in (None, node.name.value if node.name else None):
                return node
        told = "The document has no operation."
        raise GraphQLError(told if operation_name is None else f'Unknown operation named "{operation_name}".')


@lru_cache(maxsize=_CACHED_DOCUMENTS)
def check(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> CheckedDocument:
    """A document, parsed and validated; raises GraphQLError if it is too long or does not parse.

    What counts is counted first: it is cheap, and keeps away what is dear to validate.
    """
    document = _parse(text, limits.tokens)
    shape = shape_of(document, limits.depth)
    errors = list(refusals(shape, limits)) or validate(
        schema, document, _RULES, max_errors=MAX_ERRORS - 1, hide_suggestions=not limits.suggestions
    )
    return CheckedDocument(document, tuple(errors), shape.introspects)


def mutation_in(document: str, operation_name: str | None) -> OperationDefinitionNode | None:
    """The mutation that would be run, None if it is none or does not parse."""
    operation = _operation_in(document, operation_name)
    return operation if operation and operation.operation is OperationType.MUTATION else None


def is_subscription(document: str, operation_name: str | None) -> bool:
    """Whether a subscription would be run; not if the document does not parse."""
    operation = _operation_in(document, operation_name)
    return operation is not None and operation.operation is OperationType.SUBSCRIPTION


def _operation_in(document: str, operation_name: str | None) -> OperationDefinitionNode | None:
    parsed = _parsed(document) if len(document) <= MAX_CHARACTERS else None  # what is too long is not kept
    return get_operation_ast(parsed, operation_name) if parsed else None


@lru_cache(maxsize=_CACHED_DOCUMENTS)
def _parsed(document: str) -> DocumentNode | None:
    try:
        return _parse(document, MOST_TOKENS)
    except GraphQLError:
        return None


def _parse(text: str, tokens: int) -> DocumentNode:
    if len(text) > MAX_CHARACTERS:
        raise limit_error("DOCUMENT_TOO_LONG", f"The document is longer than {MAX_CHARACTERS} characters.")
    try:
        return parse(text, max_tokens=tokens)
    except GraphQLSyntaxError as error:
        if "tokens. Parsing aborted" not in error.message:
            raise
    raise limit_error("DOCUMENT_TOO_LONG", f"The document is longer than {tokens} tokens.")

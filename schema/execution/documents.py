"""Parses and validates documents.

Documents are cached, because clients send the same ones repeatedly. Only `remember` adds to the cache: a document that
was refused, that nobody has authenticated for, or that comes once, is forgotten.
"""

import gc
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Lexer,
    OperationDefinitionNode,
    Source,
    Token,
    TokenKind,
    ValidationRule,
    ValuesOfCorrectTypeRule,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.types.graphql import OperationType

from schema.execution.cacheable import Lifetime, lifetime_of
from schema.execution.client_errors import ClientError, masking
from schema.execution.document_cache import DocumentCache, unlink
from schema.execution.fragments import root_fields
from schema.execution.input_errors import LiteralsOfCorrectType, OneOfLiteral
from schema.execution.limits import MAX_CHARACTERS, MAX_ERRORS, DocumentLimits, limit_error
from schema.execution.rules import NoListBeneathItself
from schema.execution.shape import refusals, shape_of

CACHE = DocumentCache()
_MANY_TOKENS = 200
# Documents that were accepted once. A client that never repeats one leaves those of the others in the cache.
_SEEN = LRUCache[int, None](1024)
_INTROSPECTION = frozenset({"__schema", "__type", "__typename"})
_RULES: tuple[type[ValidationRule], ...] = (
    *(masking(rule) for rule in specified_rules if rule is not ValuesOfCorrectTypeRule),
    LiteralsOfCorrectType,
    masking(MaybeNullValidationRule),
    OneOfLiteral,
    NoListBeneathItself,
)
# The comparisons after which this rule reports an error: graphql-core's default takes 0.2 s. A document must select the
# same field 140 times to reach this limit.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 20_000


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document and its errors. `document` is None after a syntax error.

    `introspects`: the document selects __schema or __type. `lifetime`: how long its response may be cached.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    introspects: bool = False
    lifetime: Lifetime = Lifetime.NONE

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute (https://spec.graphql.org/October2021/#GetOperation()); raises GraphQLError."""
        operations = [node for node in self.parsed().definitions if isinstance(node, OperationDefinitionNode)]
        if name is None and len(operations) > 1:
            raise ClientError("This document has several operations. Choose one with operationName.")
        for node in operations:
            if name in (None, node.name.value if node.name else None):
                return node
        raise ClientError(
            "The document has no operation." if name is None else "The document has no operation with this name."
        )

    def only_introspects(self, name: str | None) -> bool:
        """Whether the operation to execute reads nothing but the schema."""
        try:
            return _INTROSPECTION.issuperset(root_fields(self.operation(name), self.parsed()))
        except GraphQLError:
            return False

    def parsed(self) -> DocumentNode:
        """The document; raises GraphQLError if it does not parse."""
        if self.document is None:  # a new error each time: a raised one holds the frames of its request
            raise ClientError.at(self.errors[0], self.errors[0].message)
        return self.document

    def operation_type(self, name: str | None) -> OperationType | None:
        """The type of the operation to execute; None if the document has no such operation."""
        try:
            return OperationType(self.operation(name).operation.value)
        except GraphQLError:
            return None


def check(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> CheckedDocument:
    """Parses and validates a document, unless it is in the cache."""
    if cached := CACHE.get((schema, text, limits)):
        return cast("CheckedDocument", cached)
    if len(text) > MAX_CHARACTERS:
        error = limit_error("DOCUMENT_TOO_LONG", f"The document is longer than {MAX_CHARACTERS} characters.")
        return CheckedDocument(None, (error,))
    return _checked(schema, text, limits)


def remember(schema: GraphQLSchema, text: str, limits: DocumentLimits, checked: CheckedDocument) -> None:
    """Caches a document that was accepted, when it comes for the second time."""
    key = (schema, text, limits)
    if CACHE.get(key):
        return
    if hash(key) in _SEEN:
        CACHE.put(key, checked, schema, checked.parsed(), text)
    _SEEN[hash(key)] = None


def _checked(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> CheckedDocument:
    """Checks the limits first: that is cheap, and rejects documents that are expensive to validate."""
    try:
        document = parse(text, max_tokens=limits.max_tokens)
    except GraphQLSyntaxError as error:
        return CheckedDocument(None, (_syntax_error(error, limits.max_tokens),))
    tokens, shape = unlink(document), shape_of(document, limits.max_depth)
    errors = list(refusals(shape, limits)) or _validated(schema, document, limits)
    if tokens > _MANY_TOKENS:
        gc.collect(1)  # graphql-core's visitors refer to themselves, and to the document
    lifetime = Lifetime.NONE if errors else lifetime_of(schema, document)
    return CheckedDocument(document, tuple(errors), shape.introspects, lifetime)


def _validated(schema: GraphQLSchema, document: DocumentNode, limits: DocumentLimits) -> list[GraphQLError]:
    errors = validate(schema, document, _RULES, max_errors=MAX_ERRORS - 1, hide_suggestions=not limits.suggestions)
    return [
        error if isinstance(error, ClientError) else ClientError("Too many errors; the rest are omitted.")
        for error in errors
    ]


def _syntax_error(error: GraphQLSyntaxError, most_tokens: int) -> ClientError:
    """Names only the kind of the unexpected token, because its text may be a secret."""
    position = next(iter(error.positions or ()), 0)
    tokens = list(_tokens(error.source or Source(""), position))
    if len(tokens) > most_tokens:
        return limit_error("DOCUMENT_TOO_LONG", f"The document is longer than {most_tokens} tokens.")
    unexpected = tokens[-1] if tokens and tokens[-1].start >= position else None
    problem = f"Unexpected {unexpected.kind.value}." if unexpected else "Invalid token."
    return ClientError.at(error, f"Syntax Error: {problem}")


def _tokens(source: Source, end: int) -> Iterator[Token]:
    """The tokens up to a position, including comments. They end early at an invalid token."""
    lexer = Lexer(source)
    with suppress(GraphQLSyntaxError):
        while lexer.token.kind is not TokenKind.EOF and (lexer.token.kind is TokenKind.SOF or lexer.token.start < end):
            lexer.advance()
    token = lexer.token
    tokens = list[Token]()
    while token.prev is not None:
        tokens.append(token)
        token = token.prev
    yield from reversed(tokens)

"""Errors whose text is safe to return to clients.

graphql-core quotes invalid values in its messages, and such a value may be a secret key. An allow-list names the rules
whose messages quote nothing but names. All other messages are replaced.
"""

from copy import copy
from functools import partial
from typing import Any

import graphql
from graphql import GraphQLError, ValidationContext, ValidationRule

from kit.secret import looks_secret

_MAX_MESSAGE = 1000
_SUGGESTION = " Did you mean "
GENERIC = "This part of the request is invalid."
# Their messages quote only names of fields, types, arguments, directives, fragments, variables and operations.
_QUOTING_NAMES: frozenset[type[Any]] = frozenset(
    {
        graphql.ExecutableDefinitionsRule,
        graphql.FieldsOnCorrectTypeRule,
        graphql.FragmentsOnCompositeTypesRule,
        graphql.KnownArgumentNamesRule,
        graphql.KnownDirectivesRule,
        graphql.KnownFragmentNamesRule,
        graphql.KnownOperationTypesRule,
        graphql.KnownTypeNamesRule,
        graphql.LoneAnonymousOperationRule,
        graphql.NoFragmentCyclesRule,
        graphql.NoUndefinedVariablesRule,
        graphql.NoUnusedFragmentsRule,
        graphql.NoUnusedVariablesRule,
        graphql.OverlappingFieldsCanBeMergedRule,
        graphql.PossibleFragmentSpreadsRule,
        graphql.ProvidedRequiredArgumentsRule,
        graphql.ScalarLeafsRule,
        graphql.SingleFieldSubscriptionsRule,
        graphql.UniqueArgumentNamesRule,
        graphql.UniqueDirectivesPerLocationRule,
        graphql.UniqueFragmentNamesRule,
        graphql.UniqueInputFieldNamesRule,
        graphql.UniqueOperationNamesRule,
        graphql.UniqueVariableNamesRule,
        graphql.VariablesAreInputTypesRule,
        graphql.VariablesInAllowedPositionRule,
    }
)


class ClientError(GraphQLError):
    """An error whose message is safe to return to clients."""

    @classmethod
    def at(cls, error: GraphQLError, message: str, extensions: dict[str, Any] | None = None) -> "ClientError":
        """Replaces the message of an error, and its extensions if there are any, and keeps its location."""
        return cls(
            message,
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            extensions=extensions or error.extensions,
        )


def masking(rule: type[Any]) -> type[ValidationRule]:
    """Subclasses a rule so that it reports only errors that are safe to return to clients."""

    def __init__(self: Any, context: ValidationContext) -> None:  # noqa: ANN401, N807 - of the class created below
        masked = partial(_masked, quotes_names=rule in _QUOTING_NAMES, suggests=not context.hide_suggestions)
        own = copy(context)
        own.report_error = lambda error: context.report_error(masked(error))  # type: ignore[method-assign]
        rule.__init__(self, own)

    return type(rule.__name__, (rule,), {"__init__": __init__})


def _masked(error: GraphQLError, *, quotes_names: bool, suggests: bool) -> ClientError:
    if isinstance(error, ClientError):
        return error
    # Not all rules of graphql-core respect `hide_suggestions`.
    message = error.message if suggests else error.message.partition(_SUGGESTION)[0]
    return ClientError.at(error, message if quotes_names and is_quotable(message) else GENERIC)


def is_quotable(text: str) -> bool:
    """Whether a text with names that a client chose is short, and none of them looks like a secret."""
    return len(text) <= _MAX_MESSAGE and not looks_secret(text)

"""Masks the errors that are not union members: clients get a message and a code, never an input value."""

import logging

from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError

from adapters.database import DatabaseUnavailableError, SlowStatementError
from kit.failures import log_failure
from resolvers import refusals
from resolvers.refusals import Refusal
from schema.execution.client_errors import GENERIC, ClientError
from schema.execution.limits import MAX_ERRORS, QueryTimeout

_logger = logging.getLogger(__name__)

_CODES: dict[type[Refusal], str] = {
    refusals.Unauthenticated: "UNAUTHENTICATED",
    refusals.Forbidden: "FORBIDDEN",
    refusals.RateLimited: "RATE_LIMITED",
    refusals.InvalidArgument: "INVALID_ARGUMENT",
    refusals.InvalidCursor: "INVALID_CURSOR",
    refusals.EncryptionKeyMissing: "SERVICE_UNAVAILABLE",
}
_INVALID_REQUEST = "INVALID_REQUEST"
INTERNAL_CODE = "INTERNAL_ERROR"
INTERNAL = "Something went wrong on the server."
UNAVAILABLE_CODE = "SERVICE_UNAVAILABLE"
UNAVAILABLE = (
    "The database is unavailable. Try again; retry a mutation with the same Idempotency-Key, because it may already "
    "have been applied."
)


def mask_error(error: GraphQLError) -> GraphQLError:
    """Converts an error into one that is safe to return to clients."""
    cause = error.original_error
    if isinstance(error, ClientError):
        return _replace(error, error.message, (error.extensions or {}).get("code", _INVALID_REQUEST))
    if isinstance(cause, Refusal):
        return _replace(error, str(cause), _CODES.get(type(cause), _INVALID_REQUEST), **_facts(cause))
    if isinstance(cause, QueryTimeout | SlowStatementError):
        return _replace(error, "The query took longer than the server allows.", "TIMEOUT")
    if isinstance(cause, DatabaseUnavailableError):
        return _replace(error, UNAVAILABLE, UNAVAILABLE_CODE)
    if _is_of_request(error):
        return _replace(error, GENERIC, (error.extensions or {}).get("code", _INVALID_REQUEST))
    return _replace(error, INTERNAL, INTERNAL_CODE)


def _facts(refusal: Refusal) -> dict[str, object]:
    """The extensions that a client can act on."""
    if isinstance(refusal, refusals.RateLimited):
        return {"retryAfterSeconds": refusal.retry_after_seconds}
    return {"requiredScope": refusal.required_scope} if isinstance(refusal, refusals.Forbidden) else {}


def mask_errors(result: object) -> None:
    """Masks the errors of a result. If it has no data, only the first errors are returned."""
    if errors := getattr(result, "errors", None):
        reported = errors if getattr(result, "data", None) is not None else errors[:MAX_ERRORS]
        result.errors = [mask_error(error) for error in reported]  # type: ignore[attr-defined]


def log_unexpected(error: GraphQLError) -> None:
    """Logs the location of an unexpected error. Its text is omitted, because it may quote a secret or a row."""
    cause = error.original_error
    if (
        cause is not None
        and not isinstance(cause, Refusal | QueryTimeout | SlowStatementError)
        and not _is_of_request(error)
    ):
        log_failure(_logger, "an operation", cause)


def _is_of_request(error: GraphQLError) -> bool:
    """Whether the request caused the error: its document, variables or operation name.

    graphql-core reports a resolver's value that it cannot serialize as a GraphQLError, too: at a path, without nodes.
    """
    cause = error.original_error
    if isinstance(cause, GraphQLError):
        return bool(cause.nodes) or not error.path
    return cause is None or isinstance(cause, InvalidOperationTypeError)


def _replace(error: GraphQLError, message: str, code: str, **more: object) -> GraphQLError:
    return ClientError.at(error, message, {"code": code, **more})

"""What clients are told of errors that no union has: a sentence and a code, never a value that came in."""

import logging
import re
import traceback

from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from tortoise.exceptions import DBConnectionError

from resolvers import refusals
from resolvers.refusals import Refusal
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
UNAVAILABLE_CODE = "SERVICE_UNAVAILABLE"
UNAVAILABLE = "The database does not answer. Try again, a change by the same Idempotency-Key: it may have been made."
# More than this is told of no value; the expressions below would take long to find what to leave out.
_MAX_MESSAGE = 1000
# How graphql-core begins what it says of a value that a scalar could not take, whatever the scalar raised.
_COERCION = ("Expected value of type ", "Variable '$")

# graphql-core quotes what it could not make sense of, and what it could not make sense of may hold a secret key.
_ECHOES = (
    (re.compile(r", but encountered error '.*", re.DOTALL), "."),
    (re.compile(r", found: .*", re.DOTALL), "."),
    (re.compile(r" Found: .*", re.DOTALL), ""),
    (re.compile(r"(cannot represent[^:]*): .*", re.DOTALL), r"\1."),
    (re.compile(r"^(Variable '\$.*) Did you mean .*", re.DOTALL), r"\1"),
    (re.compile(r"Value '.*' does not exist in '(\w+)' enum.*", re.DOTALL), r"This is no value of the enum '\1'."),
    (re.compile(r"(Unexpected|found) (\w+) (['\"]).*\3", re.DOTALL), r"\1 \2"),
)


def mask_error(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it."""
    cause = error.original_error
    if isinstance(cause, refusals.RateLimited):
        return _replace(error, str(cause), _CODES[type(cause)], retryAfterSeconds=cause.retry_after_seconds)
    if isinstance(cause, Refusal):
        return _replace(error, str(cause), _CODES.get(type(cause), _INVALID_REQUEST))
    if isinstance(cause, DBConnectionError):
        return _replace(error, UNAVAILABLE, UNAVAILABLE_CODE)
    if isinstance(cause, QueryTimeout):
        return _replace(error, "The query took longer than the server allows.", "TIMEOUT")
    if _is_of_request(error):
        code = (error.extensions or {}).get("code", _INVALID_REQUEST)  # of what limits refuse
        return _replace(error, _without_echo(error.message), code)
    return _replace(error, "Something went wrong on the server.", INTERNAL_CODE)


def log_unexpected(error: GraphQLError) -> None:
    """Logs where an error came from. Its text is left out: it may quote a secret, or a row."""
    cause = error.original_error
    if cause is not None and not isinstance(cause, Refusal | QueryTimeout) and not _is_of_request(error):
        log_failure(_logger, "an operation", cause)


def log_failure(logger: logging.Logger, where: str, failure: BaseException) -> None:
    """Logs what failed, and where in the code; nothing that it says of itself, which may quote a secret."""
    trace = "".join(traceback.format_tb(failure.__traceback__))
    logger.error("%s in %s", type(failure).__name__, where, extra={"trace": trace})


def mask_errors(result: object) -> None:
    """Rewrites the errors of an operation's result for its client. Without any data there may be few of them."""
    if errors := getattr(result, "errors", None):
        few = errors if getattr(result, "data", None) is not None else errors[:MAX_ERRORS]
        result.errors = [mask_error(error) for error in few]  # type: ignore[attr-defined]


def _is_of_request(error: GraphQLError) -> bool:
    """Whether the request is at fault: its document, its variables, its choice of an operation."""
    of_request = (type(None), GraphQLError, InvalidOperationTypeError)
    return isinstance(error.original_error, of_request) or error.message.startswith(_COERCION)


def _without_echo(message: str) -> str:
    if len(message) > _MAX_MESSAGE:
        return "This part of the request cannot be taken."
    for echo, replacement in _ECHOES:
        message = echo.sub(replacement, message)
    return message


def _replace(error: GraphQLError, message: str, code: str, **more: object) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code, **more},
    )

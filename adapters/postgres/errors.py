"""asyncpg's errors, translated into the ORM's: https://www.postgresql.org/docs/current/errcodes-appendix.html.

An error that the statement did not cause becomes DatabaseUnavailableError. Tortoise's own translation is replaced: it
turns a lost transaction into an error of the program, before anybody can see that the connection is unusable.
"""

from collections.abc import Awaitable
from typing import Any

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError

from adapters.database import DatabaseUnavailableError

# The connection is lost, or could not be opened.
CONNECTION_ERRORS = (
    OSError,  # TimeoutError is one
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised by asyncpg if a connection is used while it is being closed
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
)
# The connection is usable, and the same statement may succeed if it is repeated.
RETRYABLE_ERRORS = (
    asyncpg.TransactionRollbackError,  # deadlocks, and a standby's conflicts with recovery
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,  # "cached plan must not change result type"
)
# The connection is usable. The statement took longer than `statement_timeout`, or an administrator has cancelled it.
CANCELED_ERROR = asyncpg.QueryCanceledError
# The server is a standby, or an administrator has made the database read-only.
READ_ONLY_ERROR = asyncpg.ReadOnlySQLTransactionError

_FATAL = ("FATAL", "PANIC")  # the severity of errors after which PostgreSQL closes the connection


async def translated(work: Awaitable[Any]) -> Any:  # noqa: ANN401 - the work's result
    """Awaits `work`; raises the ORM's errors instead of asyncpg's."""
    try:
        return await work
    except DatabaseUnavailableError:
        raise
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error
    except (*CONNECTION_ERRORS, asyncpg.PostgresError) as error:
        if is_lost(error) or isinstance(error, (CANCELED_ERROR, READ_ONLY_ERROR, *RETRYABLE_ERRORS)):
            raise unavailable(error) from error
        raise OperationalError(error) from error


async def connecting(work: Awaitable[Any]) -> Any:  # noqa: ANN401 - a connection, or a pool
    """Awaits the opening of a connection; whatever PostgreSQL objects to, it is unavailable."""
    try:
        return await work
    except (*CONNECTION_ERRORS, asyncpg.PostgresError) as error:
        raise unavailable(error) from error


def unavailable(error: Exception) -> DatabaseUnavailableError:
    """The error to raise instead of asyncpg's."""
    summary = str(error).partition("\n")[0]
    return DatabaseUnavailableError(f"PostgreSQL is unavailable ({type(error).__name__}: {summary})")


def cause_of(failure: BaseException | None) -> BaseException | None:
    """The error that a failure was translated from, or itself."""
    return (failure.__cause__ if isinstance(failure, DatabaseUnavailableError) else None) or failure


def is_lost(failure: BaseException | None) -> bool:
    """Whether a connection must not be used again after this failure."""
    cause = cause_of(failure)
    if isinstance(cause, (CANCELED_ERROR, ValueError)):  # asyncpg's InterfaceError for an invalid argument is one
        return False
    return isinstance(cause, CONNECTION_ERRORS) or getattr(cause, "severity_en", None) in _FATAL

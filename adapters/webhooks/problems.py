"""Sentences for the users whose receiver failed. They quote nothing that the receiver wrote."""

import os
import ssl
from collections.abc import Iterator
from http import HTTPStatus

import httpcore

from adapters.webhooks.connections import RefusedAddressError, UnresolvedHostError
from adapters.webhooks.urls import REFUSED_ADDRESS

_STATUSES = frozenset(map(int, HTTPStatus))
BUSY = "This server has too many names to look up, and has not called the receiver."


class TooLongError(Exception):
    """The response is longer than 64 KiB."""


# The exceptions of an attempt that its receiver can cause. TimeoutError and ssl.SSLError are OSErrors.
FAILURES = (
    UnresolvedHostError,
    RefusedAddressError,
    TooLongError,
    OSError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)


def problem_of(error: Exception, seconds: float, *, responded: bool) -> str:
    """The sentence for one of FAILURES. `responded`: the response has begun."""
    match error:
        case UnresolvedHostError():
            problem = "The host's name does not resolve."
        case RefusedAddressError():
            problem = REFUSED_ADDRESS
        case TooLongError():
            problem = "The response was longer than 64 KiB."
        case TimeoutError() | httpcore.TimeoutException():
            problem = f"The response did not {'end' if responded else 'begin'} within {seconds:g} seconds."
        case httpcore.ConnectError():
            problem = next(filter(None, map(_of_cause, _causes(error))), "The connection failed.")
        case _ if responded:
            problem = "The connection closed before the response was complete."
        case _:
            problem = "The connection closed without a valid HTTP response."
    return problem


def status_problem(status: int) -> str | None:
    """The sentence for a complete response; None if it is a success."""
    if 200 <= status < 300:
        return None
    name = f"{status} {HTTPStatus(status).phrase}" if status in _STATUSES else str(status)
    if 300 <= status < 400:
        return f"The response was a redirect ({name}), which is not followed."
    return f"The response was {name}."


def _of_cause(cause: BaseException) -> str | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return f"The TLS certificate was refused: {cause.verify_message.removesuffix('.')}."
        case ssl.SSLError():
            return f"The TLS handshake failed ({cause.reason or 'no reason given'})."
        case ConnectionRefusedError():
            return "The connection was refused."
        case OSError() if cause.errno:
            return f"The connection failed: {os.strerror(cause.errno)}."
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain of causes, with the members of groups."""
    following: BaseException | None = error
    while following is not None:
        yield following
        if isinstance(following, BaseExceptionGroup):
            for member in following.exceptions:
                yield from _causes(member)
        following = following.__cause__ or following.__context__

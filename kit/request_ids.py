"""Request ids: the header X-Request-ID connects a request's log lines here with those of the reverse proxy."""

import random
import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
# It is logged, so it excludes the underscores and dots that API tokens, Stripe's keys and JWTs contain.
_FORM = re.compile(r"[0-9A-Za-z-]{1,64}")

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_id(header: str | None) -> str:
    """Returns the client's request id if it is well-formed, else a new one."""
    return header if header and _FORM.fullmatch(header) else _new()


def _new() -> str:
    """A version 4 UUID (RFC 9562). It must be unique but not secret, so it costs no system call."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

"""What ties a request's log lines together, here and in front of this server: the header X-Request-ID."""

import random
import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
# Without the underscores and dots that API tokens, Stripe's keys and JWTs have: it is logged.
_FORM = re.compile(r"[0-9A-Za-z-]{1,64}")

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_id(given: str | None) -> str:
    """The client's, if it is well-formed, or a fresh one."""
    return given if given and _FORM.fullmatch(given) else _fresh()


def _fresh() -> str:
    """A version 4 UUID (RFC 9562) without a system call: it has to be different, not secret."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

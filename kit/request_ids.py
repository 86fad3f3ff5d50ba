"""The request of a log line: its client's address, and its id.

The header X-Request-ID connects a request's log lines here with those of the reverse proxy.
"""

import random
import re
import uuid
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import ip_address

HEADER = "X-Request-ID"
# It is logged, so it excludes the underscores and dots that API tokens, Stripe's keys and JWTs contain.
_FORM = re.compile(r"[0-9A-Za-z-]{1,64}")

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
# The client's address, which each log line of its request shows.
CLIENT: ContextVar[str | None] = ContextVar("client", default=None)


def request_id(header: str | None) -> str:
    """Returns the client's request id if it is well-formed, else a new one."""
    return header if header and _FORM.fullmatch(header) else _new()


@lru_cache(1024)
def client_address(host: str | None) -> str:
    """The address without an IPv6 zone, which may be any text; "unknown" if a trusted proxy has sent something else."""
    try:
        return str(ip_address((host or "").partition("%")[0]))
    except ValueError:
        return "unknown"


def _new() -> str:
    """A version 4 UUID (RFC 9562). It must be unique but not secret, so it costs no system call."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

"""HTTP clients for the tests' servers, which use no TLS."""

import ssl
from typing import Any

import httpx

from tests.support.waiting import PATIENCE

# Without certificates, because httpx reads them for each client, which takes sixty milliseconds.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(timeout: httpx.Timeout | float = PATIENCE, **options: Any) -> httpx.AsyncClient:
    """Opens a client with options of httpx."""
    return httpx.AsyncClient(timeout=timeout, verify=PLAIN, **options)

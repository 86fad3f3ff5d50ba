"""The HTTP client for calls to other machines, with the operator's certificate authorities and proxies.

SSL_CERT_FILE and SSL_CERT_DIR, OpenSSL's variables, replace the authorities of certifi. HTTPS_PROXY, ALL_PROXY and
NO_PROXY name proxies, as for curl. A proxy forwards the bytes of a TLS connection (RFC 9110, 9.3.6). It could read
plain HTTP, and the keys in it, so plain HTTP and this machine are called directly, whatever the variables say.
"""

import os
import ssl
from functools import cache

import httpx

_DIRECTLY = ("http://", "all://localhost", "all://127.0.0.1", "all://[::1]")


class UnusableNetworkError(Exception):
    """A variable for calls to other machines is unusable. The text is a sentence without its value."""


def tls_context() -> ssl.SSLContext:
    """Trusts the operator's certificate authorities, or else certifi's; raises UnusableNetworkError."""
    for name, noun, exists in (("SSL_CERT_FILE", "file", os.path.isfile), ("SSL_CERT_DIR", "folder", os.path.isdir)):
        if (path := os.environ.get(name)) and not exists(path):
            raise UnusableNetworkError(f"{name} names no {noun}.")
    try:
        return _context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise UnusableNetworkError("SSL_CERT_FILE must be a readable file with certificates in PEM format.") from None


@cache
def _context(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Reads the certificates, which httpx finds by the variables. That takes 60 ms, so all clients share them."""
    return httpx.create_ssl_context()


def new_client(timeout: float, tls: ssl.SSLContext) -> httpx.AsyncClient:
    """A client whose calls take `timeout` seconds at most; raises UnusableNetworkError."""
    try:
        return httpx.AsyncClient(timeout=timeout, verify=tls, mounts=dict.fromkeys(_DIRECTLY))
    except (ValueError, ImportError, httpx.InvalidURL):  # the text may hold a password
        raise UnusableNetworkError(
            "HTTPS_PROXY and ALL_PROXY must be URLs like http://proxy.example.com:3128."
        ) from None

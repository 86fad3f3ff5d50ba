"""The loopback interface: its names and addresses, and the URLs that may do without TLS because they stay on it."""

from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host: localhost, 127.0.0.0/8 or ::1."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def is_safe_url(url: str) -> bool:
    """Whether the connection is safe from tampering: it uses HTTPS or stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)

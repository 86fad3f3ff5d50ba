"""The URLs that a webhook endpoint may have: https, on a port where a program of the machine's user may listen.

Below 1024, only 443: the other ports belong to protocols that a POST must not be sent to.
"""

import socket
from collections.abc import Collection
from contextlib import suppress
from ipaddress import IPv4Address, ip_address
from urllib.parse import SplitResult, urlsplit

from adapters.webhooks.addresses import Address, Network, is_allowed
from kit.loopback import is_loopback
from kit.urls import URL

_MAX_LENGTH = 2000
_HTTPS_PORT, _LAST_SYSTEM_PORT = 443, 1023
REFUSED_ADDRESS = "The host's address is not on the public internet."


def url_problem(url: str, allowed: Collection[Network], *, production: bool) -> str | None:
    """A sentence if no endpoint may have this URL, else None. Its name may still resolve to a refused address."""
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return f"The URL must be an https URL of at most {_MAX_LENGTH} characters, like https://example.com/webhooks."
    if parts.scheme == "http" and (production or not is_loopback(parts.hostname)):
        return "The URL must use https." if production else "The URL must use https, or http to this machine."
    if "@" in parts.netloc:
        return "The URL must not contain a user name or password. Requests are signed instead."
    if "#" in url:
        return "The URL must not contain a fragment."
    port = (_HTTPS_PORT if parts.scheme == "https" else 80) if parts.port is None else parts.port
    if port != _HTTPS_PORT and port <= _LAST_SYSTEM_PORT:
        default = "" if parts.port is not None else f" Without a port, http uses {port}."
        return f"The URL's port must be 443 or above 1023.{default}"
    address = _address(parts.hostname.removesuffix("."))
    return None if address is None or is_allowed(address, allowed) else REFUSED_ADDRESS


def _parts(url: str) -> SplitResult | None:
    if len(url) > _MAX_LENGTH or not URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname  # raise ValueError if they are malformed
    except ValueError:
        return None
    return parts


def _address(host: str) -> Address | None:
    """The address that a host stands for without a resolver; None for other names.

    Resolvers read numbers as inet_aton does: 127.1, 0x7f000001 and 2130706433 are 127.0.0.1. Names below localhost are
    this machine (RFC 6761, 6.3).
    """
    if host == "localhost" or host.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError):
        return IPv4Address(socket.inet_aton(host))
    return None

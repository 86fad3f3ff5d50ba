"""The URLs that a webhook endpoint may have: https, on a port where a program of the machine's user may listen.

Below 1024, only 443: the other ports belong to protocols that a POST must not be sent to.
"""

from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from adapters.webhooks.addresses import Network, is_allowed
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
        return "The URL's port must be 443 or above 1023."
    return _refused_literal(parts.hostname, allowed)


def _parts(url: str) -> SplitResult | None:
    if len(url) > _MAX_LENGTH or not URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname  # raise ValueError if they are malformed
    except ValueError:
        return None
    return parts


def _refused_literal(host: str, allowed: Collection[Network]) -> str | None:
    with suppress(ValueError):
        return None if is_allowed(ip_address(host), allowed) else REFUSED_ADDRESS
    return None

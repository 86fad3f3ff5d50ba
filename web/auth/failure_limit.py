"""Counts failed authentications by the network of the client, so that addresses which cost nothing do not evade it."""

import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from kit.rate_limiter import RateLimiter

_SUBSCRIBER = 64  # the smallest allocation of an IPv6 subscriber
_SITE = 48  # the largest one (RFC 6177)
# A site may have several subscribers, so it is allowed as many failures as these subscribers together.
_SUBSCRIBERS_PER_SITE = 4
# Networks whose addresses end with the IPv4 address of a client beyond a translator: NAT64's (RFC 6052), and those that
# map IPv4 (RFC 4291, 2.5.5.2) or translate it (RFC 2765).
_TRANSLATED = [IPv6Network(network) for network in ("64:ff9b::/96", "::ffff:0:0/96", "::ffff:0:0:0/96")]
# Translators of a site of its own (RFC 8215). The place of the IPv4 address within is theirs to choose.
_TRANSLATED_LOCALLY = IPv6Network("64:ff9b:1::/48")


class FailureLimit:
    """Allows each address `per_minute` failures, and each IPv6 site four times as many."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._addresses = RateLimiter(per_minute, clock=clock)
        self._sites = RateLimiter(per_minute * _SUBSCRIBERS_PER_SITE, clock=clock)

    def acquire(self, host: str | None) -> float:
        """Counts a failure and returns 0, or returns the seconds until the next one is allowed.

        The failures of a site that has had too many take no memory for each of its addresses.
        """
        address, site = networks_of(host)
        if seconds := self._sites.wait(site) or self._addresses.acquire(address):
            return seconds
        self._sites.acquire(site)
        return 0.0


def networks_of(host: str | None) -> tuple[str, str]:
    """The address, or the IPv6 network of a subscriber, and the network of its site. IPv4 has the same for both."""
    try:
        address = _embedded(ip_address(host or ""))
    except ValueError:  # a trusted proxy sent something else
        return "unknown", "unknown"
    if isinstance(address, IPv4Address) or address in _TRANSLATED_LOCALLY:
        return str(address), str(address)
    subscriber, site = (str(IPv6Network((int(address), length), strict=False)) for length in (_SUBSCRIBER, _SITE))
    return subscriber, site


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address of a client that reaches IPv6 through a translator or a tunnel."""
    return next(_embedded_in(address), address) if isinstance(address, IPv6Address) else address


def _embedded_in(address: IPv6Address) -> Iterator[IPv4Address]:
    if any(address in network for network in _TRANSLATED):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.sixtofour:  # RFC 3056
        yield address.sixtofour
    if address.teredo:  # RFC 4380: the server, then the client
        yield address.teredo[1]

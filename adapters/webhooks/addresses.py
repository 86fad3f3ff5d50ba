"""The addresses that a URL of a customer's must not reach: those that are not on the public internet.

The tables follow IANA's registries of special-purpose addresses (RFC 6890), which Python's `is_global` does not cover:
it depends on the version, and calls multicast global. An IPv6 address that carries an IPv4 address reaches that one,
so the IPv4 address decides.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK_NETWORKS: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_REFUSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, and the unspecified address
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, with the metadata services of clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",  # documentation, as two more below
            "192.88.99.0/24",  # relays of 6to4, deprecated
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Global unicast is the only part of IPv6 that the public internet uses, without these exceptions.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_REFUSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols, such as Teredo, which carries IPv4 addresses
            "2001:db8::/32",  # documentation, as one more below
            "2002::/16",  # 6to4, which carries IPv4 addresses, deprecated (RFC 7526)
            "3fff::/20",
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a machine without IPv4 reaches IPv4


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether a receiver may have this address: it is public, or in one of the operator's networks."""
    meant = _carried(address) or address
    if any(each in network for network in allowed for each in (address, meant) if network.version == each.version):
        return True
    if isinstance(meant, IPv4Address):
        return not any(meant in network for network in _REFUSED_IPV4)
    return meant in _GLOBAL_UNICAST and not any(meant in network for network in _REFUSED_IPV6)


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address that a mapped address (RFC 4291, 2.5.5.2) or one of NAT64 reaches."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped

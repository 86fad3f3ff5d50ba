"""The URLs and addresses that a customer's endpoint may have."""

from ipaddress import ip_address, ip_network

import pytest

from adapters.webhooks.addresses import LOOPBACK_NETWORKS, is_allowed
from adapters.webhooks.urls import url_problem

_PUBLIC = ("93.184.215.14", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101")
_REFUSED = (
    "0.0.0.0",  # noqa: S104 - an address that is refused
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::101:101",
    "100::1",
    "2001:0:1:2::",
    "2001:db8::1",
    "2002:a00:1::",
    "3fff::1",
    "fc00::1",
    "fe80::1",
    "fe80::1%2",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", _PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(ip_address(address), ())


@pytest.mark.parametrize("address", _REFUSED)
def test_other_addresses_are_refused(address: str) -> None:
    assert not is_allowed(ip_address(address), ())


@pytest.mark.parametrize(
    ("address", "network", "allowed"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("64:ff9b::a01:203", "10.1.0.0/16", True),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "10.0.0.0/8", False),
    ],
)
def test_the_operators_networks_are_allowed(address: str, network: str, allowed: bool) -> None:
    assert is_allowed(ip_address(address), [ip_network(network)]) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:443/hooks?tenant=1",
        "https://example.com:8443/",
        "https://93.184.215.14/",
        "https://16843009/",
        "https://127.example.com/",
        "https://localhost.example.com/",
        "https://[2606:4700::1111]:1024/",
    ],
)
def test_a_url_that_production_allows(url: str) -> None:
    assert url_problem(url, (), production=True) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://example.com/", "The URL must use https."),
        ("http://localhost:8000/", "The URL must use https."),
        ("https://me:hunter2@example.com/", "The URL must not contain a user name or password."),
        ("https://me@example.com/", "The URL must not contain a user name or password."),
        ("https://example.com/#part", "The URL must not contain a fragment."),
        ("https://example.com:22/", "The URL's port must be 443 or above 1023."),
        ("https://example.com:80/", "The URL's port must be 443 or above 1023."),
        ("https://example.com:0/", "The URL's port must be 443 or above 1023."),
        ("https://10.0.0.1/", "The host's address is not on the public internet."),
        ("https://[::1]:8443/", "The host's address is not on the public internet."),
        ("https://[fe80::1%252]:8443/", "The host's address is not on the public internet."),
        *[
            (f"https://{host}/", "The host's address is not on the public internet.")
            for host in (
                "localhost",
                "LOCALHOST",
                "localhost.",
                "hooks.localhost",
                "2130706433",
                "0x7f000001",
                "0x7F.1",
                "127.1",
                "0177.0.0.1",
                "10.1",
                "127.0.0.1.",
            )
        ],
        *[
            (url, "The URL must be an https URL of at most 2000 characters")
            for url in (
                "",
                "example.com",
                "ftp://example.com/",
                "https://",
                "https:///hooks",
                "https://example.com:99999/",
                "https://example.com:x/",
                "https://exa mple.com/",
                "https://example.com/\nHost: other",
                "https://exämple.com/",
                "https://[::1/",
                f"https://example.com/{'a' * 2000}",
            )
        ],
    ],
)
def test_a_url_that_production_refuses(url: str, problem: str) -> None:
    assert (url_problem(url, (), production=True) or "").startswith(problem)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://localhost:8000/", None),
        ("http://127.0.0.1:8000/", None),
        ("https://localhost:8443/", None),
        ("https://127.1:8443/", None),
        ("http://example.com:8000/", "The URL must use https, or http to this machine."),
        ("http://localhost/", "The URL's port must be 443 or above 1023. Without a port, http uses 80."),
        ("http://[::1]/", "The URL's port must be 443 or above 1023. Without a port, http uses 80."),
        ("http://localhost:80/", "The URL's port must be 443 or above 1023."),
    ],
)
def test_development_allows_http_to_this_machine(url: str, problem: str | None) -> None:
    assert url_problem(url, LOOPBACK_NETWORKS, production=False) == problem

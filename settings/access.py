"""Settings of who may come near: hosts, origins, proxies, and how often what fails may be tried."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit

from settings.reading import between, parts_of, setting

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")


def hosts(text: str) -> frozenset[str]:
    """Reads host names or addresses, without ports."""
    names = frozenset(name.lower().strip("[]") for name in parts_of(text))
    if not all(map(_HOST.fullmatch, names)):
        raise ValueError
    return names


def origins(text: str) -> frozenset[str]:
    """Reads origins as browsers write them: lower case, without a path, a slash, or the scheme's own port."""
    found = frozenset(parts_of(text))
    for origin in found:
        parts = urlsplit(origin)
        usual = parts.port != {"http": 80, "https": 443}.get(parts.scheme)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not usual or parts.username is not None:
            raise ValueError
        if origin != f"{parts.scheme}://{parts.netloc}".lower():
            raise ValueError
    return found


def networks(text: str) -> tuple[str, ...]:
    """Reads IP addresses and networks."""
    parts = tuple(parts_of(text))
    for part in parts:
        ip_network(part)
    return parts


@dataclass(frozen=True)
class AccessSettings:
    """From where, to where, and how often."""

    allowed_hosts: frozenset[str] = setting(
        hosts,
        "",
        "none",
        "`api.example.com,…`: further hosts that requests may be addressed to, besides `HOST`, that of `PUBLIC_URL`, "
        "and `localhost`.",
    )
    allowed_origins: frozenset[str] = setting(
        origins, "", "none", "`https://app.example.com,…`: whose pages may use the API, besides the server's own."
    )
    trusted_proxies: tuple[str, ...] = setting(
        networks,
        "",
        "none",
        "`127.0.0.1,10.0.0.0/8,…`: whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
    )
    failed_authentications_per_minute: int = setting(
        between(int, 1, 100_000),
        "30",
        "`30`",
        "How many tokens that do not work each address may send to each process, from 1 to 100,000.",
    )
    key_checks_per_minute: int = setting(
        between(int, 1, 100_000),
        "30",
        "`30`",
        "How many keys each viewer may have checked with Stripe by each process, from 1 to 100,000.",
    )

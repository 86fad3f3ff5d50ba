"""Types of fields: how a text becomes a value, and the form that it must have. An unusable text raises ValueError."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainValidator

from kit.loopback import is_safe_url
from kit.secret import Secret
from kit.urls import URL
from models import Scope

_LONG = 16
_DEFAULT_PORTS = {"http": 80, "https": 443}
# RFC 1123, 2.1, and the underscore, which names of containers contain. The last label is no number.
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)*(?![0-9]+$){_LABEL}")
# RFC 9110, 5.6.2, of which names of headers are.
_TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_APP_ID = re.compile(r"app_\w{1,250}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a value: the end of the sentence "DRAWBRIDGE_… must be …"."""

    text: str


def parts_of(text: str) -> list[str]:
    """The parts between commas, without blanks around them."""
    return [part for part in map(str.strip, text.split(",")) if part]


def _host(text: str) -> str:
    """An address in its shortest form and without brackets, or a name in lower case."""
    if "%" in text or not text.isascii():  # an address with a zone cannot be part of a URL
        raise ValueError
    if ":" in text:
        return str(IPv6Address(text[1:-1] if text.startswith("[") and text.endswith("]") else text))
    with suppress(ValueError):
        return str(IPv4Address(text))
    return _matching(_NAME, text.lower())


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError
    return text


def _url(text: str) -> SplitResult:
    url = urlsplit(_matching(URL, text))
    if url.scheme not in _DEFAULT_PORTS or "@" in url.netloc or url.netloc.endswith(":") or url.port == 0:
        raise ValueError
    _host(url.hostname or "")
    return url


def _plain_url(text: str) -> SplitResult:
    if "?" in text or "#" in text:
        raise ValueError
    return _url(text)


def _base_url(text: str) -> str:
    _plain_url(text)
    return text.rstrip("/")


def _safe_url(text: str) -> str:
    _url(text)
    if "#" in text or not is_safe_url(text):
        raise ValueError
    return text


def _issuer(text: str) -> str:
    """The text as it is, because issuers are compared character by character."""
    _plain_url(text)
    return _safe_url(text)


def _page(text: str) -> str:
    if not _plain_url(text).path:
        raise ValueError
    return text


def _support_url(text: str) -> str:
    _matching(URL, text)
    return text if re.match(r"mailto:[^@]+@[^@]+$", text) else _safe_url(text)


def _origin(text: str) -> str:
    """An origin as browsers write it (RFC 6454, 6.2)."""
    url = _plain_url(text)
    if text != f"{url.scheme}://{url.netloc}".lower() or url.port == _DEFAULT_PORTS[url.scheme]:
        raise ValueError
    return text


def _header(text: str) -> str:
    return _matching(_TOKEN, text.lower())


def _scopes_by_name(text: str) -> Mapping[str, list[str]]:
    """Reads `name=SCOPE+SCOPE,…`. A name may contain `=`, as URLs do."""
    scopes: dict[str, list[str]] = {}
    for part in parts_of(text):
        name, _, granted = part.rpartition("=")
        if not name or name in scopes:
            raise ValueError
        scopes[name] = granted.split("+")
    return scopes


def _secret(text: str) -> Secret:
    """The text without the line break at the end of mounted files."""
    return Secret(text.strip())


def _long_secret(text: str) -> Secret:
    if len(text.strip()) < _LONG:
        raise ValueError
    return _secret(text)


def _client_id(text: str) -> str:
    client_id = Secret(text).cleaned().reveal()
    if not client_id.startswith("ca_"):
        raise ValueError
    return client_id


def _authorize_link(text: str) -> str:
    """The link as the Dashboard shows it. The authorization's own parameters replace those in it."""
    link = _safe_url(text.strip())
    if not dict(parse_qsl(urlsplit(link).query)).get("client_id", "").startswith("ca_"):
        raise ValueError
    return link


def _app_id(text: str) -> str:
    return _matching(_APP_ID, text.strip())


COMMAS = BeforeValidator(parts_of)
_PLAIN = "without user information, query, fragment or blanks"
_SAFE = "an https URL (or http on this machine)"

Host = Annotated[str, AfterValidator(_host), Form("an IP address or a host name, without a port")]
Hosts = Annotated[frozenset[Host], COMMAS, Form("IP addresses or host names without ports, separated by commas")]
BaseUrl = Annotated[str, AfterValidator(_base_url), Form(f"an http or https URL {_PLAIN}")]
IssuerUrl = Annotated[str, AfterValidator(_issuer), Form(f"{_SAFE} {_PLAIN}")]
KeysUrl = Annotated[str, AfterValidator(_safe_url), Form(f"{_SAFE} without user information, fragment or blanks")]
SupportUrl = Annotated[str, AfterValidator(_support_url), Form(f"{_SAFE}, or mailto: and an address")]
Pages = Annotated[
    frozenset[Annotated[str, AfterValidator(_page)]],
    COMMAS,
    Form(f"http or https URLs that have a path, {_PLAIN}, separated by commas"),
]
Origins = Annotated[
    frozenset[Annotated[str, AfterValidator(_origin)]],
    COMMAS,
    Form("origins like https://app.example.com, in lower case, without a path or default port, separated by commas"),
]
Headers = Annotated[
    frozenset[Annotated[str, AfterValidator(_header)]],
    COMMAS,
    Form("names of headers like x-tenant, separated by commas"),
]
Networks = Annotated[
    tuple[Annotated[IPv4Network | IPv6Network, PlainValidator(ip_network)], ...],
    COMMAS,
    Form("IP addresses or networks like 10.0.0.0/8, separated by commas"),
]
ScopesByName = Annotated[
    Mapping[str, frozenset[Scope]],
    BeforeValidator(_scopes_by_name),
    Form(f"name=SCOPE+SCOPE,… with each name once and the scopes {', '.join(Scope)}"),
]
SecretText = Annotated[Secret, PlainValidator(_secret)]
LongSecret = Annotated[Secret, PlainValidator(_long_secret), Form(f"a secret of at least {_LONG} characters")]
AuthorizeLink = Annotated[
    str,
    AfterValidator(_authorize_link),
    Form(f"{_SAFE} with a client_id=ca_…: the whole link from the Stripe Dashboard"),
]
AppId = Annotated[str, AfterValidator(_app_id), Form("the id of a Stripe App: app_…")]
ClientId = Annotated[str, AfterValidator(_client_id), Form("an OAuth client id of Stripe: ca_…")]

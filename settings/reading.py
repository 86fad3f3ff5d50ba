"""How settings are read from texts. What is of no use raises ValueError, without its value."""

from collections.abc import Callable, Collection
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from adapters.identity.keys import is_safe_url
from kit.secret import Secret

POSTGRES_SCHEMES = ("postgres", "postgresql")

_LONG = 16

N = TypeVar("N", int, float)


def one_of(*words: str) -> Callable[[str], str]:
    """Reads one of several words."""

    def cast(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return cast


def folder(text: str) -> Path:
    """Absolute, so that a command finds the same from wherever it is run."""
    return Path(__file__).parents[1] / text


def between(kind: type[N], least: N, most: N) -> Callable[[str], N]:
    """Reads a number of a range, its ends included."""

    def cast(text: str) -> N:
        number = kind(text)
        if not least <= number <= most:
            raise ValueError
        return number

    return cast


def database_url(text: str) -> Secret:
    """A URL that may hold a password."""
    url = urlsplit(text.strip())  # reading the port checks it
    if url.scheme in POSTGRES_SCHEMES:
        usable = url.port != 0 and len(url.path) > 1 and not url.fragment
    else:
        names_file = url.path.startswith("/") and not url.path.endswith("/")
        usable = url.scheme == "sqlite" and names_file and not (url.netloc or url.query or url.fragment)
    if not usable:
        raise ValueError
    return Secret(text.strip())


def http_url(text: str) -> str:
    """Reads a URL, without a slash at its end."""
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.port == 0:  # reading the port checks it
        raise ValueError
    return text.rstrip("/")


def provider_url(text: str) -> str:
    """Reads a URL as it is, slashes at its end included: issuers are compared by the letter."""
    if not is_safe_url(text) or not urlsplit(text).hostname or not text.isprintable() or " " in text:
        raise ValueError
    return text


def yes_or_no(text: str) -> bool:
    """Reads `yes` or `no`."""
    if text not in {"yes", "no"}:
        raise ValueError
    return text == "yes"


def parts_of(text: str) -> list[str]:
    """What stands between commas, without blanks around it."""
    return list(filter(None, (part.strip() for part in text.split(","))))


def some_of(known: Collection[str]) -> Callable[[str], tuple[str, ...]]:
    """Reads at least one of these, separated by commas."""

    def cast(text: str) -> tuple[str, ...]:
        parts = tuple(parts_of(text))
        if not parts or not set(parts) <= set(known):
            raise ValueError
        return parts

    return cast


def secret(text: str) -> Secret:
    """Reads what must not be seen, without the line break that mounted files end in."""
    return Secret(text.strip())


def long_secret(text: str) -> Secret:
    """Reads a secret that cannot be guessed by trying all."""
    if len(text.strip()) < _LONG:
        raise ValueError
    return secret(text)


def client_id(text: str) -> str:
    """Reads an OAuth client id of Stripe's."""
    if not text.strip().startswith("ca_"):
        raise ValueError
    return text.strip()


def return_urls(text: str) -> frozenset[str]:
    """Reads URLs of pages, separated by commas."""
    urls = frozenset(parts_of(text))
    for url in map(urlsplit, urls):
        if url.scheme not in {"http", "https"} or not url.hostname or not url.path or url.query or url.fragment:
            raise ValueError
    return urls


def setting(cast: Callable[[str], Any], default: str | None, shown: str, help_: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """A field of Settings: how to read it, what it is if it is not given, and what docs/settings.md says of both."""
    return field(metadata={"cast": cast, "default": default, "shown": shown, "help": help_})

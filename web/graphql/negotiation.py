"""Content negotiation by the Accept header: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from starlette.requests import HTTPConnection

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"

# Order of preference at equal quality, for types listed by name and for types matched by a wildcard. Clients that send
# wildcards are often older, and expect JSON.
_NAMED = (GRAPHQL, JSON, EVENTS)
_BY_WILDCARD = (JSON, GRAPHQL, EVENTS)
_USUAL_LENGTH = 256  # longer headers are not cached
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


class _Range(NamedTuple):
    """A media range and its quality value, from 0 to 1."""

    type: str
    quality: float


@lru_cache(maxsize=256)
def wanted_type(accept: str | None) -> str | None:
    """The preferred one of GRAPHQL, JSON and EVENTS; JSON without a header, None if none is acceptable."""
    if not accept or not accept.strip():
        return JSON
    ranges = list(_ranges(accept))
    rated = [(rating, type_) for type_ in _NAMED if (rating := _rate(type_, ranges))]
    return max(rated)[1] if rated else None


def wanted_by(request: HTTPConnection) -> str | None:
    """The media type that a request prefers; several Accept headers count as one."""
    accept = ",".join(request.headers.getlist("accept"))
    return (wanted_type if len(accept) <= _USUAL_LENGTH else wanted_type.__wrapped__)(accept)


def _rate(type_: str, ranges: list[_Range]) -> tuple[float, int, int] | None:
    """The sort key of a type: its quality, whether it is listed by name, our preference. None if not acceptable.

    The most specific range decides.
    """
    for precision, pattern in enumerate((type_, f"{type_.partition('/')[0]}/*", "*/*")):
        qualities = [range_.quality for range_ in ranges if range_.type == pattern]
        if qualities:
            order = _BY_WILDCARD if precision else _NAMED
            return (max(qualities), -precision, -order.index(type_)) if max(qualities) else None
    return None


def _ranges(accept: str) -> Iterator[_Range]:
    """The header's ranges; those with an invalid quality or a charset other than UTF-8 are ignored."""
    for listed in accept.lower().split(","):
        type_, *more = (part.strip() for part in listed.split(";"))
        parameters = dict(part.replace('"', "").split("=", 1) for part in more if "=" in part)
        quality = parameters.get("q", "1").strip()
        if _QUALITY.fullmatch(quality) and parameters.get("charset", "utf-8") in {"utf-8", "utf8"}:
            yield _Range(type_, float(quality))


def content_type(type_: str) -> str:
    """The Content-Type header for a media type."""
    return f"{type_}; charset=utf-8"

"""In which form a client wants its answer: the Accept header (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from starlette.requests import HTTPConnection

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"

# Which of several that are wanted alike: if they are named, and if a wildcard stands for them. Behind wildcards are
# clients of old, who know JSON.
_NAMED = (GRAPHQL, JSON, EVENTS)
_BY_WILDCARD = (JSON, GRAPHQL, EVENTS)
_USUAL_LENGTH = 256  # of a header whose meaning is remembered
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


class _Range(NamedTuple):
    """A media range and how much it is wanted, from 0 to 1."""

    type: str
    quality: float


@lru_cache(maxsize=256)
def wanted_type(accept: str | None) -> str | None:
    """GRAPHQL, JSON or EVENTS, whichever is wanted most; JSON if nothing is said, None if none of them is wanted."""
    if not accept or not accept.strip():
        return JSON
    ranges = list(_ranges(accept))
    rated = [(rating, type_) for type_ in _NAMED if (rating := _rate(type_, ranges))]
    return max(rated)[1] if rated else None


def wanted_by(request: HTTPConnection) -> str | None:
    """What a request wants, in however many headers."""
    accept = ",".join(request.headers.getlist("accept"))
    return (wanted_type if len(accept) <= _USUAL_LENGTH else wanted_type.__wrapped__)(accept)


def _rate(type_: str, ranges: list[_Range]) -> tuple[float, int, int] | None:
    """What compares types: quality, whether it is named, and our own preference. The most precise range decides."""
    for precision, pattern in enumerate((type_, f"{type_.partition('/')[0]}/*", "*/*")):
        qualities = [range_.quality for range_ in ranges if range_.type == pattern]
        if qualities:
            order = _BY_WILDCARD if precision else _NAMED
            return (max(qualities), -precision, -order.index(type_)) if max(qualities) else None
    return None


def _ranges(accept: str) -> Iterator[_Range]:
    """What the header lists and can be served: in UTF-8, with a quality that is one."""
    for listed in accept.lower().split(","):
        type_, *more = (part.strip() for part in listed.split(";"))
        parameters = dict(part.replace('"', "").split("=", 1) for part in more if "=" in part)
        quality = parameters.get("q", "1").strip()
        if _QUALITY.fullmatch(quality) and parameters.get("charset", "utf-8") in {"utf-8", "utf8"}:
            yield _Range(type_, float(quality))


def content_type(type_: str) -> str:
    """The Content-Type header for a media type."""
    return f"{type_}; charset=utf-8"

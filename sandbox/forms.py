"""Parses urlencoded forms, which both browsers and Stripe's SDK send."""

from urllib.parse import parse_qsl

from starlette.requests import Request


async def read_form(request: Request) -> dict[str, str]:
    """Returns the fields of a urlencoded body."""
    return dict(parse_qsl((await request.body()).decode(errors="replace")))

"""Parses urlencoded forms, which both browsers and Stripe's SDKs send.

The SDKs write nested parameters with brackets: `metadata[team]=red`, `items[0][price]=price_1`, `types[]=card`.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.errors import refusal

_MOST_FIELDS = 1_000
_DEEPEST = 5


async def read_form(request: Request) -> dict[str, str]:
    """Returns the fields of a urlencoded body."""
    return dict(_fields(await request.body()))


async def read_parameters(request: Request) -> dict[str, Any]:
    """Returns a call's parameters, from the query of a GET and the body of a POST. Raises RefusedError."""
    fields = request.query_params.multi_items() if request.method == "GET" else _fields(await request.body())
    tree: dict[str, Any] = {}
    for name, value in fields:
        _place(tree, name.replace("]", "").split("["), value)
    return tree


def _fields(body: bytes) -> Iterable[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise refusal(400, "Too many parameters.") from None


def _place(tree: dict[str, Any], names: list[str], value: str) -> None:
    if len(names) > _DEEPEST:
        raise refusal(400, f"Invalid parameter: {names[0]} is nested too deeply.", param=names[0])
    for name in names[:-1]:
        tree = tree.setdefault(name or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise refusal(400, f"Invalid parameter: {names[0]} has a value and members.", param=names[0])
    tree[names[-1] or str(len(tree))] = value

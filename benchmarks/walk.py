"""Reads a server's whole list page by page, and checks that it equals the expected list."""

from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.contestants import Contestant
from benchmarks.dataset import INTEGRATIONS
from tests.support.plain import PLAIN

_PAGES_OF, _PAGE_BYTES = 20, (6_000, 9_000)
_EXPECTED = [f"Integration {number:06}" for number in reversed(range(INTEGRATIONS))]


@dataclass(frozen=True, slots=True)
class Walk:
    """The contents of a list, newest first."""

    cursors: list[str]
    ids: list[str]


def walk(contestant: Contestant) -> Walk:
    """Reads and checks the list of a server."""
    edges: list[Any] = []
    with httpx.Client(verify=PLAIN) as http:
        while page := _page(http, contestant, edges[-1]["cursor"] if edges else None):
            edges += page
        single = http.send(contestant.ask_single(edges[-1]["node"]["id"])).json()
    assert [edge["node"]["name"] for edge in edges] == _EXPECTED
    assert contestant.single_in(single) == edges[-1]["node"]
    return Walk([edge["cursor"] for edge in edges], [edge["node"]["id"] for edge in edges])


def _page(http: httpx.Client, contestant: Contestant, after: str | None) -> list[Any]:
    """Returns the edges of a page, or an empty list after the last."""
    answer = http.send(contestant.ask_list(after))
    page = contestant.list_in(answer.json())
    edges, around = page["edges"], page["pageInfo"]
    if edges:
        assert len(edges) == _PAGES_OF
        assert _PAGE_BYTES[0] < len(answer.content) < _PAGE_BYTES[1]
        assert (around["startCursor"], around["endCursor"]) == (edges[0]["cursor"], edges[-1]["cursor"])
        assert around["hasNextPage"] is (edges[-1]["node"]["name"] != _EXPECTED[-1])
        assert all(edge["node"]["credential"]["maskedSecret"].startswith("sk_test_") for edge in edges)
        assert all(edge["node"].get("status", "ACTIVE") == "ACTIVE" for edge in edges)
    return list(edges)

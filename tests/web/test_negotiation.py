"""Content negotiation by the Accept header."""

import httpx
import pytest

from tests.support.client import Client
from tests.support.plain import plain_client
from web.graphql.negotiation import EVENTS, GRAPHQL, JSON, wanted_type

_BODY = {"query": "{ __typename }"}
_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_URQL = f"{GRAPHQL}, application/graphql+json, {JSON}, {EVENTS}, multipart/mixed"
_WANTED = [
    (None, JSON),
    ("", JSON),
    (" ", JSON),
    ("*/*", JSON),
    ("application/*", JSON),
    ("text/*", EVENTS),
    (_BROWSER, JSON),
    (_URQL, GRAPHQL),
    (JSON, JSON),
    (GRAPHQL, GRAPHQL),
    (EVENTS, EVENTS),
    (f"{EVENTS}, multipart/mixed", EVENTS),
    (f"{GRAPHQL}, {JSON}", GRAPHQL),
    (f"{JSON}, {GRAPHQL}", GRAPHQL),
    (f"{JSON}, {EVENTS}", JSON),
    (f"{GRAPHQL};q=0.8, {JSON};q=0.9", JSON),
    (f"{GRAPHQL};q=0.8, {JSON};q=0.9, {EVENTS}", EVENTS),
    (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
    (f"{GRAPHQL};charset=UTF-8", GRAPHQL),
    (f'{GRAPHQL};charset="utf-8"', GRAPHQL),
    (f"{GRAPHQL};charset=latin-1, {JSON};q=0.1", JSON),
    (f"{GRAPHQL};q=0, */*", JSON),
    (f"{JSON};q=0, */*;q=0.5", GRAPHQL),
    (f"{JSON};q=0, {GRAPHQL};q=0, */*", EVENTS),
    (f"{GRAPHQL};q=0.5, application/*;q=0.9", JSON),
    ("Application/GraphQL-Response+JSON", GRAPHQL),
    (f"image/png,{JSON} ; q=0.001", JSON),
    (f"{JSON};q=1.000, {GRAPHQL};q=0.999", JSON),
    ("text/html", None),
    ("multipart/mixed", None),
    (f"{JSON};q=0", None),
    ("*/*;q=0", None),
    ("application/xml, text/html;q=0.5", None),
    (f"{JSON};charset=utf-16", None),
    (f"{JSON};q=nonsense", None),
    (f"{JSON};q=2", None),
    ("application/jsonx", None),
    ("application", None),
    (",;,=", None),
]


@pytest.mark.parametrize(("accept", "wanted"), _WANTED, ids=str)
def test_the_best_of_what_a_client_takes_is_found(accept: str | None, wanted: str | None) -> None:
    assert wanted_type(accept) == wanted


async def _ask(client: Client, *accept: str) -> httpx.Response:
    headers = [*client.headers().items(), *(("Accept", value) for value in accept)]
    async with plain_client() as http:
        del http.headers["Accept"]
        return await http.post(f"{client.address}/graphql", json=_BODY, headers=headers)


@pytest.mark.parametrize(
    ("accept", "type_"),
    [((), JSON), (("*/*",), JSON), ((GRAPHQL,), GRAPHQL), (("text/html", GRAPHQL), GRAPHQL)],
    ids=["nothing", "anything", "by name", "in the second of two headers"],
)
async def test_the_answer_has_that_form_and_says_so(anyone: Client, accept: tuple[str, ...], type_: str) -> None:
    response = await _ask(anyone, *accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{type_}; charset=utf-8"
    assert response.headers["vary"] == "Accept"
    assert response.json()["data"] == {"__typename": "Query"}


async def test_who_takes_none_of_the_forms_is_answered_406(anyone: Client) -> None:
    response = await _ask(anyone, "text/html")
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"] == {"code": "INVALID_REQUEST"}

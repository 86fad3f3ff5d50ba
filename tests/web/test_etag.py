"""ETag and 304: a response is sent again only if it has changed."""

import httpx
import pytest

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.plain import plain_client
from web.graphql.negotiation import EVENTS, GRAPHQL, JSON

_NAMES = "{ integrations { nodes { name } } }"


async def _get(client: Client, query: str = _NAMES, **headers: str) -> httpx.Response:
    async with plain_client(base_url=client.address, headers=client.headers()) as http:
        return await http.get("/graphql", params={"query": query}, headers=headers)


async def test_an_answer_that_the_client_has_is_not_sent_again_until_it_changes(client: Client) -> None:
    first = await _get(client)
    assert first.headers["cache-control"] == "no-store"
    known = {"If-None-Match": first.headers["etag"]}
    again = await _get(client, **known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await add_integration(client, "New")
    changed = await _get(client, **known)
    assert changed.status_code == 200
    assert changed.json()["data"]["integrations"]["nodes"] == [{"name": "New"}]
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("known", ['"other", {}', "W/{}", "*"])
async def test_all_forms_of_if_none_match_are_understood(client: Client, known: str) -> None:
    tag = (await _get(client)).headers["etag"]
    assert (await _get(client, **{"If-None-Match": known.format(tag)})).status_code == 304


async def test_another_tag_or_another_form_is_answered_in_full(client: Client) -> None:
    tag = (await _get(client)).headers["etag"]
    assert (await _get(client, **{"If-None-Match": '"other"'})).status_code == 200
    other = await _get(client, **{"If-None-Match": tag, "Accept": GRAPHQL})
    assert (other.status_code, other.headers["content-type"]) == (200, f"{GRAPHQL}; charset=utf-8")


@pytest.mark.parametrize("type_", [GRAPHQL, JSON, EVENTS])
async def test_errors_have_no_tag_and_are_not_kept(client: Client, type_: str) -> None:
    answer = await _get(client, "{ nope }", Accept=type_)
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_posts_have_no_tag(client: Client) -> None:
    answer = await client.send(json={"query": _NAMES}, headers={"If-None-Match": "*"})
    assert answer.status_code == 200
    assert "etag" not in answer.headers


async def test_who_may_not_ask_is_told_so_and_not_that_nothing_has_changed(client: Client) -> None:
    tag = (await _get(client)).headers["etag"]
    answer = await _get(Client(client.address, "drawbridge_none"), **{"If-None-Match": tag})
    assert answer.status_code == 401

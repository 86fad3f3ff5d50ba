"""The OAuth callback redirects users to the page that sent them, with Stripe's parameters in the fragment."""

from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.support.client import Client
from tests.support.oauth import approve, begin, complete, return_url
from tests.support.waiting import PATIENCE


async def call_back(client: Client, query: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        return await http.get(f"{client.address}/stripe/callback?{query}")


async def test_state_and_code_go_into_the_fragment(client: Client) -> None:
    redirect = urlsplit(await approve((await begin(client))["authorizationUrl"]))
    response = await call_back(client, redirect.query)
    page, _, fragment = response.headers["location"].partition("#")
    assert (response.status_code, page) == (303, return_url(client))
    carried, sent = dict(parse_qsl(fragment)), dict(parse_qsl(redirect.query))
    assert carried == {"state": sent["state"], "code": sent["code"]}
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"


async def test_an_error_goes_into_the_fragment(client: Client) -> None:
    begun = await begin(client)
    redirect = urlsplit(await approve(begun["authorizationUrl"], decision="deny"))
    fragment = urlsplit((await call_back(client, redirect.query)).headers["location"]).fragment
    carried = dict(parse_qsl(fragment))
    assert carried["error"] == "access_denied"
    assert carried["error_description"] == "The user denied your request"


@pytest.mark.parametrize("query", ["", "state=", "state=unknown&code=x", "state=%00", "code=x", "state=%ed%a0%80"])
async def test_an_unknown_state_is_redirected_nowhere(client: Client, query: str) -> None:
    response = await call_back(client, query)
    assert (response.status_code, "location" in response.headers) == (404, False)
    assert "start again." in response.text
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_a_state_that_was_completed_is_redirected_nowhere(client: Client) -> None:
    redirect = urlsplit(await approve((await begin(client))["authorizationUrl"]))
    sent = dict(parse_qsl(redirect.query))
    assert (await call_back(client, redirect.query)).status_code == 303
    await complete(client, {"state": sent["state"], "code": sent["code"]})
    assert (await call_back(client, redirect.query)).status_code == 404

"""The OAuth callback redirects users to the page that sent them, with Stripe's parameters in the fragment."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from tests.support.actions import state
from tests.support.client import Client
from tests.support.oauth import approve, begin, come_back, complete, return_url
from tests.support.plain import plain_client


async def call_back(client: Client, query: str) -> httpx.Response:
    async with plain_client() as http:
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


@pytest.mark.parametrize("query", ["", "state=", "state=unknown&code=x", "state=%00", "state=%ed%a0%80"])
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


@pytest.mark.parametrize(
    ("query", "title", "page"),
    [
        ("error=access_denied&error_description=<b>No", "Access was declined", "credentials"),
        ("error=server_error&error_description=<b>No", "Something went wrong at Stripe", "credentials"),
        ("error=", "Something went wrong at Stripe", "credentials"),
        ("code=ac_Marketplace&account_id=acct_1", "One more step", "credentials/new"),
        ("state=&code=ac_Marketplace", "One more step", "credentials/new"),
    ],
)
async def test_without_a_state_a_page_says_what_happened_and_uses_nothing_of_the_request(
    client: Client, query: str, title: str, page: str
) -> None:
    before = await state(client)
    response = await call_back(client, query)
    assert (response.status_code, "location" in response.headers) == (200, False)
    assert f"<h1>{title}</h1>" in response.text
    assert f'<a href="{return_url(client)}#/{page}">' in response.text
    assert not [
        text for text in ("ac_Marketplace", "acct_1", "<b>", "access_denied", "server_error") if text in response.text
    ]
    assert response.headers["referrer-policy"] == "no-referrer"
    assert await state(client) == before


async def test_a_declined_authorization_without_a_state_is_still_open(client: Client) -> None:
    begun = await begin(client)
    assert (await call_back(client, "error=access_denied")).status_code == 200
    given = await come_back(await approve(begun["authorizationUrl"]))
    assert (await complete(client, given))["__typename"] == "CompleteStripeAuthSuccess"


async def test_a_code_that_came_without_a_state_connects_nobody(client: Client) -> None:
    """Somebody else's code, brought by a link, while this user has an authorization open."""
    begun = await begin(client)
    foreign = dict(parse_qsl(urlsplit(await approve((await begin(client, "Other"))["authorizationUrl"])).query))
    assert (await call_back(client, urlencode({"code": foreign["code"]}))).status_code == 200
    mine = dict(parse_qsl(urlsplit(begun["authorizationUrl"]).query))["state"]
    assert (await complete(client, {"state": mine, "code": foreign["code"]}))["reason"] == "UNKNOWN_STATE"

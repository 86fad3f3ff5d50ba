"""Stripe's OAuth flow through the sandbox's pages, as in a browser."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from sandbox.oauth import shortened
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import BEGIN, COMPLETE, REVEAL_SECRET
from tests.support.plain import plain_client
from tests.support.secrecy import keep


def return_url(client: Client) -> str:
    """Returns the console's return URL, which development allows."""
    return f"{client.address}/console/"


async def begin(client: Client, name: str = "Acme", **more: Any) -> dict[str, Any]:
    """Starts connecting an account in test mode, of a new credential or of the one with `credentialId`."""
    new = {"name": name, "destination": more.pop("destination", "STRIPE_TEST_MODE")}
    target = {"credentialId": more.pop("credentialId")} if "credentialId" in more else {"newCredential": new}
    return await client.result(BEGIN, input={"returnUrl": return_url(client), "target": target, **more})


async def approve(authorization_url: str, *, decision: str = "approve", exchange: str = "works", **fields: str) -> str:
    """Presses a button of the consent page; returns the callback's URL, to which Stripe sends the browser."""
    async with plain_client() as http:
        page = await http.get(authorization_url)
        assert page.status_code == 200, page.text
        hidden = re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', page.text)
        form = {unescape(name): unescape(value) for name, value in hidden}
        given = form | {"decision": decision, "exchange": exchange} | fields
        answered = await http.post(authorization_url, data=given)
    if decision == "approve":
        assert answered.status_code == 200, answered.text
        (link,) = re.findall(r'<a href="(.*?)">← Return to Drawbridge</a>', answered.text)
        return unescape(link)
    assert answered.status_code == 303, answered.text
    return answered.headers["location"]


async def come_back(callback_url: str) -> dict[str, str]:
    """Opens the callback; returns the parameters in the fragment of the URL to which it redirects."""
    async with plain_client() as http:
        response = await http.get(callback_url)
    assert response.status_code == 303, response.text
    fragment = dict(parse_qsl(urlsplit(response.headers["location"]).fragment))
    for secret in (fragment.get("code"), fragment.get("state")):
        if secret:
            keep(secret)
    return fragment


async def returned(begun: dict[str, Any], **how: str) -> dict[str, Any]:
    """Returns the input of completeStripeAuth after the user has responded."""
    fragment = await come_back(await approve(begun["authorizationUrl"], **how))
    names = {"error_description": "errorDescription"}
    return {names.get(name, name): value for name, value in fragment.items()}


async def complete(client: Client, given: dict[str, Any]) -> dict[str, Any]:
    """Completes."""
    return await client.result(COMPLETE, input=given)


async def connect(client: Client, name: str = "Acme", **how: str) -> dict[str, Any]:
    """Completes the whole flow; returns the connected credential."""
    result = await complete(client, await returned(await begin(client, name), **how))
    assert result["__typename"] == "CompleteStripeAuthSuccess", result
    return dict(result["credential"])


async def disconnect_at_stripe(client: Client, account: str) -> httpx.Response:
    """Disconnects with the button of the sandbox's page, in test mode."""
    async with plain_client() as http:
        form = {"client_id": "ca_SandboxTest", "account": account}
        return await http.post(f"{client.address}/sandbox/accounts/disconnect", data=form)


async def exchanges(client: Client, code: str) -> int:
    """Returns the number of attempts to exchange a code."""
    async with plain_client() as http:
        page = (await http.get(f"{client.address}/sandbox/accounts")).text
    found = re.search(rf"<code>{re.escape(shortened(code))}</code></td><td>.*?</td><td>(\d+)<", page)
    assert found
    return int(found[1])


async def token_of(client: Client, credential: dict[str, Any]) -> str:
    """The access token, as a partner gets it."""
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    result = await client.result(REVEAL_SECRET, input={"integrationId": integration["id"], "reason": "test"})
    return keep(str(result["secretKey"]))

"""Credentials stay correct when Stripe or the server crashes, or a webhook is missed; another server acts as Stripe."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.actions import history
from tests.support.client import Client
from tests.support.documents import COMPLETE, CREDENTIALS, DELETE_CREDENTIAL, FOLLOW, VERIFY_CREDENTIAL
from tests.support.oauth import approve, begin, complete, disconnect_at_stripe
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.servers import RunningServer, running_server

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that is used only for its sandbox, whose slow calls take five seconds."""
    with running_server(tmp_path / "stripe", STRIPE_TIMEOUT_SECONDS="4") as running:
        yield running


def settings_for(stripe: RunningServer) -> dict[str, str]:
    """The settings for a server that uses that sandbox; the sandbox accepts only its own server's callback."""
    return {
        "STRIPE_API_BASE": f"{stripe.address}/sandbox",
        "PUBLIC_URL": stripe.address,
        "RETURN_URLS": f"{stripe.address}/console/",
        "STRIPE_AUTH_TTL_SECONDS": "30",
    }


async def approved(
    client: Client, stripe: RunningServer, exchange: str = "works", name: str = "Acme"
) -> dict[str, Any]:
    """Approves access; returns the state and the code of the redirect, which reaches the client's server."""
    begun = await begin(client, name, returnUrl=f"{stripe.address}/console/")
    redirect = await approve(begun["authorizationUrl"], exchange=exchange)
    query = dict(parse_qsl(urlsplit(redirect).query))
    async with plain_client() as http:
        assert (await http.get(f"{client.address}/stripe/callback", params=query)).status_code == 303
    return {"state": query["state"], "code": query["code"]}


async def exchanges(stripe: RunningServer) -> list[str]:
    """The number of exchanges of each code, from the sandbox's page."""
    async with plain_client() as http:
        page = (await http.get(f"{stripe.address}/sandbox/accounts")).text
    rows = page.partition("<h2>Codes</h2>")[2].split("</tr>")
    return [row.split("<td>")[-1].partition("<")[0] for row in rows if "<td>" in row]


async def test_deleting_goes_on_without_stripe_and_says_what_is_left_to_do(
    stripe: RunningServer, tmp_path: Path
) -> None:
    with running_server(tmp_path / "own", **settings_for(stripe)) as server:
        client = (await new_tenant(server)).client
        credential = (await complete(client, await approved(client, stripe)))["credential"]
        stripe.kill()
        result = await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]})
        assert result["deletedCredentialId"] == credential["id"]
        assert result["message"].endswith(
            "Stripe could not be notified yet. Access to acct_1SandboxDrawbridge will be withdrawn later."
        )
        assert (await client.result(CREDENTIALS))["totalCount"] == 0


async def test_a_crash_between_claim_and_outcome_leaves_a_credential_that_ends_by_its_time(
    stripe: RunningServer, tmp_path: Path
) -> None:
    with running_server(tmp_path / "own", **settings_for(stripe)) as server:
        client = (await new_tenant(server)).client
        given = await approved(client, stripe, exchange="slow")
        async with client.socket() as socket:
            await socket.subscribe(COMPLETE, input=given)
            while await exchanges(stripe) != ["1"]:
                pass
            server.kill()
    with running_server(tmp_path / "own", **settings_for(stripe)) as server:
        client = Client(server.address, client.token)
        assert (await complete(client, given))["reason"] == "ALREADY_USED"
        async with client.socket() as socket:
            await socket.subscribe(FOLLOW, after=(await history(client))[0]["cursor"])
            kinds = [(await socket.next())["events"]["kind"] for _ in range(2)]
        assert kinds == ["CREDENTIAL_EXPIRING", "CREDENTIAL_EXPIRED"]
        assert (await client.result(CREDENTIALS))["totalCount"] == 0
        assert await exchanges(stripe) == ["1"]


async def test_verifying_finds_what_no_webhook_told(stripe: RunningServer, tmp_path: Path) -> None:
    with running_server(tmp_path / "own", **settings_for(stripe)) as server:
        client = (await new_tenant(server)).client
        given = await approved(client, stripe)
        credential = (await complete(client, given))["credential"]
        # The sandbox sends its webhook to its own server, which does not have this credential.
        elsewhere = replace(client, address=stripe.address)
        assert (await disconnect_at_stripe(elsewhere, "acct_1SandboxDrawbridge")).status_code == 303
        verified = await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    assert verified["credential"]["problem"] == "DEAUTHORIZED"

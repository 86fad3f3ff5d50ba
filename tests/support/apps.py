"""Stripe Apps: a server that is set up as the sandbox's app, and what the sandbox's pages say about its tokens."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from models import Credential
from sandbox import registered_apps
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.oauth import begin, complete, returned
from tests.support.plain import PLAIN
from tests.support.secrecy import keep
from tests.support.waiting import PATIENCE

CLIENT_ID = "ca_SandboxAppTest"
# The server hands out a token until five minutes before its end.
AHEAD = timedelta(minutes=5)

_GRANT = "flow grantedScope accessExpiresAt status problem secretVersion version health { state failingSince }"
GRANT = f"query ($id: ID!) {{ credential(id: $id) {{ {_GRANT} }} }}"
REVEAL = """mutation ($input: RevealSecretInput!) { revealSecret(input: $input) { __typename
    ... on Error { message } ... on StripeUnavailableError { retryAfterSeconds }
    ... on CredentialNotConnectedError { credential { status problem } }
    ... on RevealSecretSuccess { secretKey stripeAccountId livemode secretVersion expiresAt } } }"""


def app_settings(port: int) -> dict[str, str]:
    """The settings of a server on this port that is the sandbox's app, in both modes."""
    address = f"http://127.0.0.1:{port}"
    settings = {"PORT": str(port)}
    for app in registered_apps(address, address):
        prefix = f"STRIPE_{'LIVE' if app.livemode else 'TEST'}_APP"
        settings |= {
            f"{prefix}_AUTHORIZE_LINK": app.authorize_link(f"{address}/sandbox"),
            f"{prefix}_SECRET_KEY": app.secret_key,
            f"{prefix}_WEBHOOK_SECRET": app.webhook_secret,
            f"{prefix}_ID": app.app_id,
        }
    return settings


class Installed:
    """An account that has installed the app, and an integration that uses its credential."""

    def __init__(self, client: Client, code: str, credential: dict[str, Any], integration: dict[str, Any]) -> None:
        self.client = client
        self.code = code
        self.credential_id = str(credential["id"])
        self.integration_id = str(integration["id"])

    async def grant(self) -> dict[str, Any]:
        """The credential."""
        return dict((await self.client.execute(GRANT, id=self.credential_id))["credential"])

    async def reveal(self, client: Client | None = None) -> dict[str, Any]:
        """Reveals the access token as a partner does."""
        given = {"integrationId": self.integration_id, "reason": "test"}
        result = await (client or self.client).result(REVEAL, input=given)
        if "secretKey" in result:
            keep(result["secretKey"])
        return result

    async def refreshes(self) -> int:
        """How many calls have refreshed its tokens."""
        return (await self.counted())[1]

    async def is_refreshed(self) -> bool:
        """Whether a call has refreshed them."""
        return await self.refreshes() > 0

    async def counted(self) -> tuple[int, int]:
        """The numbers of exchanges and refreshes."""
        page = await _get(self.client, "apps")
        name = re.escape(f"{self.code[:7]}…{self.code[-4:]}")
        found = re.search(rf"<code>{name}</code></td><td>.*?</td><td>(\d+)</td><td>(\d+)</td>", page)
        assert found, page
        return int(found[1]), int(found[2])

    async def choose(self, outcome: str) -> None:
        """Chooses the outcome of the next refreshes."""
        await post(self.client, "apps/refreshes", code=self.code, refresh=outcome)

    async def works(self, token: str) -> bool:
        """Whether Stripe accepts a token."""
        async with httpx.AsyncClient(timeout=PATIENCE, verify=PLAIN) as http:
            headers = {"Authorization": f"Bearer {token}"}
            response = await http.get(f"{self.client.address}/sandbox/v1/customers", headers=headers)
        return response.status_code == 200


async def install(client: Client, name: str = "Acme", **how: str) -> Installed:
    """Installs the app on an account, and adds an integration."""
    given = await returned(await begin(client, name), **how)
    result = await complete(client, given)
    assert result["__typename"] == "CompleteStripeAuthSuccess", result
    credential = result["credential"]
    integration = await add_integration(client, name, authentication={"credentialId": credential["id"]})
    return Installed(client, given["code"], credential, integration)


async def age(installed: Installed, left: timedelta) -> None:
    """Changes the end of an access token that the server has stored. Its database has to be open."""
    ends = datetime.now(UTC) + left
    assert await Credential.filter(id=installed.credential_id).update(access_expires_at=ends)


async def refused_calls(client: Client) -> int:
    """How many calls the app's token endpoint has refused."""
    found = re.search(r"Refused calls to the token endpoint: (\d+)", await _get(client, "apps"))
    assert found
    return int(found[1])


async def post(client: Client, path: str, **form: str) -> httpx.Response:
    """Uses a form of the sandbox's pages."""
    async with httpx.AsyncClient(timeout=PATIENCE, verify=PLAIN) as http:
        response = await http.post(f"{client.address}/sandbox/{path}", data=form)
    assert response.status_code < 400, response.text
    return response


async def _get(client: Client, path: str) -> str:
    async with httpx.AsyncClient(timeout=PATIENCE, verify=PLAIN) as http:
        return (await http.get(f"{client.address}/sandbox/{path}")).text

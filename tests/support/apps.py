"""Servers that are set up as the sandbox's Stripe App, and credentials that came by its installation.

`stripe_app` has what the sandbox itself does.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from models import Credential
from resolvers.credentials.sealing import refresh_token_context
from sandbox import registered_apps
from settings import Settings
from startup.services import create_services
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.oauth import begin, complete, returned
from tests.support.secrecy import keep
from tests.support.stripe_app import StripeApp

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

    @property
    def stripe(self) -> StripeApp:
        """The sandbox in which the app is installed."""
        return sandbox_of(self.client)

    async def refreshes(self) -> int:
        """How many calls have refreshed its tokens."""
        return (await self.counted())[1]

    async def is_refreshed(self) -> bool:
        """Whether a call has refreshed them."""
        return await self.refreshes() > 0

    async def counted(self) -> tuple[int, int]:
        """The numbers of exchanges and refreshes."""
        return await self.stripe.counted(self.code)

    async def choose(self, outcome: str) -> None:
        """Chooses the outcome of the next refreshes."""
        await self.stripe.choose_refresh(outcome, code=self.code)

    async def works(self, token: str) -> bool:
        """Whether Stripe accepts a token."""
        return await self.stripe.works(token)

    async def uninstall(self) -> None:
        """Uninstalls the app as the account's user does in the Stripe Dashboard, which sends the webhook."""
        account = str((await self.reveal())["stripeAccountId"])
        assert (await self.stripe.uninstall(account)).status_code == 303


def sandbox_of(client: Client) -> StripeApp:
    """The app in test mode, of the client's server."""
    return StripeApp(f"{client.address}/sandbox")


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


async def keep_refresh_tokens(settings: Settings) -> None:
    """Records the refresh tokens that a server has stored, for `assert_no_leak`. Its database has to be open."""
    vault = create_services(settings).vault
    for row in await Credential.filter(sealed_refresh_token__not_isnull=True):
        keep(vault.open(row.sealed_refresh_token or "", refresh_token_context(row)).reveal())

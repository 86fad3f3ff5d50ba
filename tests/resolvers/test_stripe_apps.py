"""Connecting a Stripe account by installing a Stripe App, and the flow by which a credential reconnects."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.actions import kinds
from tests.support.apps import AHEAD, Installed, app_settings, install
from tests.support.client import Client
from tests.support.documents import CREDENTIALS, DELETE_CREDENTIAL, DELETE_INTEGRATION
from tests.support.oauth import begin, complete, returned
from tests.support.organizations import new_tenant
from tests.support.ports import own_port
from tests.support.servers import RunningServer
from tests.support.stripe import changed_at_stripe
from tests.support.stripe_app import CLIENT_ID, SECRET_KEY
from tests.support.waiting import until
from tests.support.watched import watched_server

_HOUR = timedelta(hours=1)
# An account that no other test leaves connected.
_OTHER = {"exchange": "other account"}


@pytest.fixture(scope="module")
def apps_server(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:
    """A server with a Stripe App and a Connect platform."""
    with watched_server(tmp_path_factory.mktemp(f"apps-{engine}"), **app_settings(own_port())) as running:
        yield running


@pytest.fixture
async def client(apps_server: RunningServer) -> Client:
    return (await new_tenant(apps_server)).client


async def test_the_app_is_installed_and_its_tokens_have_an_end(client: Client) -> None:
    before = datetime.now(UTC)
    installed = await install(client)
    grant = await installed.grant()
    assert (grant["flow"], grant["grantedScope"], grant["status"]) == ("STRIPE_APP", "stripe_apps", "CONNECTED")
    ends = datetime.fromisoformat(grant["accessExpiresAt"])
    assert before + _HOUR <= ends <= datetime.now(UTC) + _HOUR, "Stripe names no lifetime, so it is an hour"
    revealed = await installed.reveal()
    assert datetime.fromisoformat(revealed["expiresAt"]) == ends - AHEAD
    assert await installed.works(revealed["secretKey"])
    assert await installed.counted() == (1, 0)
    assert await kinds(client) == [
        "CREDENTIAL_CREATED",
        "CREDENTIAL_STATUS_CHANGED",
        "CREDENTIAL_VERIFIED",
        "INTEGRATION_CREATED",
        "SECRET_REVEALED",
    ]


async def test_the_link_is_the_operators_with_our_parameters(client: Client) -> None:
    url = urlsplit((await begin(client))["authorizationUrl"])
    query = parse_qs(url.query)
    assert url.path == "/sandbox/oauth/v2/chnlink_SandboxTest/authorize"
    assert set(query) == {"client_id", "redirect_uri", "state"}
    assert (query["client_id"], query["redirect_uri"]) == ([CLIENT_ID], [f"{client.address}/stripe/callback"])


async def test_a_lifetime_that_stripe_names_counts(client: Client) -> None:
    before = datetime.now(UTC)
    grant = await (await install(client, expires_in="7200")).grant()
    assert datetime.fromisoformat(grant["accessExpiresAt"]) >= before + 2 * _HOUR


async def test_a_token_of_330_seconds_is_refreshed_after_30(client: Client) -> None:
    """As docs/sandbox.md advises, to see a refresh."""
    given = await (await install(client, expires_in="330")).reveal()
    assert timedelta(0) < datetime.fromisoformat(given["expiresAt"]) - datetime.now(UTC) <= timedelta(seconds=30)


@pytest.mark.parametrize(
    ("exchange", "reason"),
    [
        ("other mode", "MODE_MISMATCH"),
        ("wrong mode", "MODE_MISMATCH"),
        ("unavailable", "OUTCOME_UNKNOWN"),
    ],
)
async def test_a_code_is_exchanged_once_whatever_comes_of_it(client: Client, exchange: str, reason: str) -> None:
    given = await returned(await begin(client), exchange=exchange)
    first = await complete(client, given)
    assert (first["reason"], await complete(client, given)) == (reason, first)
    (listed,) = (await client.result(CREDENTIALS))["nodes"]
    assert listed["status"] == "INCOMPLETE"


async def test_a_credential_reconnects_as_the_account_that_it_was(client: Client) -> None:
    installed = await install(client)
    other = await returned(await begin(client, credentialId=installed.credential_id), exchange="other account")
    refused = await complete(client, other)
    assert (refused["reason"], "different Stripe account" in refused["message"]) == ("REJECTED", True)
    again = await returned(await begin(client, credentialId=installed.credential_id))
    result = await complete(client, again)
    assert result["credential"]["id"] == installed.credential_id
    assert (await installed.grant())["flow"] == "STRIPE_APP"


async def test_uninstalling_at_stripe_disconnects(client: Client) -> None:
    installed = await install(client)
    await installed.uninstall()
    grant = await installed.grant()
    assert (grant["status"], grant["problem"]) == ("DISCONNECTED", "DEAUTHORIZED")
    assert (await kinds(client))[-2:] == ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]


async def test_an_old_webhook_ends_no_token_that_works(client: Client) -> None:
    installed = await install(client)
    form = {"client_id": CLIENT_ID, "account": (await installed.reveal())["stripeAccountId"], "event": "late"}
    assert (await installed.stripe.send("POST", "/apps/send", data=form)).status_code == 200
    assert (await installed.grant())["status"] == "CONNECTED"


async def test_deleting_the_last_credential_uninstalls(client: Client) -> None:
    one, two = await install(client, "One", **_OTHER), await install(client, "Two", **_OTHER)
    token = (await one.reveal())["secretKey"]
    await _delete(two)
    assert await one.works(token), "another credential depends on the installation"
    await _delete(one)
    await one.stripe.move_clock(13)  # Stripe uninstalls within seconds, until when tokens work
    assert not await one.works(token)


@pytest.mark.slow
async def test_an_uninstallation_is_repeated_while_stripe_is_away(apps_server: RunningServer, client: Client) -> None:
    installed = await install(client, **_OTHER)
    token = (await installed.reveal())["secretKey"]
    async with changed_at_stripe(apps_server, SECRET_KEY, "unavailable"):
        await _delete(installed)
    await until(lambda: _is_dead(installed, token))


async def _is_dead(installed: Installed, token: str) -> bool:
    await installed.stripe.move_clock(13)
    return not await installed.works(token)


async def _delete(installed: Installed) -> None:
    await installed.client.result(DELETE_INTEGRATION, input={"id": installed.integration_id})
    result = await installed.client.result(DELETE_CREDENTIAL, input={"id": installed.credential_id})
    assert result["__typename"] == "DeleteCredentialSuccess", result

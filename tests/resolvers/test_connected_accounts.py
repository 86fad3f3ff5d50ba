"""A connected account is asked with the token that partners get, and the platform's own faults are the operator's."""

from typing import Any

import pytest

from models import Credential
from startup.database import open_database
from tests.resolvers.test_stripe_failures import Trace
from tests.support.client import Client
from tests.support.documents import CREDENTIALS, VERIFY_CREDENTIAL
from tests.support.oauth import begin, complete, connect, disconnect_at_stripe, exchanges, returned, token_of
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe, changed_at_stripe, platform_key

_ACCOUNT = "acct_1SandboxDrawbridge"
_EXCHANGE = "POST /oauth/token"


async def _verify(client: Client, credential: dict[str, Any]) -> dict[str, Any]:
    return await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})


@pytest.mark.parametrize("behaviour", ["rejected", "expired", "platformexpired", "revoked"])
async def test_a_token_that_stripe_has_ended_is_found(client: Client, server: RunningServer, behaviour: str) -> None:
    credential = await connect(client)
    await change_at_stripe(server, await token_of(client, credential), behaviour)
    verified = (await _verify(client, credential))["credential"]
    assert (verified["status"], verified["problem"]) == ("DISCONNECTED", "DEAUTHORIZED")


@pytest.mark.parametrize("behaviour", ["ipblocked", "unauthorizedip", "forbidden", "notfound", "unavailable"])
async def test_what_says_nothing_of_a_token_leaves_its_credential_connected(
    client: Client, server: RunningServer, behaviour: str
) -> None:
    credential = await connect(client)
    async with changed_at_stripe(server, await token_of(client, credential), behaviour):
        assert (await _verify(client, credential))["__typename"] == "StripeUnavailableError"
    listed = (await client.result(CREDENTIALS))["nodes"]
    assert [row["status"] for row in listed if row["id"] == credential["id"]] == ["CONNECTED"]


@pytest.mark.parametrize("behaviour", ["restricted", "rejected", "unavailable"])
async def test_the_platform_s_key_says_nothing_of_a_token(
    client: Client, server: RunningServer, behaviour: str
) -> None:
    credential = await connect(client)
    await change_at_stripe(server, await token_of(client, credential), "rejected")
    async with platform_key(server, behaviour):
        assert (await _verify(client, credential))["credential"]["problem"] == "DEAUTHORIZED"


@pytest.mark.parametrize(
    ("behaviour", "cause", "words"),
    [
        ("rejected", "platform_key_refused", "Ask the operator to correct this server's Stripe settings"),
        ("restricted", "platform_permission_missing", "lacks a permission"),
        ("unauthorizedip", "ip_not_allowed", "from this server's IP address"),
        ("forbidden", "forbidden", "without saying"),
        ("retryafter", "rate_limited", "Try again in 7 s"),
    ],
)
async def test_a_fault_of_the_platform_is_the_operator_s_and_leaves_the_code_unused(
    client: Client, server: RunningServer, behaviour: str, cause: str, words: str
) -> None:
    given = await returned(await begin(client))
    trace = Trace(server)
    before = await trace.figure(cause, _EXCHANGE)
    async with platform_key(server, behaviour):
        result = await complete(client, given)
    assert result["__typename"] == "StripeUnavailableError"
    assert words in result["message"]
    await trace.assert_told(cause, before, _EXCHANGE)
    assert (await complete(client, given))["__typename"] == "CompleteStripeAuthSuccess"
    assert await exchanges(client, given["code"]) == 1


async def test_a_code_of_the_other_mode_is_told_as_such(client: Client, server: RunningServer) -> None:
    given = await returned(await begin(client), exchange="wrong mode")
    trace = Trace(server)
    before = await trace.figure("wrong_mode", _EXCHANGE)
    assert (await complete(client, given))["reason"] == "MODE_MISMATCH"
    await trace.assert_told("wrong_mode", before, _EXCHANGE)


async def test_a_deauthorized_credential_s_token_is_erased(client: Client, server: RunningServer) -> None:
    credential = await connect(client)
    assert await _sealed(server, credential)
    await disconnect_at_stripe(client, _ACCOUNT)
    assert await _sealed(server, credential) is None
    again = await complete(client, await returned(await begin(client, credentialId=credential["id"])))
    assert again["credential"]["status"] == "CONNECTED"


async def _sealed(server: RunningServer, credential: dict[str, Any]) -> str | None:
    async with open_database(server.settings):
        return (await Credential.get(id=credential["id"])).sealed_secret

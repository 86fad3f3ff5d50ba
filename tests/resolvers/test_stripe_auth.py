"""Connecting a Stripe account by OAuth: begin, approve at Stripe, complete."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from models import Scope
from tests.support.actions import add_credential, history, kinds
from tests.support.client import Client
from tests.support.documents import BEGIN, CREDENTIALS, VERIFY_CREDENTIAL
from tests.support.oauth import approve, begin, come_back, complete, connect, exchanges, return_url, returned
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.servers import RunningServer


async def test_the_whole_journey(client: Client) -> None:
    begun = await begin(client)
    credential = begun["credential"]
    assert begun["message"] == "Approve access for credential “Acme” at Stripe."
    assert (credential["status"], credential["displayName"]) == ("INCOMPLETE", "Acme (Incomplete)")
    assert (credential["method"], credential["destination"]) == ("OAUTH", "STRIPE_TEST_MODE")
    assert (credential["maskedSecret"], credential["account"]) == (None, None)
    assert credential["expiresAt"] == begun["expiresAt"]
    assert (await client.result(CREDENTIALS))["nodes"] == [credential]

    given = await returned(begun)
    result = await complete(client, given)
    assert result["message"] == "Credential “Acme” is connected to Stripe."
    connected = result["credential"]
    assert (connected["id"], connected["status"], connected["displayName"]) == (credential["id"], "CONNECTED", "Acme")
    assert (connected["expiresAt"], connected["account"]["name"]) == (None, "Sandbox Business")
    assert await kinds(client) == ["CREDENTIAL_CREATED", "CREDENTIAL_STATUS_CHANGED", "CREDENTIAL_VERIFIED"]


async def test_the_authorization_url_is_stripes_with_a_state_of_256_bits(client: Client) -> None:
    one, two = (await begin(client, "One"))["authorizationUrl"], (await begin(client, "Two"))["authorizationUrl"]
    query = parse_qs(urlsplit(one).query)
    assert urlsplit(one).path.endswith("/oauth/authorize")
    assert query["redirect_uri"] == [f"{client.address}/stripe/callback"]
    assert (query["client_id"], query["response_type"]) == (["ca_SandboxTest"], ["code"])
    assert len(query["state"][0]) == 43
    assert query["state"] != parse_qs(urlsplit(two).query)["state"]


async def test_the_same_call_again_has_the_same_answer_and_asks_stripe_nothing(client: Client) -> None:
    given = await returned(await begin(client))
    first = await complete(client, given)
    assert await complete(client, given) == first
    assert await exchanges(client, given["code"]) == 1


async def test_of_twenty_at_once_one_exchanges_and_all_have_its_answer(client: Client) -> None:
    given = await returned(await begin(client))
    results = await asyncio.gather(*(complete(client, given) for _ in range(20)))
    outcomes = {
        (result["__typename"], result["credential"]["id"], result["credential"]["status"]) for result in results
    }
    assert [(outcome[0], outcome[2]) for outcome in outcomes] == [("CompleteStripeAuthSuccess", "CONNECTED")]
    assert await exchanges(client, given["code"]) == 1


async def test_a_declined_approval_is_remembered_and_the_user_may_begin_again(client: Client) -> None:
    begun = await begin(client)
    given = await returned(begun, decision="deny")
    assert given["error"] == "access_denied"
    for _ in range(2):
        assert (await complete(client, given))["reason"] == "DENIED"
    again = await begin(client, credentialId=begun["credential"]["id"])
    assert again["credential"]["id"] == begun["credential"]["id"]
    result = await complete(client, await returned(again))
    assert result["credential"]["status"] == "CONNECTED"


@pytest.mark.parametrize(
    ("exchange", "outcome"),
    [
        ("other mode", "MODE_MISMATCH"),
        pytest.param("slow", "OUTCOME_UNKNOWN", marks=pytest.mark.slow),
        ("unavailable", "OUTCOME_UNKNOWN"),
    ],
)
async def test_what_goes_wrong_in_the_exchange_is_told_and_not_tried_again(
    client: Client, exchange: str, outcome: str
) -> None:
    begun = await begin(client)
    given = await returned(begun, exchange=exchange)
    first = await complete(client, given)
    assert await complete(client, given) == first
    assert first.get("reason") == outcome
    if outcome == "OUTCOME_UNKNOWN":
        assert "may or may not be connected" in first["message"]
    assert await exchanges(client, given["code"]) == 1
    (listed,) = (await client.result(CREDENTIALS))["nodes"]
    assert listed["status"] == "INCOMPLETE"


async def test_a_code_that_stripe_did_not_look_at_may_be_sent_again(client: Client) -> None:
    given = await returned(await begin(client), exchange="ratelimited")
    limited = await complete(client, given)
    assert (limited["__typename"], limited["retryAfterSeconds"]) == ("StripeUnavailableError", None)
    assert (await complete(client, given))["__typename"] == "CompleteStripeAuthSuccess"


@pytest.mark.parametrize("more", [{"code": "ac_unknown{}"}, {"error": "server_error"}, {}])
async def test_what_stripe_refuses_is_rejected(client: Client, more: dict[str, str]) -> None:
    state = parse_qs(urlsplit((await begin(client))["authorizationUrl"]).query)["state"][0]
    given = {"state": state, **{name: value.format(state) for name, value in more.items()}}  # no code comes twice
    async with plain_client() as http:
        assert (await http.get(f"{client.address}/stripe/callback", params=given)).status_code == 303
    assert (await complete(client, given))["reason"] == "REJECTED"


async def test_anothers_state_answers_as_an_unknown_one(tenant: Tenant, server: RunningServer) -> None:
    begun = await begin(tenant.client)
    given = await returned(begun)
    unknown = await complete(tenant.client, given | {"state": "x"})
    assert unknown["reason"] == "UNKNOWN_STATE"
    colleague = await tenant.client_with(*Scope)
    for other in (colleague, (await new_tenant(server)).client):
        assert await complete(other, given) == unknown
    assert (await complete(tenant.client, given))["credential"]["status"] == "CONNECTED"


async def test_verifying_what_is_incomplete_says_so(client: Client) -> None:
    begun = await begin(client)
    result = await client.result(VERIFY_CREDENTIAL, input={"id": begun["credential"]["id"]})
    assert result["message"] == "Credential “Acme” is not connected yet."
    assert (await history(client))[-1]["kind"] == "CREDENTIAL_CREATED"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "",
        "/console/",
        "{0}/console",
        "{0}/console/../x",
        "{0}/console/#x",
        "{0}@evil/console/",
    ],
)
async def test_a_return_url_that_is_not_allowed_is_refused(client: Client, url: str) -> None:
    result = await begin(client, returnUrl=url.format(client.address))
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "returnUrl")
    assert await history(client) == []


async def test_a_return_url_may_have_a_query(client: Client) -> None:
    begun = await begin(client, returnUrl=f"{return_url(client)}?tab=credentials")
    redirect = await approve(begun["authorizationUrl"])
    assert set(await come_back(redirect)) == {"state", "code"}


async def test_what_makes_no_sense_is_refused(client: Client) -> None:
    await connect(client)
    by_key = await add_credential(client)
    cases = [
        (await begin(client, "  "), ["target", "newCredential", "name"]),
        (await begin(client, credentialId=by_key["id"]), ["target", "credentialId"]),
        (await begin(client, returnUrl="https://evil.example/"), ["returnUrl"]),
    ]
    assert [(result["__typename"], result["field"], result["path"]) for result, _ in cases] == [
        ("InvalidInputError", path[-1], path) for _, path in cases
    ]
    assert (await begin(client, "Acme"))["__typename"] == "NameTakenError"
    unknown = await begin(client, credentialId="credential_01m7zya908eqrbf2erv6qwz5ee")
    assert unknown["__typename"] == "NotFoundError"


@pytest.mark.parametrize(
    "target", [{}, {"newCredential": {"name": "Acme", "destination": "STRIPE"}, "credentialId": "credential_x"}]
)
async def test_the_target_is_a_new_credential_or_an_existing_one(client: Client, target: dict[str, Any]) -> None:
    error = await client.error(BEGIN, input={"returnUrl": return_url(client), "target": target})
    assert error["message"] == "Variable '$input.target' must have exactly one field, which is not null."


async def test_an_incomplete_credential_serves_no_integration(client: Client) -> None:
    begun = await begin(client)
    document = """mutation ($id: ID!) { createIntegration(input: {name: "x", authentication: {credentialId: $id}}) {
        __typename } }"""
    result = await client.result(document, id=begun["credential"]["id"])
    assert result == {"__typename": "CredentialNotConnectedError"}


async def test_live_mode_has_its_own_platform(client: Client) -> None:
    begun = await begin(client, destination="STRIPE")
    assert "client_id=ca_SandboxLive" in begun["authorizationUrl"]
    result = await complete(client, await returned(begun))
    assert result["credential"]["account"]["livemode"] is True


async def test_a_client_that_leaves_does_not_leave_the_outcome_unknown(client: Client) -> None:
    given = await returned(await begin(client))
    async with client.socket() as socket:
        document = "mutation ($input: CompleteStripeAuthInput!) { completeStripeAuth(input: $input) { __typename } }"
        await socket.subscribe(document, input=given)
    result = await complete(replace(client), given)
    assert result["__typename"] == "CompleteStripeAuthSuccess"
    assert await exchanges(client, given["code"]) == 1

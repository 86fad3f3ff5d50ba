"""Stripe's webhooks: verified by signature, acknowledged after the commit, harmless when repeated."""

import json
import time
from typing import Any

import httpx
import pytest

from sandbox.webhooks import sign
from tests.support.actions import add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import CREDENTIAL, DELETE_CREDENTIAL, INTEGRATION, VERIFY_CREDENTIAL
from tests.support.metrics import read_figures
from tests.support.oauth import begin, complete, connect, disconnect_at_stripe, returned, token_of
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe

DEAUTHORIZED = "account.application.deauthorized"
SECRET = "whsec_SandboxTest"
ACCOUNT = "acct_1SandboxDrawbridge"


def deauthorized(**changes: Any) -> str:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": DEAUTHORIZED,
        "account": ACCOUNT,
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "ca_SandboxTest", "object": "application"}},
    }
    return json.dumps(event | changes)


async def deliver(client: Client, payload: str, signature: str | None = None, mode: str = "test") -> httpx.Response:
    headers = {"Stripe-Signature": sign(payload, SECRET) if signature is None else signature}
    async with plain_client() as http:
        return await http.post(f"{client.address}/stripe/webhook/{mode}", content=payload, headers=headers)


async def outcome_count(server: RunningServer, outcome: str, mode: str = "test") -> float:
    """How many webhooks had this outcome."""
    return (await read_figures(server)).of("stripe_webhooks_total", outcome=outcome, mode=mode)


async def test_disconnecting_at_stripe_disconnects_here_and_all_are_told(client: Client) -> None:
    credential = await connect(client)
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    cursor = (await history(client))[-1]["cursor"]
    assert (await disconnect_at_stripe(client, ACCOUNT)).status_code == 303
    found = (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]
    assert (found["status"], found["problem"]) == ("DISCONNECTED", "DEAUTHORIZED")
    assert (await client.result(INTEGRATION, id=integration["id"]))["status"] == "NEEDS_ATTENTION"
    events = await history(client, cursor)
    assert [event["kind"] for event in events] == ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]
    assert [event["actor"] for event in events] == [{"kind": "STRIPE", "id": None, "name": "stripe"}] * len(events)


async def test_all_organizations_with_the_account_are_told(client: Client, server: RunningServer) -> None:
    other = (await new_tenant(server)).client
    mine, theirs = await connect(client), await connect(other)
    await disconnect_at_stripe(client, ACCOUNT)
    for asked, credential in ((client, mine), (other, theirs)):
        assert (await asked.execute(CREDENTIAL, id=credential["id"]))["credential"]["problem"] == "DEAUTHORIZED"


async def test_what_is_repeated_changes_nothing_more(client: Client) -> None:
    await connect(client)
    await disconnect_at_stripe(client, ACCOUNT)
    told = await history(client)
    assert (await deliver(client, deauthorized())).status_code == 200
    assert await history(client) == told


@pytest.mark.parametrize("seconds", [-3600, -60])
async def test_a_late_message_does_not_disconnect_a_token_that_works(client: Client, seconds: int) -> None:
    credential = await connect(client)
    late = deauthorized(created=int(time.time()) + seconds)
    assert (await deliver(client, late)).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential


@pytest.mark.parametrize("seconds", [-3600, 0, 3600], ids=["our clock is fast", "clocks agree", "our clock is slow"])
async def test_stripe_sends_a_message_again_that_may_have_overtaken_the_end_of_its_token(
    client: Client, server: RunningServer, seconds: int
) -> None:
    credential, before = await connect(client), await outcome_count(server, "too_early")
    created = int(time.time()) + seconds
    payload = deauthorized(created=created)
    if seconds >= 0:
        assert (await deliver(client, payload, sign(payload, SECRET, at=created + 5))).status_code == 503
        assert await outcome_count(server, "too_early") == before + 1
        assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential
    await change_at_stripe(server, await token_of(client, credential), "platformexpired")
    again = sign(payload, SECRET, at=max(created, int(time.time())) + 65)
    assert (await deliver(client, payload, again)).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]["problem"] == "DEAUTHORIZED"


@pytest.mark.parametrize("seconds", [-60, 0, 3600])
async def test_a_message_disconnects_a_token_that_is_dead_whatever_its_time(
    client: Client, server: RunningServer, seconds: int
) -> None:
    credential = await connect(client)
    await change_at_stripe(server, await token_of(client, credential), "platformexpired")
    created = int(time.time()) + seconds
    payload = deauthorized(created=created)
    # Tokens of other tests' credentials for the account work, so the event must not be fresh.
    assert (await deliver(client, payload, sign(payload, SECRET, at=created + 60))).status_code == 200
    found = (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]
    assert (found["status"], found["problem"]) == ("DISCONNECTED", "DEAUTHORIZED")
    assert (await history(client))[-1]["actor"]["kind"] == "STRIPE"


async def test_a_message_that_arrives_after_reconnecting_leaves_the_new_token(client: Client) -> None:
    credential = await connect(client)
    await disconnect_at_stripe(client, ACCOUNT)
    again = await complete(client, await returned(await begin(client, credentialId=credential["id"])))
    assert (await deliver(client, deauthorized(created=int(time.time()) - 60))).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == again["credential"]


@pytest.mark.parametrize("behaviour", ["unavailable", "ipblocked", "forbidden", "webpage"])
async def test_stripe_sends_again_what_could_not_be_decided(
    client: Client, server: RunningServer, behaviour: str
) -> None:
    credential = await connect(client)
    token = await token_of(client, credential)
    await change_at_stripe(server, token, behaviour)
    before = await outcome_count(server, "undecided")
    assert (await deliver(client, deauthorized())).status_code == 503
    assert await outcome_count(server, "undecided") == before + 1
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]["status"] == "CONNECTED"
    await change_at_stripe(server, token, "rejected")
    assert (await deliver(client, deauthorized(created=int(time.time()) - 60))).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]["problem"] == "DEAUTHORIZED"


async def test_connecting_again_mends_it(client: Client) -> None:
    credential = await connect(client)
    await disconnect_at_stripe(client, ACCOUNT)
    again = await begin(client, credentialId=credential["id"])
    assert again["credential"]["status"] == "DISCONNECTED"
    result = await complete(client, await returned(again))
    assert (result["credential"]["status"], result["credential"]["problem"]) == ("CONNECTED", None)


async def test_verifying_does_not_mend_it_even_when_another_credential_has_the_account(client: Client) -> None:
    credential = await connect(client)
    await disconnect_at_stripe(client, ACCOUNT)
    await connect(client, "Other")
    verified = await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    assert verified["credential"]["problem"] == "DEAUTHORIZED"
    assert "Connect it again" in verified["message"]


@pytest.mark.parametrize(
    "payload",
    [deauthorized(type="charge.succeeded"), deauthorized(livemode=True), deauthorized(account="acct_unknown")],
    ids=["another event", "the other mode", "an unknown account"],
)
async def test_what_does_not_matter_is_acknowledged_and_changes_nothing(client: Client, payload: str) -> None:
    credential = await connect(client)
    assert (await deliver(client, payload)).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential


async def test_a_mode_that_there_is_not_is_not_found(client: Client) -> None:
    assert (await deliver(client, deauthorized(), mode="sandbox")).status_code == 404


async def test_deleting_withdraws_access_at_stripe(client: Client) -> None:
    credential = await connect(client)
    result = await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]})
    assert result["message"] == "Credential “Acme” has been deleted."
    assert (await kinds(client))[-1] == "CREDENTIAL_DELETED"


async def test_deleting_leaves_access_that_another_credential_lives_by(client: Client) -> None:
    first, second = await connect(client, "First"), await connect(client, "Second")
    await client.result(DELETE_CREDENTIAL, input={"id": first["id"]})
    verified = await client.result(VERIFY_CREDENTIAL, input={"id": second["id"]})
    assert verified["credential"]["status"] == "CONNECTED"

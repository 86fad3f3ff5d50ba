"""Stripe's webhooks: verified by signature, acknowledged after the commit, harmless when repeated."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from sandbox.connect import sign
from tests.support.actions import add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import CREDENTIAL, DELETE_CREDENTIAL, INTEGRATION, VERIFY_CREDENTIAL
from tests.support.oauth import begin, complete, connect, disconnect_at_stripe, returned
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE

SECRET = "whsec_SandboxTest"
ACCOUNT = "acct_1SandboxDrawbridge"


def deauthorized(**changes: Any) -> str:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "account.application.deauthorized",
        "account": ACCOUNT,
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"id": "ca_SandboxTest", "object": "application"}},
    }
    return json.dumps(event | changes)


async def deliver(client: Client, payload: str, signature: str | None = None, mode: str = "test") -> httpx.Response:
    headers = {"Stripe-Signature": sign(payload, SECRET) if signature is None else signature}
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        return await http.post(f"{client.address}/stripe/webhook/{mode}", content=payload, headers=headers)


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
    await deliver(client, deauthorized())
    for asked, credential in ((client, mine), (other, theirs)):
        assert (await asked.execute(CREDENTIAL, id=credential["id"]))["credential"]["problem"] == "DEAUTHORIZED"


async def test_what_is_repeated_changes_nothing_more(client: Client) -> None:
    await connect(client)
    payload = deauthorized()
    first, told = await deliver(client, payload), await history(client)
    second = await deliver(client, payload)
    assert (first.status_code, second.status_code) == (200, 200)
    assert await history(client) == told


async def test_an_old_message_does_not_undo_connecting_again(client: Client) -> None:
    credential = await connect(client)
    old = deauthorized(created=int(time.time()) - 60)
    assert (await deliver(client, old)).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]["status"] == "CONNECTED"


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


async def test_verifying_meanwhile_does_not_outdate_a_message(client: Client) -> None:
    credential = await connect(client)
    payload = deauthorized()
    await asyncio.sleep(1.1)
    await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    await deliver(client, payload)
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"]["problem"] == "DEAUTHORIZED"


@pytest.mark.parametrize(
    "payload",
    [deauthorized(type="charge.succeeded"), deauthorized(livemode=True), deauthorized(account="acct_unknown")],
    ids=["another event", "the other mode", "an unknown account"],
)
async def test_what_does_not_matter_is_acknowledged_and_changes_nothing(client: Client, payload: str) -> None:
    credential = await connect(client)
    assert (await deliver(client, payload)).status_code == 200
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        sign(deauthorized(), "whsec_SandboxLive"),
        sign("another payload", SECRET),
        sign(deauthorized(), SECRET, at=int(time.time()) - 3600),
        "t=1,v1=é",
    ],
    ids=range(6),
)
async def test_a_bad_signature_gets_400_and_learns_nothing(client: Client, signature: str) -> None:
    credential = await connect(client)
    headers = httpx.Headers({"Stripe-Signature": signature}, encoding="latin-1")
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        url = f"{client.address}/stripe/webhook/test"
        response = await http.post(url, content=deauthorized(), headers=headers)
    assert (response.status_code, response.content) == (400, b"")
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential


@pytest.mark.parametrize("payload", ["", "[]", "null", "x", '{"object": "event"}', '{"object": "v2.core.event"}'])
async def test_a_signed_message_of_another_shape_harms_nothing(client: Client, payload: str) -> None:
    assert (await deliver(client, payload)).status_code == 400


async def test_a_mode_that_there_is_not_is_not_found(client: Client) -> None:
    assert (await deliver(client, deauthorized(), mode="sandbox")).status_code == 404


async def test_a_message_larger_than_any_of_stripes_is_refused(client: Client) -> None:
    assert (await deliver(client, deauthorized(more="x" * 300_000))).status_code == 400


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

"""A webhook about a dead token arrives, and its credential changes while Stripe is asked about the token."""

import asyncio
import time

import httpx

from tests.support.actions import history
from tests.support.client import Client
from tests.support.documents import CREDENTIAL, DELETE_CREDENTIAL, DELETE_INTEGRATION, INTEGRATIONS
from tests.support.gate import Gate
from tests.support.oauth import begin, complete, connect, returned, token_of
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe
from tests.web.test_stripe_webhook import deauthorized, deliver

_ASKED = "/v1/account"


async def _with_dead_token(server: RunningServer) -> tuple[Client, str]:
    """A client, and the id of its connected credential."""
    client = (await new_tenant(server)).client
    credential = await connect(client)
    await change_at_stripe(server, await token_of(client, credential), "platformexpired")
    (integration,) = (await client.result(INTEGRATIONS))["nodes"]
    await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
    return client, credential["id"]


def _delivering(client: Client) -> asyncio.Task[httpx.Response]:
    return asyncio.create_task(deliver(client, deauthorized(created=int(time.time()) - 60)))


async def test_a_token_that_is_replaced_meanwhile_stays(gated: RunningServer, gate: Gate) -> None:
    client, id_ = await _with_dead_token(gated)
    with gate.holding(_ASKED, answered=True) as hold:
        delivering = _delivering(client)
        await hold.arrival()
        with gate.holding("no later call"):
            again = await complete(client, await returned(await begin(client, credentialId=id_)))
        told = await history(client)
    assert (await delivering).status_code == 200
    assert again["credential"]["status"] == "CONNECTED"
    assert (await client.execute(CREDENTIAL, id=id_))["credential"] == again["credential"]
    assert await history(client) == told


async def test_a_credential_that_is_deleted_meanwhile_is_no_failure(gated: RunningServer, gate: Gate) -> None:
    client, id_ = await _with_dead_token(gated)
    with gate.holding(_ASKED, answered=True) as hold:
        delivering = _delivering(client)
        await hold.arrival()
        with gate.holding("no later call"):
            deleted = await client.result(DELETE_CREDENTIAL, input={"id": id_})
        told = await history(client)
    assert deleted["__typename"] == "DeleteCredentialSuccess"
    assert (await delivering).status_code == 200
    assert await history(client) == told

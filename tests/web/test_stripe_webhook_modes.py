"""Each mode has a webhook endpoint of its own, with its own secret, which concerns accounts of that mode only."""

import pytest

from sandbox.webhooks import sign
from tests.support.client import Client
from tests.support.documents import CREDENTIAL
from tests.support.oauth import begin, complete, returned
from tests.support.plain import plain_client
from tests.web.test_stripe_webhook import ACCOUNT, deauthorized, deliver

_SECRETS = {"live": "whsec_SandboxLive", "test": "whsec_SandboxTest"}
_DESTINATIONS = {"live": "STRIPE", "test": "STRIPE_TEST_MODE"}


async def _connect(client: Client) -> dict[str, str]:
    """Connects the same account in both modes; returns the credentials' ids."""
    ids = {}
    for mode, destination in _DESTINATIONS.items():
        result = await complete(client, await returned(await begin(client, mode, destination=destination)))
        ids[mode] = result["credential"]["id"]
    return ids


async def _disconnect_at_stripe(client: Client, mode: str) -> int:
    """Presses the button of the sandbox's page, which sends a webhook to the mode's endpoint."""
    form = {"client_id": f"ca_Sandbox{mode.capitalize()}", "account": ACCOUNT}
    async with plain_client() as http:
        return (await http.post(f"{client.address}/sandbox/accounts/disconnect", data=form)).status_code


async def _disconnected(client: Client, ids: dict[str, str]) -> set[str]:
    """The modes whose credential is disconnected."""
    found = {mode: (await client.execute(CREDENTIAL, id=id_))["credential"] for mode, id_ in ids.items()}
    return {mode for mode, credential in found.items() if credential["status"] == "DISCONNECTED"}


@pytest.mark.parametrize("mode", ["live", "test"])
async def test_an_endpoint_takes_its_own_secret_and_disconnects_its_own_mode(client: Client, mode: str) -> None:
    ids = await _connect(client)
    assert await _disconnect_at_stripe(client, mode) == 303
    assert await _disconnected(client, ids) == {mode}
    payload = deauthorized(livemode=mode == "live")
    answer = await deliver(client, payload, sign(payload, _SECRETS[mode]), mode)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert await _disconnected(client, ids) == {mode}


@pytest.mark.parametrize(("mode", "other"), [("live", "test"), ("test", "live")])
async def test_an_endpoint_refuses_the_other_mode_s_secret_and_ignores_its_events(
    client: Client, mode: str, other: str
) -> None:
    ids = await _connect(client)
    payload = deauthorized(livemode=mode == "live")
    assert (await deliver(client, payload, sign(payload, _SECRETS[other]), mode)).status_code == 400
    foreign = deauthorized(livemode=other == "live")
    assert (await deliver(client, foreign, sign(foreign, _SECRETS[mode]), mode)).status_code == 200
    assert await _disconnected(client, ids) == set()

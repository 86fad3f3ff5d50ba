"""A previous key that changes while Stripe is asked about it is not restored."""

import asyncio

import pytest

from tests.support.documents import RESTORE_SECRET
from tests.support.gate import Gate
from tests.support.organizations import new_tenant
from tests.support.previous import HOUR, replace, replaced, reveal
from tests.support.servers import RunningServer


@pytest.mark.parametrize(("seconds", "refusal"), [(HOUR, "StaleVersionError"), (0, "NoPreviousSecretError")])
async def test_a_key_is_replaced_while_stripe_is_asked_about_the_previous_one(
    gated: RunningServer, gate: Gate, seconds: int, refusal: str
) -> None:
    """The previous key is then another one, or none."""
    client = (await new_tenant(gated)).client
    row = await replaced(client)
    with gate.holding("/v1/account") as hold:
        waiting = asyncio.create_task(client.result(RESTORE_SECRET, input={"id": row.credential_id}))
        await hold.arrival()
        with gate.holding("no later call"):
            await replace(client, row.credential_id, keepPreviousSeconds=seconds)
    assert (await waiting)["__typename"] == refusal
    assert (await reveal(client, row.integration_id))["secretVersion"] == 3
    result = await reveal(client, row.integration_id, "PREVIOUS")
    assert result.get("secretKey") == (row.current if seconds else None)

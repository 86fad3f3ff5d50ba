"""A partner who develops with the sandbox makes a first call with a revealed key, as docs/sandbox.md shows."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import REVEAL_SECRET
from tests.support.oauth import connect, token_of
from tests.support.plain import plain_client
from tests.support.readme import code_blocks, commands, page, run_commands
from tests.support.secrecy import secret_key
from tests.support.stripe_api import StripeAPI
from tests.support.waiting import PATIENCE

_PAGE = page("sandbox")


async def _first_call(client: Client, key: str, folder: Path) -> str:
    """Runs the page's program with a key; returns its output."""
    program = folder / "first_call.py"
    program.write_text(code_blocks("python", _PAGE)[0])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        program,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"STRIPE_KEY": key, "STRIPE": f"{client.address}/sandbox"},
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return output.decode()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sk_test_", "rk_live_"])
async def test_a_revealed_key_makes_calls(anyone: Client, tmp_path: Path, kind: str) -> None:
    integration = await add_integration(anyone, f"First {kind}", authentication={"secretKey": secret_key(kind)})
    revealed = await anyone.result(REVEAL_SECRET, input={"integrationId": integration["id"], "reason": "first call"})
    assert await _first_call(anyone, str(revealed["secretKey"]), tmp_path) == "Jane\n"


async def test_the_token_of_a_connected_account_makes_calls_for_it(client: Client) -> None:
    token = await token_of(client, await connect(client, exchange="other account"))
    stripe = StripeAPI(f"{client.address}/sandbox", token)
    assert (await stripe.get("account"))["id"] == "acct_1SandboxOther"
    customer = await stripe.create("customers", {"name": "Jane"})
    assert (await stripe.get("customers", limit="1"))["data"] == [customer]


async def test_permissions_are_chosen_by_the_page_s_command(anyone: Client) -> None:
    key = secret_key("rk_test_")
    shown = {"rk_test_51Sandbox4242": key, "http://127.0.0.1:8000": anyone.address}
    await asyncio.to_thread(run_commands, commands(containing="sandbox/keys/permissions"), shown)
    async with plain_client(base_url=f"{anyone.address}/sandbox") as http:
        headers = {"Authorization": f"Bearer {key}"}
        statuses = [(await http.get(f"/v1/{path}", headers=headers)).status_code for path in ("charges", "products")]
    assert statuses == [200, 403]

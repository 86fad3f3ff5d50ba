"""Changes keys at Stripe with the sandbox's page."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from tests.support.client import Client
from tests.support.documents import VERIFY_CREDENTIAL
from tests.support.plain import plain_client
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

_PLATFORM = "sk_test_SandboxPlatform"


async def change_at_stripe(server: RunningServer, key: str, behaviour: str) -> None:
    """Changes the sandbox's behaviour for a key."""
    async with plain_client() as http:
        form = {"key": key, "behaviour": behaviour}
        assert (await http.post(f"{server.address}/sandbox/keys", data=form)).status_code == 303


async def restrict_at_stripe(server: RunningServer, key: str, permissions: str, wording: str = "older") -> None:
    """Chooses a key's permissions, separated by spaces, and the words in which a missing one is reported."""
    async with plain_client() as http:
        form = {"key": key, "permissions": permissions, "wording": wording}
        assert (await http.post(f"{server.address}/sandbox/keys/permissions", data=form)).status_code == 303


async def restricted_key(server: RunningServer, permissions: str = "customer_read", wording: str = "older") -> str:
    """Returns a new key that has these permissions only, of test mode."""
    key = secret_key("rk_test_")
    await restrict_at_stripe(server, key, permissions, wording)
    return key


async def change_key(
    server: RunningServer, client: Client, credential_id: str, key: str, behaviour: str
) -> dict[str, Any]:
    """Does the same, and verifies the credential."""
    await change_at_stripe(server, key, behaviour)
    return await client.result(VERIFY_CREDENTIAL, input={"id": credential_id})


@asynccontextmanager
async def changed_at_stripe(server: RunningServer, key: str, behaviour: str) -> AsyncIterator[None]:
    """Changes a key within the context. Other tests' credentials have the same account."""
    await change_at_stripe(server, key, behaviour)
    try:
        yield
    finally:
        await change_at_stripe(server, key, "accepted")


def platform_key(server: RunningServer, behaviour: str) -> AbstractAsyncContextManager[None]:
    """Changes the platform's own key within the context."""
    return changed_at_stripe(server, _PLATFORM, behaviour)

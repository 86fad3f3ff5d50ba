"""The gateway speaks through Stripe's SDK to the sandbox: each of Stripe's answers means what it should."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.stripe.gateway import Account, StripeGateway, StripeUnavailableError
from adapters.stripe.keys import KeyFault, KeyRefusedError, StripeKey, parse_key
from kit.secret import Secret
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer


@asynccontextmanager
async def _gateway(server: RunningServer, seconds: float = 10) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway(base=f"{server.address}/sandbox", timeout=seconds)
    yield gateway
    await gateway.close()


def _key(kind: str = "sk_test_", behaviour: str = "51Sandbox") -> StripeKey:
    return parse_key(Secret(secret_key(kind, behaviour)))


@pytest.mark.parametrize("kind", ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "rkcs_test_"])
async def test_a_good_key_tells_its_account(server: RunningServer, kind: str) -> None:
    async with _gateway(server) as gateway:
        account = await gateway.identify(_key(kind))
    assert account == Account("acct_1SandboxDrawbridge", "Sandbox Business", "US", "usd")


async def test_a_key_of_another_account_tells_that_one(server: RunningServer) -> None:
    async with _gateway(server) as gateway:
        account = await gateway.identify(_key(behaviour="otheraccount"))
    assert account == Account("acct_1SandboxOther", "Other Sandbox Business", "DE", "eur")


async def test_a_restricted_key_is_good_though_its_account_stays_unknown(server: RunningServer) -> None:
    async with _gateway(server) as gateway:
        assert await gateway.identify(_key("rk_live_", "restricted")) is None


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        ("rejected", KeyFault.REJECTED),
        ("expired", KeyFault.EXPIRED),
        ("revoked", KeyFault.ACCESS_REVOKED),
        ("ipblocked", KeyFault.IP_NOT_ALLOWED),
    ],
)
async def test_stripes_refusals_are_told_apart(server: RunningServer, behaviour: str, fault: KeyFault) -> None:
    async with _gateway(server) as gateway:
        with pytest.raises(KeyRefusedError) as caught:
            await gateway.identify(_key(behaviour=behaviour))
    assert caught.value.fault is fault


async def test_a_limit_tells_when_to_come_back(server: RunningServer) -> None:
    async with _gateway(server) as gateway:
        with pytest.raises(StripeUnavailableError) as caught:
            await gateway.identify(_key(behaviour="ratelimited"))
    assert caught.value.retry_after == 7


async def test_a_failing_stripe_is_away(server: RunningServer) -> None:
    async with _gateway(server) as gateway:
        with pytest.raises(StripeUnavailableError) as caught:
            await gateway.identify(_key(behaviour="unavailable"))
    assert caught.value.retry_after is None


@pytest.mark.parametrize("behaviour", ["slow", "unavailable"])
async def test_the_gateway_gives_up_in_time_retries_included(server: RunningServer, behaviour: str) -> None:
    async with _gateway(server, seconds=0.4) as gateway:
        began = time.monotonic()
        with pytest.raises(StripeUnavailableError):
            await gateway.identify(_key(behaviour=behaviour))
    assert time.monotonic() - began < 0.4 + 0.5


async def test_a_slow_answer_within_the_time_is_waited_for(server: RunningServer) -> None:
    async with _gateway(server) as gateway:
        assert await gateway.identify(_key(behaviour="slow")) is not None


async def test_many_keys_asked_at_once_each_get_their_own_answer(server: RunningServer) -> None:
    keys = [_key(behaviour=("51Sandbox", "otheraccount")[number % 2]) for number in range(20)]
    async with _gateway(server, seconds=20) as gateway:
        accounts = await asyncio.gather(*map(gateway.identify, keys))
    ids = [account.id for account in accounts if account]
    assert ids == ["acct_1SandboxDrawbridge", "acct_1SandboxOther"] * 10


async def test_one_who_stops_waiting_leaves_the_gateway_usable(server: RunningServer) -> None:
    async with _gateway(server) as gateway:
        leaving = asyncio.create_task(gateway.identify(_key(behaviour="slow")))
        await asyncio.sleep(0.1)
        leaving.cancel()
        await asyncio.wait({leaving})
        assert leaving.cancelled()
        assert await gateway.identify(_key()) is not None

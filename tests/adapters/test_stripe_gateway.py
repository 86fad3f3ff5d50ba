"""The gateway calls the sandbox through Stripe's SDK, and interprets each response correctly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.stripe.calls import Observer, StripeCall
from adapters.stripe.gateway import Account, StripeGateway, StripeUnavailableError
from adapters.stripe.key_format import KeyFault, KeyRefusedError, StripeKey, parse_key
from kit.secret import Secret
from tests.support.gate import open_gate
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE


@asynccontextmanager
async def _gateway(address: str) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway(base=f"{address}/sandbox", timeout=PATIENCE)
    yield gateway
    await gateway.close()


def _key(kind: str = "sk_test_", behaviour: str = "51Sandbox") -> StripeKey:
    return parse_key(Secret(secret_key(kind, behaviour)))


@pytest.mark.parametrize("kind", ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "rkcs_test_"])
async def test_a_good_key_tells_its_account(server: RunningServer, kind: str) -> None:
    async with _gateway(server.address) as gateway:
        account = await gateway.identify(_key(kind))
    assert account == Account("acct_1SandboxDrawbridge", "Sandbox Business", "US", "usd")


async def test_a_key_of_another_account_tells_that_one(server: RunningServer) -> None:
    async with _gateway(server.address) as gateway:
        account = await gateway.identify(_key(behaviour="otheraccount"))
    assert account == Account("acct_1SandboxOther", "Other Sandbox Business", "DE", "eur")


async def test_a_restricted_key_is_good_though_only_the_id_of_its_account_is_known(server: RunningServer) -> None:
    async with _gateway(server.address) as gateway:
        assert await gateway.identify(_key("rk_live_", "restricted")) == Account("acct_1SandboxDrawbridge")
        assert await gateway.identify(_key("rk_live_", "morepermissions")) is None


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
    async with _gateway(server.address) as gateway:
        with pytest.raises(KeyRefusedError) as caught:
            await gateway.identify(_key(behaviour=behaviour))
    assert caught.value.fault is fault


async def test_a_limit_tells_when_to_come_back(server: RunningServer) -> None:
    async with _gateway(server.address) as gateway:
        with pytest.raises(StripeUnavailableError) as caught:
            await gateway.identify(_key(behaviour="retryafter"))
    assert caught.value.retry_after == 7


async def test_a_failing_stripe_is_away(server: RunningServer) -> None:
    async with _gateway(server.address) as gateway:
        with pytest.raises(StripeUnavailableError) as caught:
            await gateway.identify(_key(behaviour="unavailable"))
    assert caught.value.retry_after is None


async def test_the_gateway_gives_up_when_its_time_is_over_and_does_not_try_again() -> None:
    async with open_gate() as gate:
        with gate.holding("/v1/account") as hold:
            gateway = StripeGateway(base=f"{gate.address}/sandbox", timeout=1)
            with pytest.raises(StripeUnavailableError):
                await gateway.identify(_key())
            await gateway.close()
            assert hold.waiting == 1


@pytest.mark.slow
async def test_the_gateway_s_time_includes_its_tries(server: RunningServer) -> None:
    tries = await _tries(server, seconds=20), await _tries(server, seconds=0.3)
    assert tries[0] == 3
    assert tries[1] < 3


async def _tries(server: RunningServer, seconds: float) -> int:
    """Counts the attempts of a gateway at a failing Stripe. It waits half a second before a retry."""
    calls = list[StripeCall]()
    gateway = StripeGateway(base=f"{server.address}/sandbox", timeout=seconds, observer=Observer(calls.append))
    with pytest.raises(StripeUnavailableError):
        await gateway.identify(_key(behaviour="unavailable"))
    await gateway.close()
    return len(calls)


@pytest.mark.slow
async def test_a_slow_answer_within_the_time_is_waited_for(server: RunningServer) -> None:
    async with _gateway(server.address) as gateway:
        assert await gateway.identify(_key(behaviour="slow")) is not None


async def test_many_keys_asked_at_once_each_get_their_own_answer(server: RunningServer) -> None:
    keys = [_key(behaviour=("51Sandbox", "otheraccount")[number % 2]) for number in range(20)]
    async with _gateway(server.address) as gateway:
        accounts = await asyncio.gather(*map(gateway.identify, keys))
    ids = [account.id for account in accounts if account]
    assert ids == ["acct_1SandboxDrawbridge", "acct_1SandboxOther"] * 10


async def test_one_who_stops_waiting_leaves_the_gateway_usable(server: RunningServer) -> None:
    async with open_gate(server.address) as gate, _gateway(gate.address) as gateway:
        with gate.holding("/v1/account") as hold:
            leaving = asyncio.create_task(gateway.identify(_key()))
            await hold.arrival()
            leaving.cancel()
            await asyncio.wait({leaving})
        assert leaving.cancelled()
        assert await gateway.identify(_key()) is not None

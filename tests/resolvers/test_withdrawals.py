"""A withdrawal is attempted by one process at a time, and repeated later each time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from adapters.vault import UnreadableError
from kit.secret import Secret
from models import Destination, Organization, Withdrawal
from resolvers.context import utc_now
from resolvers.credentials.withdraw import plan_withdrawal, token_context, withdraw_due
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import settings_in
from tests.support.listening import listening
from tests.support.secrecy import secret_key
from tests.support.stripe_answers import http_response

pytestmark = pytest.mark.filterwarnings("ignore:Use .content=")

_REFUSED = http_response("503 Service Unavailable", "")
_DONE = http_response("200 OK", '{"stripe_user_id": "acct_1"}')


class _Stripe:
    """A server that counts the calls it answers."""

    def __init__(self) -> None:
        self.calls = 0
        self.answer = _REFUSED

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len("client_id=ca_SandboxTest&stripe_user_id=acct_1"))
        self.calls += 1
        writer.write(self.answer)
        await writer.drain()


@asynccontextmanager
async def _serving(stripe: _Stripe, folder: Path) -> AsyncIterator[Services]:
    async with listening(stripe.serve) as port:
        base = f"http://127.0.0.1:{port}"
        async with aclosing(create_services(settings_in(folder, STRIPE_API_BASE=base, PORT="8000"))) as services:
            yield services


async def _plan(services: Services) -> Withdrawal:
    now = datetime.now(UTC)
    organization, _ = await Organization.get_or_create(name="a", defaults={"created_at": now})
    token, mode = Secret(secret_key()), Destination.STRIPE_TEST_MODE
    return await plan_withdrawal(services, organization.id, "acct_1", mode, token)


async def _make_due(row: Withdrawal) -> None:
    await Withdrawal.filter(id=row.id).update(due_at=utc_now())


async def test_of_many_at_once_one_makes_the_attempt(database: TortoiseContext, tmp_path: Path) -> None:
    stripe = _Stripe()
    with database:
        async with _serving(stripe, tmp_path) as services:
            row = await _plan(services)
            await withdraw_due(services, row.due_at - timedelta(seconds=1))
            assert stripe.calls == 0, "its planner is making the first attempt"
            await _make_due(row)
            await asyncio.gather(*[withdraw_due(services, utc_now()) for _ in range(10)])
            assert stripe.calls == 1
            await row.refresh_from_db()
            assert row.attempts == 2
            stripe.answer = _DONE
            await _make_due(row)
            await asyncio.gather(*[withdraw_due(services, utc_now()) for _ in range(10)])
            assert stripe.calls == 2
            assert not await Withdrawal.all().exists()


async def test_pauses_double_up_to_six_hours_for_three_days(database: TortoiseContext, tmp_path: Path) -> None:
    stripe, pauses = _Stripe(), list[float]()
    with database:
        async with _serving(stripe, tmp_path) as services:
            row = await _plan(services)
            while await Withdrawal.all().exists():
                began = datetime.now(UTC)
                await withdraw_due(services, row.due_at)
                if found := await Withdrawal.get_or_none(id=row.id):
                    row = found
                    assert row.claimed_until is None, "no code has to wait for it any more"
                    pauses.append(round((row.due_at - began).total_seconds()))
    assert stripe.calls == 19
    assert pauses[:3] == pytest.approx([60, 120, 240], abs=10)
    assert max(pauses) == pytest.approx(6 * 3600, abs=10)
    assert 2.5 * 86_400 < sum(pauses) < 3.5 * 86_400


async def test_a_withdrawal_s_token_is_bound_to_its_row(database: TortoiseContext, tmp_path: Path) -> None:
    with database:
        async with _serving(_Stripe(), tmp_path) as services:
            one, other = await _plan(services), await _plan(services)
            with pytest.raises(UnreadableError):
                services.vault.open(one.sealed_token or "", token_context(other))
            await Withdrawal.all().delete()

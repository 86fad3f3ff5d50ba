"""A claim whose time is up is taken over by one request, unless it has a response; a response opens in its own row."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from kit.secret import Secret
from models import IdempotentRequest, Organization, Scope
from resolvers import idempotency
from resolvers.context import Context, Viewer
from resolvers.idempotency import Idempotency, answer_context, once
from resolvers.refusals import AnswerUnreadable, KeyInUse
from resolvers.services import Services

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LATER = _NOW + timedelta(minutes=1)
_REQUEST = Idempotency("key", "fingerprint")
_MANY = 8
_end_expired = idempotency._end_expired  # noqa: SLF001 - the tests hold requests back at this point


async def _expired_claim() -> tuple[Viewer, IdempotentRequest]:
    """A viewer, and the claim of a request that has taken too long."""
    row = await Organization.create(name=datetime.now(UTC).isoformat(), created_at=_NOW)
    viewer = Viewer("token_test", row, "test", frozenset(Scope))
    claim = await IdempotentRequest.create(
        organization_id=row.id,
        viewer_id=viewer.id,
        key=_REQUEST.key,
        fingerprint=_REQUEST.fingerprint,
        claimed_until=_NOW,
        created_at=_NOW,
    )
    return viewer, claim


async def test_of_many_who_have_seen_the_same_claim_one_begins(
    database: TortoiseContext, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, refused, begun = asyncio.Barrier(_MANY), asyncio.Barrier(_MANY), []

    async def together(claim: IdempotentRequest, now: datetime) -> None:
        await seen.wait()
        await _end_expired(claim, now)

    async def request(number: int, viewer: Viewer) -> None:
        try:
            async with once(Context(services, viewer, lambda: _LATER), _REQUEST):
                begun.append(number)
                await refused.wait()
        except KeyInUse:
            await refused.wait()

    monkeypatch.setattr(idempotency, "_end_expired", together)
    with database:
        viewer, _ = await _expired_claim()
        await asyncio.gather(*(request(number, viewer) for number in range(_MANY)))
    assert len(begun) == 1


async def test_a_response_that_is_stored_just_before_is_not_replaced(
    database: TortoiseContext, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(claim: IdempotentRequest, now: datetime) -> None:
        await IdempotentRequest.filter(id=claim.id).update(sealed_answer="v1.k1.stored")
        await _end_expired(claim, now)

    monkeypatch.setattr(idempotency, "_end_expired", late)
    with database:
        viewer, claim = await _expired_claim()
        with pytest.raises(KeyInUse):
            async with once(Context(services, viewer, lambda: _LATER), _REQUEST):
                pytest.fail("the request was carried out before")
        await claim.refresh_from_db()
        assert (claim.sealed_answer, claim.claimed_until) == ("v1.k1.stored", _NOW)


async def test_a_response_of_another_request_does_not_open(database: TortoiseContext, services: Services) -> None:
    with database:
        viewer, claim = await _expired_claim()
        _, stranger = await _expired_claim()
        sibling = IdempotentRequest(organization_id=claim.organization_id)
        for other in (sibling, stranger):
            sealed = services.vault.seal(Secret("answer"), answer_context(other))
            await IdempotentRequest.filter(id=claim.id).update(sealed_answer=sealed)
            with pytest.raises(AnswerUnreadable):
                async with once(Context(services, viewer, lambda: _LATER), _REQUEST):
                    pytest.fail("the response was moved here")

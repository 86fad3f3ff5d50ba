"""Requests that may be sent again: the first answer is kept with the change that it tells of, and given again.

After the HTTP header Idempotency-Key: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from adapters.vault import EncryptionContext, UnreadableError
from kit.secret import Secret
from models import IdempotentRequest
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.context import Context, Viewer, holding_transactions
from resolvers.refusals import AnswerUnreadable, KeyInUse, KeyReused

KEPT = timedelta(days=1)
# What a claim has beyond the time that Stripe has. It may be too little: who claims last is the one who may answer.
_CLAIM_MARGIN = timedelta(seconds=2)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What tells a request from others: the client's key, and a hash of what it asks for."""

    key: str
    fingerprint: str


class Attempt:
    """A request that is to be answered: with `answer`, if it has been carried out before, else by carrying it out."""

    def __init__(self, context: Context, claim: IdempotentRequest, answer: Secret | None = None) -> None:
        """Takes the claim, and the answer that was kept with it."""
        self._context = context
        self._claim = claim
        self.answer = answer
        self.kept = False

    async def keep(self, answer: Secret) -> None:
        """Keeps the answer if something was changed, and commits both together; raises KeyInUse if it came too late."""
        if not self._context.transactions.changed:
            return
        sealed = self._context.services.vault.seal(answer, answer_context(self._claim))
        if not await _mine(self._claim).update(sealed_answer=sealed):
            raise KeyInUse
        await self._context.transactions.commit()
        self.kept = True


@asynccontextmanager
async def once(context: Context, idempotency: Idempotency) -> AsyncIterator[Attempt]:
    """An attempt at a request, which undoes its change and forgets the key unless its answer is kept.

    Raises KeyReused, KeyInUse or AnswerUnreadable.
    """
    claim = await _claim(context, context.viewer(), idempotency)
    if claim.sealed_answer is not None:
        yield Attempt(context, claim, _open(context, claim))
        return
    attempt = Attempt(context, claim)
    try:
        async with holding_transactions(context):
            yield attempt
    finally:
        if not attempt.kept:
            await _mine(claim).delete()


async def delete_old_requests(now: datetime) -> None:
    """Deletes answers a day after their requests, in bounded batches, and looks first as `delete_old_auths` does."""
    old = IdempotentRequest.filter(created_at__lte=now - KEPT)
    while batch := await old.limit(_BATCH).values_list("id", flat=True):
        await IdempotentRequest.filter(id__in=list(batch)).delete()


async def _claim(context: Context, viewer: Viewer, idempotency: Idempotency) -> IdempotentRequest:
    """The request, claimed for the caller or answered already."""
    now = context.now()
    until = now + timedelta(seconds=context.services.stripe.timeout) + _CLAIM_MARGIN
    mine = IdempotentRequest.filter(organization_id=viewer.organization.id, viewer_id=viewer.id, key=idempotency.key)
    try:
        with raising_duplicates():
            return await IdempotentRequest.create(
                organization_id=viewer.organization.id,
                viewer_id=viewer.id,
                key=idempotency.key,
                fingerprint=idempotency.fingerprint,
                claimed_until=until,
                created_at=now,
            )
    except DuplicateError:  # it is not the first
        earlier = await mine.get_or_none()
    if earlier is None:
        raise KeyInUse  # it was the first, until now
    if earlier.created_at <= now - KEPT:
        await earlier.delete()
        return await _claim(context, viewer, idempotency)
    if earlier.fingerprint != idempotency.fingerprint:
        raise KeyReused
    return earlier if earlier.sealed_answer is not None else await _take_over(earlier, now, until)


async def _take_over(claim: IdempotentRequest, now: datetime, until: datetime) -> IdempotentRequest:
    """The claim of somebody who has not kept to the time, as after a crash."""
    if claim.claimed_until > now or not await _mine(claim).update(claimed_until=until):
        raise KeyInUse
    claim.claimed_until = until
    return claim


def _mine(claim: IdempotentRequest) -> QuerySet[IdempotentRequest]:
    """The claim, unless somebody else has taken over or it has been answered."""
    return IdempotentRequest.filter(id=claim.id, claimed_until=claim.claimed_until, sealed_answer=None)


def _open(context: Context, claim: IdempotentRequest) -> Secret:
    try:
        return context.services.vault.open(claim.sealed_answer or "", answer_context(claim))
    except UnreadableError:
        raise AnswerUnreadable from None


def answer_context(claim: IdempotentRequest) -> EncryptionContext:
    """Where the answer is stored."""
    return EncryptionContext(claim.organization_id, claim.id, "answer")

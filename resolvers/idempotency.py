"""Idempotent requests: the first response is stored in the same transaction as its change, and returned to retries.

See the HTTP header Idempotency-Key: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from adapters.database import DATABASE_ERRORS
from adapters.vault import EncryptionContext, UnreadableError
from kit.background import in_background
from kit.secret import Secret
from models import IdempotentRequest
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.context import Context, Viewer, holding_transactions
from resolvers.refusals import AnswerUnreadable, KeyInUse, KeyReused
from resolvers.rights import refuse_lost_right

RETENTION = timedelta(days=1)
# A claim is renewed while its request runs. It outlasts a statement of the database, and so a renewal that is slow.
_RENEWAL_SECONDS = 1.0
_CLAIM_MARGIN = timedelta(seconds=_RENEWAL_SECONDS + 1)
_BATCH = 100

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The identity of a request: the client's key and a hash of the operation."""

    key: str
    fingerprint: str


class Attempt:
    """One attempt at a request. `answer` is the stored response if an earlier attempt was carried out."""

    def __init__(self, context: Context, claim: IdempotentRequest, answer: Secret | None = None) -> None:
        self._context = context
        self._claim = claim
        self.answer = answer
        self.kept = False

    async def keep(self, answer: Secret) -> None:
        """Stores the response of a change, and commits both together; raises KeyInUse if the claim was lost."""
        if not self._context.transactions.changed:
            return
        sealed = self._context.services.vault.seal(answer, answer_context(self._claim))
        if not await _mine(self._claim).update(sealed_answer=sealed):
            raise KeyInUse
        await self._context.transactions.commit()
        self.kept = True


@asynccontextmanager
async def once(context: Context, idempotency: Idempotency) -> AsyncIterator[Attempt]:
    """Yields an attempt. Unless its response is stored, its change is rolled back and the key is free again.

    Raises KeyReused, KeyInUse or AnswerUnreadable.
    """
    claim = await _claim(context, context.viewer(), idempotency)
    if claim.sealed_answer is not None:
        await refuse_lost_right(context.viewer(), context.now())
        yield Attempt(context, claim, _open(context, claim))
        return
    attempt = Attempt(context, claim)
    try:
        async with in_background(_renew(context, claim)), holding_transactions(context):
            yield attempt
    finally:
        if not attempt.kept:
            await _mine(claim).delete()


async def delete_old_requests(now: datetime) -> None:
    """Deletes requests after a day, in bounded batches. Reads first, for the same reason as `delete_old_auths`."""
    old = IdempotentRequest.filter(created_at__lte=now - RETENTION)
    while batch := await old.limit(_BATCH).values_list("id", flat=True):
        await IdempotentRequest.filter(id__in=list(batch)).delete()


async def _claim(context: Context, viewer: Viewer, idempotency: Idempotency) -> IdempotentRequest:
    """Claims the request for the caller, or returns it with its stored response."""
    now = context.now()
    mine = IdempotentRequest.filter(organization_id=viewer.organization.id, viewer_id=viewer.id, key=idempotency.key)
    try:
        with raising_duplicates():
            return await IdempotentRequest.create(
                organization_id=viewer.organization.id,
                viewer_id=viewer.id,
                key=idempotency.key,
                fingerprint=idempotency.fingerprint,
                claimed_until=_end_of_claim(context),
                created_at=now,
            )
    except DuplicateError:  # the key was used before
        earlier = await mine.get_or_none()
    if earlier is None:
        raise KeyInUse  # its request failed in this moment, and freed the key
    if earlier.created_at <= now - RETENTION:
        await earlier.delete()
    elif earlier.fingerprint != idempotency.fingerprint:
        raise KeyReused
    elif earlier.sealed_answer is not None:
        return earlier
    else:
        await _end_expired(earlier, now)
    return await _claim(context, viewer, idempotency)


def _end_of_claim(context: Context) -> datetime:
    return context.now() + timedelta(seconds=context.services.writers.seconds) + _CLAIM_MARGIN


async def _renew(context: Context, claim: IdempotentRequest) -> None:
    """Renews the claim until its request ends, or until another attempt has taken over."""
    while True:
        await asyncio.sleep(_RENEWAL_SECONDS)
        try:
            if not await _mine(claim).update(claimed_until=_end_of_claim(context)):
                return
        except DATABASE_ERRORS as error:  # too short a claim is safe: only its owner can store a response
            _logger.warning("The claim of an Idempotency-Key could not be renewed (%s).", type(error).__name__)


async def _end_expired(claim: IdempotentRequest, now: datetime) -> None:
    """Deletes a claim that was not renewed in time, as after a crash; raises KeyInUse."""
    if not await _mine(claim).filter(claimed_until__lte=now).delete():
        raise KeyInUse


def _mine(claim: IdempotentRequest) -> QuerySet[IdempotentRequest]:
    """Selects the claim, unless another attempt took it over, which has a row of its own, or stored a response."""
    return IdempotentRequest.filter(id=claim.id, sealed_answer=None)


def _open(context: Context, claim: IdempotentRequest) -> Secret:
    try:
        return context.services.vault.open(claim.sealed_answer or "", answer_context(claim))
    except UnreadableError:
        raise AnswerUnreadable from None


def answer_context(claim: IdempotentRequest) -> EncryptionContext:
    """The encryption context of a stored response, which is for one viewer."""
    return EncryptionContext(claim.organization_id, f"{claim.id} of {claim.viewer_id}", "answer")

"""Checking a credential without a user. The second refusal disconnects it; a failure changes no status.

Nothing is retried within a check: a failure is a state of the row, and the next check is the retry, also after a
restart. While Stripe fails for most credentials, a breaker keeps the checks of its mode away from it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeUnavailableError
from models import Credential, CredentialProblem, CredentialStatus, EventKind
from models.querying import release_check
from resolvers.context import Context, Viewer, on_behalf_of
from resolvers.credentials.schedule import CHECK_FIELDS, fail, refuse
from resolvers.credentials.verify import Answer, ask_once, is_unchanged, record
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.refusals import EncryptionKeyMissing
from resolvers.services import Services

# Stripe has answered these about one key, or about this server's address.
_ANSWERED = {Cause.IP_NOT_ALLOWED, Cause.FORBIDDEN}


async def check(
    services: Services, seen: Credential, clock: Callable[[], datetime], *, reporter: Viewer | None = None
) -> StripeUnavailableError | None:
    """Asks Stripe about a claimed credential, records the result and releases it; returns the failure if there is one.

    `reporter` has met a refusal already, so the first one here disconnects, and the log names it as the actor. The
    permissions are left as they are, because many reports may come.
    """
    context, asked_at = Context(services, reporter, clock), clock()
    try:
        seen, answer = await ask_once(context, seen, with_permissions=reporter is None)
    except StripeUnavailableError as error:
        _note(context, seen, error.cause)
        await _record_failure(context, seen, asked_at, error.cause.label, error.retry_after)
        return error
    except EncryptionKeyMissing:
        await _record_failure(context, seen, asked_at, "encryption_key_missing")
    else:
        if answer is not CredentialProblem.UNREADABLE:  # Stripe was asked
            _note(context, seen, None)
        await _record_answer(context, seen, asked_at, answer, reporter)
    return None


def _note(context: Context, seen: Credential, cause: Cause | None) -> None:
    """Records in the mode's breaker whether Stripe failed."""
    failed = cause is not None and cause not in _ANSWERED
    context.services.checks.breakers[seen.destination].record(context.now(), failed=failed)


async def _record_failure(
    context: Context, seen: Credential, asked_at: datetime, label: str, retry_after: int | None = None
) -> None:
    context.services.checks.failures[label] += 1
    context.services.measures.checked(seen.destination.mode, "failed")
    async with _recording(context, seen) as (_, credential):
        if credential is not None:
            fail(context, credential, asked_at, retry_after)
            await credential.save(update_fields=CHECK_FIELDS)


async def _record_answer(
    context: Context, seen: Credential, asked_at: datetime, answer: Answer, reporter: Viewer | None
) -> None:
    refused = isinstance(answer, CredentialProblem)
    context.services.measures.checked(seen.destination.mode, "refused" if refused else "accepted")
    async with _recording(context, seen, reporter) as (log, credential):
        if credential is None:
            return
        if reporter is None and _is_first_refusal(credential, answer):
            refuse(context, credential, asked_at, confirmed=False)
            await credential.save(update_fields=CHECK_FIELDS)
            return
        version = credential.version
        await record(context, log, credential, answer, asked_at)
        if credential.version != version and credential.status is seen.status:  # its account or problem
            log.add(EventKind.CREDENTIAL_VERIFIED, credential, before=seen.status, after=credential.status)


def _is_first_refusal(credential: Credential, answer: Answer) -> bool:
    refused = isinstance(answer, CredentialProblem) and answer is not CredentialProblem.UNREADABLE
    return refused and credential.status is CredentialStatus.CONNECTED and credential.refused_at is None


@asynccontextmanager
async def _recording(
    context: Context, seen: Credential, reporter: Viewer | None = None
) -> AsyncIterator[tuple[Log, Credential | None]]:
    """A unit of work that releases a credential. It is None if it has changed, or was checked, since it was claimed.

    The revision moves with what a cached response can show, and so with few checks.
    """
    async with unit_of_work(context, on_behalf_of(reporter, seen.organization)) as log:
        await release_check(seen.id)
        row = await Credential.get_or_none(id=seen.id)
        if row is None or row.checked_at != seen.checked_at or not is_unchanged(context, row, seen):
            yield log, None
            return
        before = _shown(row)
        yield log, row
        if _shown(row) != before:
            log.touch()


def _shown(row: Credential) -> tuple[object, ...]:
    """The parts of a credential that cached responses show: not the times of checks."""
    columns = dict(row)  # type: ignore[call-overload]  # Tortoise's annotation is of no iterator
    lasting = {name: value for name, value in columns.items() if name not in (*CHECK_FIELDS, "permissions")}
    return lasting, list(row.key_permissions.items()), row.health_state, row.unconfirmed_since

"""The result of an attempt: where its endpoint goes on, and when.

A receiver that does not accept an event holds up the later ones, because they are delivered in order. So an event has
ten attempts in about three days, the schedule of Standard Webhooks, and is then skipped. An endpoint that has accepted
nothing for five days is disabled.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.webhooks.sender import SentWebhook
from models import Event, WebhookDeliveryOutcome, WebhookEndpoint

RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
ATTEMPTS = len(RETRIES) + 1
_JITTER = 0.2
DISABLED_AFTER = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Result:
    """The columns of an endpoint that an attempt changes, and the attempt's outcome.

    `disabled` is the sentence for an endpoint that is to be disabled.
    """

    outcome: WebhookDeliveryOutcome
    position: int
    attempts: int = 0
    next_attempt_at: datetime | None = None
    problem: str | None = None
    failing_since: datetime | None = None
    last_success_at: datetime | None = None
    disabled: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the next event can be sent at once."""
        return self.next_attempt_at is None and self.disabled is None


def passed_over(endpoint: WebhookEndpoint, position: int) -> Result:
    """The result of events up to a position that the endpoint does not want. It says nothing of the receiver."""
    moved = position > endpoint.position
    return Result(
        WebhookDeliveryOutcome.DELIVERED,
        position,
        attempts=0 if moved else endpoint.attempts,
        next_attempt_at=None if moved else endpoint.next_attempt_at,
        problem=endpoint.problem,
        failing_since=endpoint.failing_since,
        last_success_at=endpoint.last_success_at,
    )


def result_of(endpoint: WebhookEndpoint, event: Event, sent: SentWebhook, now: datetime) -> Result:
    """The result of an attempt that ended now."""
    if sent.problem is None:
        return Result(WebhookDeliveryOutcome.DELIVERED, event.position, last_success_at=now)
    failed = Result(
        WebhookDeliveryOutcome.FAILED,
        endpoint.position,
        attempts=endpoint.attempts,
        problem=sent.problem,
        failing_since=endpoint.failing_since or now,
        last_success_at=endpoint.last_success_at,
    )
    if (sentence := _reason_to_disable(failed, sent, now)) is not None:
        return replace(failed, attempts=endpoint.attempts + 1, problem=sentence, disabled=sentence)
    return _retried(failed, event, sent, now)


def _reason_to_disable(failed: Result, sent: SentWebhook, now: datetime) -> str | None:
    if sent.gone:
        return "The receiver wants no more webhooks: the response was 410 Gone."
    if failed.failing_since is not None and now - failed.failing_since >= DISABLED_AFTER:
        return f"No event was delivered for {DISABLED_AFTER.days} days. The last problem: {sent.problem}"
    return None


def _retried(failed: Result, event: Event, sent: SentWebhook, now: datetime) -> Result:
    """Waits as long as the receiver asks, which costs none of the attempts; otherwise, as the schedule says."""
    assert failed.failing_since  # noqa: S101 - it fails
    end = failed.failing_since + DISABLED_AFTER  # the last attempt before it is disabled
    if sent.retry_after is not None:
        return replace(failed, next_attempt_at=min(now + max(sent.retry_after, RETRIES[0]), end))
    if failed.attempts + 1 >= ATTEMPTS:
        return replace(failed, outcome=WebhookDeliveryOutcome.SKIPPED, position=event.position, attempts=0)
    pause = RETRIES[failed.attempts] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - it spreads load
    return replace(failed, attempts=failed.attempts + 1, next_attempt_at=min(now + pause, end))

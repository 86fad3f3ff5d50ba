"""Stripe's webhooks: signed with the endpoint's secret (https://docs.stripe.com/webhooks#verify-manually)."""

import json
import logging
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

import stripe

from adapters.stripe.gateway import account_id
from kit.secret import Secret

_DEAUTHORIZED = "account.application.deauthorized"
_THIN = "v2.core.event"
_TOLERANCE_SECONDS = 300
_FRESH_SECONDS = 60
_SIGNED_AT = re.compile(r"(?:^|,)t=(\d{1,20})", re.ASCII)
MAX_BYTES = 256 * 1024


class WebhookOutcome(Enum):
    """`status` is that of the response: Stripe sends again for three days what does not get 2xx.

    `level` and `text` are those of the log line. The name in lower case is the label in /metrics.
    """

    HANDLED = 200, logging.INFO, "An account was deauthorized, according to a webhook"
    IGNORED = 200, logging.DEBUG, "A webhook does not concern this server"
    THIN = 200, logging.WARNING, "A thin event arrived. Create an endpoint for snapshot events instead"
    TOO_EARLY = (
        503,
        logging.INFO,
        "A webhook reports a deauthorization, but the token works. Stripe sends it again",
    )
    UNDECIDED = 503, logging.WARNING, "A webhook cannot be handled until Stripe or the encryption key is available"
    NOT_CONFIGURED = 400, logging.WARNING, "A webhook arrived for a mode that is not set up"
    TOO_LONG = 400, logging.WARNING, "A webhook was refused: it is longer than any of Stripe's"
    UNSIGNED = 400, logging.WARNING, "A webhook without a usable signature was refused"
    BAD_SIGNATURE = 400, logging.WARNING, "A webhook was refused: its signature does not match the signing secret"
    STALE = 400, logging.WARNING, "A webhook was refused: it was signed over five minutes ago. Check the clock"
    MALFORMED = 400, logging.WARNING, "A webhook was refused: it is signed, but is no event"

    def __init__(self, status: int, level: int, text: str) -> None:
        self.status = status
        self.level = level
        self.text = text

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Deauthorization:
    """Stripe reports that a user has disconnected an account.

    `is_fresh` says that Stripe sent the event soon after the deauthorization, so that a token may not have ended yet.
    """

    account_id: str
    is_fresh: bool


def read_event(payload: bytes, signature: str, secret: Secret, *, livemode: bool) -> Deauthorization | WebhookOutcome:
    """Verifies and parses a webhook. Returns the outcome of one that changes nothing."""
    if len(payload) > MAX_BYTES:
        return WebhookOutcome.TOO_LONG
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return WebhookOutcome.BAD_SIGNATURE
    return _fault_of_signature(text, signature, secret) or _read(text, _signed_at(signature), livemode=livemode)


def _fault_of_signature(text: str, signature: str, secret: Secret) -> WebhookOutcome | None:
    if not signature.isascii() or "t=" not in signature or "v1=" not in signature:
        return WebhookOutcome.UNSIGNED
    verify = stripe.WebhookSignature.verify_header
    try:
        verify(text, signature, secret.reveal())
    except stripe.SignatureVerificationError:
        return WebhookOutcome.BAD_SIGNATURE
    try:
        verify(text, signature, secret.reveal(), _TOLERANCE_SECONDS)
    except stripe.SignatureVerificationError:
        return WebhookOutcome.STALE
    return None


def _signed_at(signature: str) -> int:
    """The time at which Stripe sent the event, by Stripe's clock. A repeated event is signed anew."""
    found = _SIGNED_AT.search(signature)
    return int(found[1]) if found else 0


def _read(text: str, signed_at: int, *, livemode: bool) -> Deauthorization | WebhookOutcome:
    try:
        event = _event(json.loads(text))
        if event["object"] == _THIN:
            return WebhookOutcome.THIN
        if event["type"] != _DEAUTHORIZED or event["livemode"] is not livemode:
            return WebhookOutcome.IGNORED
        # Both times are Stripe's. Ours is not compared with them, because clocks differ.
        is_fresh = signed_at - int(event.get("created") or 0) < _FRESH_SECONDS
        return Deauthorization(account_id(event["account"]), is_fresh)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return WebhookOutcome.MALFORMED


def _event(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Returns an event; raises TypeError or KeyError for other values."""
    if value["object"] not in {"event", _THIN} or not isinstance(value["type"], str):
        raise TypeError(type(value))
    return dict(value)

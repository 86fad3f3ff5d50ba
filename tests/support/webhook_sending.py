"""Sends single webhooks, without a server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from adapters.webhooks.sender import SentWebhook, WebhookSender
from adapters.webhooks.signing import signed_headers
from kit.secret import Secret

SECRET, OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b2xkIHNlY3JldCBvZiAyNCBieXRlcyE="
BODY = '{"type": "credential.status_changed"}'


@asynccontextmanager
async def webhook_sender(
    *,
    timeout: float = 30,  # noqa: ASYNC109 - the sender's
    production: bool = False,
    **options: object,
) -> AsyncIterator[WebhookSender]:
    """A sender with these options, which is closed at the end."""
    sender = WebhookSender(timeout, options.pop("allowed", ()), production=production, **options)  # type: ignore[arg-type]
    try:
        yield sender
    finally:
        await sender.close()


async def send_webhook(url: str, **options: object) -> SentWebhook:
    """Sends BODY, signed with both secrets."""
    headers = signed_headers("msg_1", datetime.now(UTC), BODY, [Secret(SECRET), Secret(OLD_SECRET)])
    async with webhook_sender(**options) as sender:  # type: ignore[arg-type]
        return await sender.send(url, headers, BODY.encode(), "organization")

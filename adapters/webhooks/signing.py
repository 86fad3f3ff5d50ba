"""The headers of a webhook, as Standard Webhooks defines them: https://www.standardwebhooks.com.

During a rotation each secret signs, so that receivers verify with either.
"""

from collections.abc import Iterable
from datetime import datetime

from standardwebhooks import Webhook

from kit.secret import Secret


def signed_headers(message_id: str, now: datetime, body: str, secrets: Iterable[Secret]) -> dict[str, str]:
    """The headers of one attempt. `now` is in UTC: receivers refuse webhooks that are older than five minutes."""
    signatures = (Webhook(secret.reveal()).sign(message_id, now, body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

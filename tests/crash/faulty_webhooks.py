"""The server with a fault in its deliveries that has to be found: `python -m tests.crash.faulty_webhooks FAULT`.

A fault replaces a part of the product in this process only.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import server
from adapters.webhooks.sender import SentWebhook
from models import Event, WebhookEndpoint
from models.querying import deliveries
from resolvers.webhooks import serve
from resolvers.webhooks.result import Result, result_of
from settings import read_settings

_MOMENT = 0.05


def move_before_the_answer() -> None:
    """The cursor moves before the event is sent."""
    send = serve.Serving._send  # noqa: SLF001 - a fault replaces private parts

    async def record_first(self: serve.Serving, row: WebhookEndpoint, event: Event, *, last: bool) -> None:
        success = result_of(row, event, SentWebhook(204, None, timedelta()), self._claimant.clock())
        await self._record(row, success, None, last=False)
        await asyncio.sleep(_MOMENT)
        if self._row:
            await send(self, self._row, event, last=last)

    serve.Serving._send = record_first  # type: ignore[method-assign] # noqa: SLF001 - likewise


def ignore_claims() -> None:
    """A process serves endpoints that another one serves."""
    for name in ("_DUE", "_CLAIM"):
        statement = getattr(deliveries, name)
        assert deliveries.UNCLAIMED in statement
        setattr(deliveries, name, statement.replace(deliveries.UNCLAIMED, "TRUE"))


def forget_retries() -> None:
    """An event that a receiver refused is not sent again."""

    def forgetful(endpoint: WebhookEndpoint, event: Event, sent: SentWebhook, now: datetime) -> Result:
        return replace(result_of(endpoint, event, sent, now), position=event.position, next_attempt_at=None)

    serve.result_of = forgetful  # type: ignore[attr-defined]


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault for fault in (move_before_the_answer, ignore_claims, forget_retries)
}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    server.serve(read_settings())

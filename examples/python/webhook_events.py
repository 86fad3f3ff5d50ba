"""Events announced by webhooks: https://www.standardwebhooks.com.

A webhook only says that the log has grown: the events are queried, from the last cursor on. So webhooks may repeat, get
lost or come from any endpoint of the organization. PORT is the receiver's port, WEBHOOK_SECRET the endpoint's secret.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from drawbridge import Drawbridge

# Asks without a webhook, too, because the last one may have been lost.
_CATCH_UP_SECONDS = 600


async def events(url: str, token: str, integration: str, after: str) -> AsyncGenerator[dict[str, Any], None]:
    """Yields an integration's events after a cursor, for ever; raises RefusedError."""
    drawbridge, woken = Drawbridge(url, token), asyncio.Event()
    server = uvicorn.Server(_configuration(woken))
    serving = asyncio.create_task(server.serve())
    try:
        while not serving.done():
            woken.clear()  # before the query, so that no webhook is missed
            while found := await drawbridge.events(integration, after):
                for event in found:
                    yield event
                    after = event["cursor"]
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), _CATCH_UP_SECONDS)
    finally:
        server.should_exit = True
        await serving


def _configuration(woken: asyncio.Event) -> uvicorn.Config:
    webhook = Webhook(os.environ["WEBHOOK_SECRET"])

    async def receive(request: Request) -> Response:
        try:
            webhook.verify(await request.body(), dict(request.headers))
        except (WebhookVerificationError, ValueError):  # malformed signatures and texts are ValueErrors
            return Response(status_code=401)
        woken.set()
        return Response(status_code=204)  # at once: the work follows

    application = Starlette(routes=[Route("/", receive, methods=["POST"])])
    return uvicorn.Config(application, port=int(os.environ.get("PORT", "9000")), ws="none", log_level="warning")

"""Events as server-sent events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.

Uses its "distinct connections mode": one stream per request.
"""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
from httpx_sse import SSEError, aconnect_sse

from drawbridge import FOLLOW, TemporaryError, data_of, parse

# Drawbridge sends an event or a comment at least twice in this time.
_TIMEOUT = httpx.Timeout(30, read=60)


async def events(url: str, token: str, integration: str, after: str) -> AsyncGenerator[dict[str, Any], None]:
    """Yields an integration's events after a cursor until the end; raises TemporaryError or RefusedError."""
    headers = {"Authorization": f"Bearer {token}"}
    body = {"query": FOLLOW, "variables": {"integration": integration, "after": after}}
    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT, headers=headers) as http,
            aconnect_sse(http, "POST", url, json=body) as source,
        ):
            if not source.response.is_success:
                await source.response.aread()
                data_of(parse(source.response))
            async for message in source.aiter_sse():
                if message.event == "next":
                    yield data_of(json.loads(message.data))["events"]
                elif message.event == "complete":
                    return
    except (httpx.TransportError, SSEError) as error:
        raise TemporaryError(type(error).__name__) from None

"""Events over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import websockets

from drawbridge import FOLLOW, RefusedError, TemporaryError, data_of, exception_of

_PROTOCOL = websockets.Subprotocol("graphql-transport-ws")
_INITIALISATION_TIMED_OUT = 4408


async def events(url: str, token: str, integration: str, after: str) -> AsyncGenerator[dict[str, Any], None]:
    """Yields an integration's events after a cursor until the connection ends; raises TemporaryError or RefusedError.

    The library pings every 20 seconds and closes dead connections.
    """
    try:
        async with websockets.connect(url.replace("http", "ws", 1), subprotocols=[_PROTOCOL]) as socket:
            await _begin(socket, token, {"integration": integration, "after": after})
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    yield data_of(message["payload"])["events"]
                elif message["type"] == "error":
                    raise exception_of(message["payload"])
                elif message["type"] == "ping":
                    await socket.send(json.dumps({"type": "pong"}))
                elif message["type"] == "complete":
                    return
    except websockets.ConnectionClosed as closed:
        raise _closed(closed) from None
    except (OSError, websockets.WebSocketException) as error:  # OSError includes TimeoutError
        raise TemporaryError(type(error).__name__) from None


async def _begin(socket: websockets.ClientConnection, token: str, variables: dict[str, str]) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
    await asyncio.wait_for(socket.recv(), 30)  # connection_ack
    payload = {"query": FOLLOW, "variables": variables}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


def _closed(closed: websockets.ConnectionClosed) -> TemporaryError | RefusedError:
    """Close codes from 4400 to 4499 are client errors, such as 4403 for an invalid token. Others are temporary."""
    frame = closed.rcvd
    if frame is not None and 4400 <= frame.code < 4500 and frame.code != _INITIALISATION_TIMED_OUT:
        return RefusedError(str(frame.code), frame.reason)
    return TemporaryError(f"closed with {frame.code}" if frame else "connection lost")

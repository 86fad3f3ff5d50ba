"""Events over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import websockets

from drawbridge import FOLLOW, LostError, RefusedError, data_of, failure

_PROTOCOL = websockets.Subprotocol("graphql-transport-ws")
_INITIALISATION_TIMED_OUT = 4408


async def events(url: str, token: str, after: str) -> AsyncGenerator[dict[str, Any], None]:
    """The events after a cursor, until the connection ends; raises LostError or RefusedError.

    The library pings every 20 seconds, so that a connection that is dead does not stay.
    """
    try:
        async with websockets.connect(url.replace("http", "ws", 1), subprotocols=[_PROTOCOL]) as socket:
            await _begin(socket, token, after)
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    yield data_of(message["payload"])["events"]
                elif message["type"] == "error":
                    raise failure(message["payload"])
                elif message["type"] == "ping":
                    await socket.send(json.dumps({"type": "pong"}))
                elif message["type"] == "complete":
                    return
    except websockets.ConnectionClosed as closed:
        raise _closed(closed) from None
    except (OSError, websockets.WebSocketException) as error:  # OSError: a TimeoutError, too
        raise LostError(type(error).__name__) from None


async def _begin(socket: websockets.ClientConnection, token: str, after: str) -> None:
    await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
    await asyncio.wait_for(socket.recv(), 30)  # connection_ack
    payload = {"query": FOLLOW, "variables": {"after": after}}
    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))


def _closed(closed: websockets.ConnectionClosed) -> LostError | RefusedError:
    """4400 to 4499 tell that the client is at fault: 4403 that its token does not hold. All others pass."""
    frame = closed.rcvd
    if frame is not None and 4400 <= frame.code < 4500 and frame.code != _INITIALISATION_TIMED_OUT:
        return RefusedError(str(frame.code), frame.reason)
    return LostError(f"closed with {frame.code}" if frame else "broken off")

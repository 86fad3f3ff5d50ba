"""Stops servers."""

import asyncio

import httpx

from tests.support.plain import plain_client
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE, until


async def ended(server: RunningServer, *, cut_off: bool = False) -> None:
    """Sends SIGTERM, and waits for an orderly exit. `cut_off`: the graceful shutdown has to time out."""
    server.process.terminate()
    assert await asyncio.to_thread(server.process.wait, PATIENCE) in {0, -15}
    logged = server.log.read_text()
    assert "Traceback" not in logged
    assert ("timeout graceful shutdown exceeded" in logged) is cut_off, logged


async def refused(server: RunningServer) -> None:
    """Waits until the server refuses new connections."""
    await until(lambda: _refuses(server))


async def _refuses(server: RunningServer) -> bool:
    try:
        async with plain_client() as http:
            await http.get(f"{server.address}/healthz")
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        pass
    return False

"""How a server ends."""

import asyncio
import time

import httpx

from tests.support.plain import PLAIN
from tests.support.servers import RunningServer


async def ended(server: RunningServer) -> float:
    """How long it takes from SIGTERM to the end, which has to be orderly."""
    began = time.monotonic()
    server.process.terminate()
    assert await asyncio.to_thread(server.process.wait, 30) in {0, -15}
    assert "Traceback" not in server.log.read_text()
    return time.monotonic() - began


async def refuses(server: RunningServer) -> bool:
    """Whether nobody new can connect, at the latest after a second."""
    for _ in range(20):
        try:
            async with httpx.AsyncClient(verify=PLAIN) as http:
                await http.get(f"{server.address}/healthz")
        except httpx.ConnectError:
            return True
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)
    return False

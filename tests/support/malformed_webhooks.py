"""What strangers send to a receiver of webhooks. None of it has a valid signature, and no receiver must end by it."""

import asyncio
import time
from collections.abc import Mapping

from tests.support.plain import plain_client


def _signed(signature: str) -> dict[str, str]:
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": signature}


_MALFORMED: list[tuple[dict[str, str], bytes]] = [
    ({}, b"{}"),
    (_signed("v1"), b"{}"),
    (_signed("v1,a,b"), b"{}"),
    (_signed("v1,="), b"{}"),
    (_signed("v1,AAAA"), b"\xff"),
    ({**_signed("v1,AAAA"), "webhook-timestamp": "soon"}, b"{}"),
]


async def send_malformed(port: int, target: str) -> None:
    """Sends requests that are cut off, and others that the receiver has to refuse."""
    await _send_cut_off(port, target, {})
    await _send_cut_off(port, target, _signed("v1,AAAA"))
    async with plain_client() as client:
        for headers, body in _MALFORMED:
            answer = await client.post(f"http://localhost:{port}{target}", headers=headers, content=body)
            assert answer.status_code in (400, 401), (answer.status_code, headers, body)


async def _send_cut_off(port: int, target: str, headers: Mapping[str, str]) -> None:
    """Sends less than the length that it announces, and waits until the receiver has closed the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"POST {target} HTTP/1.1", "Host: localhost", "Content-Length: 900"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", "{"]).encode())
    writer.write_eof()
    await reader.read()
    writer.close()

"""A connection that is kept costs no waiting: answers leave whole, not when their first part has been acknowledged."""

import time

import httpx

from tests.support.client import Client


async def test_an_answer_does_not_wait_for_the_client_s_acknowledgement(client: Client) -> None:
    """Linux delays it by 40 ms, but for the first packets of a connection."""
    seconds = []
    async with httpx.AsyncClient() as http:
        for _ in range(60):
            begin = time.monotonic()
            await http.get(f"{client.address}/healthz")
            seconds.append(time.monotonic() - begin)
    assert min(seconds[30:]) < 0.03

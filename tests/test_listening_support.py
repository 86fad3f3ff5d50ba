"""The tests' own servers work on when a client has left, tell of their errors, and leave nothing behind."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.support.gate import open_gate
from tests.support.listening import Talk, listening
from tests.support.receivers import once, responding, running_receiver


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def test_the_call_of_a_client_that_has_left_is_not_forgotten() -> None:
    answers = asyncio.Event()
    async with (
        running_receiver(once(answers, responding())) as upstream,
        open_gate(f"http://127.0.0.1:{upstream.port}") as gate,
    ):
        async with _connected(int(gate.address.rpartition(":")[2])) as (_, writer):
            writer.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
            await upstream.wait_for(1)
        await asyncio.sleep(0.05)  # so that the gate sees it
        gc.collect()  # which ended the forgotten task
        answers.set()


async def _fail(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    raise ArithmeticError


async def _wait(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _end_while_connected(talk: Talk) -> bytes:
    """Ends a server that has a client. Returns what the client read."""
    async with AsyncExitStack() as client:
        async with listening(talk) as port:
            reader, _ = await client.enter_async_context(_connected(port))
            await asyncio.sleep(0.05)  # so that the server talks
        return await reader.read()


async def test_an_error_of_a_server_fails_its_test() -> None:
    with pytest.raises(ArithmeticError):
        await _end_while_connected(_fail)


async def test_a_connection_that_is_open_at_the_end_is_closed() -> None:
    assert await _end_while_connected(_wait) == b""

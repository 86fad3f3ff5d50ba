"""Names of receivers are resolved in threads of their own, so that a name server that hangs blocks nothing else."""

import asyncio
import socket
from threading import Event
from typing import Any

import pytest

from adapters.webhooks.resolver import ThreadedResolver


async def test_names_resolve_to_their_addresses() -> None:
    assert set(await ThreadedResolver()("localhost", 443)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["receiver.invalid", "a" * 64 + ".example", "a..example"])
async def test_a_name_without_an_address_is_an_error(host: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        await ThreadedResolver()(host, 443)


async def test_threads_are_bounded_and_come_back_when_lookups_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, real = Event(), socket.getaddrinfo

    def hang(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - getaddrinfo's
        answers.wait()
        return real(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    resolve = ThreadedResolver()
    hanging = [asyncio.create_task(resolve("localhost", 443)) for _ in range(64)]
    await asyncio.sleep(0)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    waiting = asyncio.create_task(resolve("localhost", 443))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done, "the lookups that nobody awaits still have their threads"
    answers.set()
    assert await waiting

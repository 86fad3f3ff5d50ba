"""Names of receivers are resolved in threads of their own, so that a name server that hangs blocks nothing else."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from adapters.webhooks.resolver import LOOKUPS_FOR, ResolverBusyError, ThreadedResolver
from tests.support.name_server import NameServer
from tests.support.waiting import PATIENCE, until

_LOOPBACK = {"127.0.0.1", "::1"}


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    found = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    yield found
    found.recovers.set()


@contextmanager
def _organization(name: str) -> Iterator[None]:
    token = LOOKUPS_FOR.set(name)
    yield
    LOOKUPS_FOR.reset(token)


async def _resolve(resolver: ThreadedResolver, host: str, organization: str = "one") -> set[str]:
    with _organization(organization):
        return set(await resolver(host, 443))


async def _abandon(resolver: ThreadedResolver, name_server: NameServer, organization: str, count: int) -> None:
    """Starts lookups that hang, and no longer awaits them."""
    before = len(name_server.asked)
    hosts = [f"hanging{number}.{organization}" for number in range(count)]
    tasks = [asyncio.create_task(_resolve(resolver, host, organization)) for host in hosts]
    await until(lambda: len(name_server.asked) == before + count)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_names_resolve_to_their_addresses() -> None:
    assert await _resolve(ThreadedResolver(PATIENCE), "localhost") <= _LOOPBACK


@pytest.mark.parametrize("host", ["receiver.invalid", "a" * 64 + ".example", "a..example"])
async def test_a_name_without_an_address_is_an_error(host: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        await ThreadedResolver(PATIENCE)(host, 443)


async def test_a_host_has_one_lookup_at_a_time(name_server: NameServer) -> None:
    resolver = ThreadedResolver(PATIENCE)
    waiting = [asyncio.create_task(_resolve(resolver, "hanging.example")) for _ in range(20)]
    await until(lambda: name_server.asked == ["hanging.example"])
    waiting[0].cancel()
    name_server.recovers.set()
    for found in await asyncio.gather(*waiting[1:]):
        assert found <= _LOOPBACK
    assert name_server.asked == ["hanging.example"]
    await _resolve(resolver, "hanging.example")
    assert name_server.asked == ["hanging.example"] * 2


async def test_an_organization_whose_name_servers_hang_holds_up_itself_alone(name_server: NameServer) -> None:
    resolver = ThreadedResolver(0.1)
    await _abandon(resolver, name_server, "one", 4)
    with pytest.raises(ResolverBusyError):
        await _resolve(resolver, "receiver.example")
    assert await _resolve(resolver, "receiver.example", "another") <= _LOOPBACK


async def test_an_organization_waits_for_its_lookups_to_end(name_server: NameServer) -> None:
    resolver = ThreadedResolver(PATIENCE)
    await _abandon(resolver, name_server, "one", 4)
    waiting = asyncio.create_task(_resolve(resolver, "receiver.example"))
    await asyncio.sleep(0)
    name_server.recovers.set()
    assert await waiting <= _LOOPBACK


async def test_threads_are_bounded_and_come_back_when_lookups_end(name_server: NameServer) -> None:
    resolver = ThreadedResolver(0.1)
    for number in range(32):
        await _abandon(resolver, name_server, f"organization{number}", 4)
    with pytest.raises(ResolverBusyError):
        await _resolve(resolver, "receiver.example")
    name_server.recovers.set()
    await until(lambda: not resolver._lookups)  # noqa: SLF001 - nothing else shows that they have ended
    assert await _resolve(resolver, "receiver.example") <= _LOOPBACK


async def test_a_thread_that_does_not_start_costs_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    resolver = ThreadedResolver(PATIENCE)
    with monkeypatch.context() as machine:
        machine.setattr(Thread, "start", refuse)
        for _ in range(5):
            with pytest.raises(ResolverBusyError):
                await _resolve(resolver, "localhost")
    assert await _resolve(resolver, "localhost") <= _LOOPBACK

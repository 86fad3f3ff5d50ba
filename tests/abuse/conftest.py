"""The production server under attack, and the checks that hold for every attack."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import httpx
import pytest

from adapters.vault import new_key
from tests.abuse.documents import SECRET
from tests.support.client import Client
from tests.support.databases import in_use, use
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.processes import cpu_seconds
from tests.support.secrecy import keep
from tests.support.servers import RunningServer, environment, run_program, running_server

# An attack is allowed the CPU time of this many ordinary requests.
_REQUESTS = 50
_ORDINARY = "{ viewer { name } }"


@dataclass(slots=True)
class Target:
    """A server under attack. `affordable` is the CPU time in seconds that an attack is allowed."""

    server: RunningServer
    client: Client
    affordable: float = 0.0

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Asserts that the server responds during and after the context, and that it logs no error and no secret."""
        begin = self.server.log.stat().st_size
        async with plain_client() as http:
            meanwhile = asyncio.create_task(_assert_alive(http, self.server.address))
            yield
            await meanwhile
            await _assert_alive(http, self.server.address)
        with self.server.log.open("rb") as log:
            log.seek(begin)
            logged = log.read().decode()
        assert not [word for word in ("ERROR", "Traceback", SECRET) if word in logged], logged

    def cpu_seconds(self) -> float:
        """The CPU time in seconds that all of the server's threads have used."""
        return cpu_seconds(self.server.process.pid)

    async def measure(self) -> None:
        """Measures the CPU time of ordinary requests at the machine's current speed."""
        before = self.cpu_seconds()
        for number in range(_REQUESTS):
            assert (await self.client.post(_ORDINARY + " " * number)).status_code == 200
        self.affordable = self.cpu_seconds() - before


async def _assert_alive(http: httpx.AsyncClient, address: str) -> None:
    assert (await http.get(f"{address}/healthz")).status_code == 200


@pytest.fixture(scope="package")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server in production, where errors contain no suggestions, and a client with all scopes."""
    before = in_use()
    use(None)
    folder = tmp_path_factory.mktemp("abuse")
    settings = {"ENV": "production", "ENCRYPTION_KEYS": keep(new_key().reveal())}
    assert run_program("cli.py", "migrate", env=environment(folder, **settings)).returncode == 0
    with running_server(folder, **settings) as server:
        tenant = anyio.run(new_tenant, server)
        use(before)
        target = Target(server, tenant.client)
        anyio.run(target.measure)
        yield target

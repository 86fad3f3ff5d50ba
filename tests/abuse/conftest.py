"""A production server of its own that is attacked, and what must hold whatever is sent to it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pytest

from adapters.vault import new_key
from tests.abuse.documents import SECRET
from tests.support.client import Client
from tests.support.databases import in_use, use
from tests.support.organizations import new_tenant
from tests.support.secrecy import keep
from tests.support.servers import RunningServer, environment, run_program, running_server
from tests.support.waiting import PATIENCE

_TICK = os.sysconf("SC_CLK_TCK")
# An attack may take as much computing as this many ordinary requests.
_REQUESTS = 50
_ORDINARY = "{ viewer { name } }"


@dataclass(slots=True)
class Target:
    """A server under attack. `affordable`: how many seconds of computing an attack may take."""

    server: RunningServer
    client: Client
    affordable: float = 0.0

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Holds what is done meanwhile to leaving no error and no secret in the log, and the server answering."""
        begin = self.server.log.stat().st_size
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            meanwhile = asyncio.create_task(_assert_alive(http, self.server.address))
            yield
            await meanwhile
            await _assert_alive(http, self.server.address)
        with self.server.log.open("rb") as log:
            log.seek(begin)
            logged = log.read().decode()
        assert not [word for word in ("ERROR", "Traceback", SECRET) if word in logged], logged

    def cpu_seconds(self) -> float:
        """How much computing time the server has used so far, on all its threads (proc(5))."""
        fields = Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    async def measure(self) -> None:
        """Measures ordinary requests at the speed that the machine has at this moment."""
        before = self.cpu_seconds()
        for number in range(_REQUESTS):
            assert (await self.client.post(_ORDINARY + " " * number)).status_code == 200
        self.affordable = self.cpu_seconds() - before


async def _assert_alive(http: httpx.AsyncClient, address: str) -> None:
    assert (await http.get(f"{address}/healthz")).status_code == 200


@pytest.fixture(scope="package")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """In production, so that there are no suggestions, with a client that may do everything."""
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

"""Measures the reads of one organization, alone and while 200 writers of another one wait for their turn.

Run by `make bench-writers`. It uses its own PostgreSQL and one server process. A connection of the benchmark locks the
other organization's row, as a slow writer of another process would.
"""

import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.databases import use
from tests.support.documents import UPDATE_INTEGRATION
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.postgres import own_postgres
from tests.support.servers import RunningServer, running_server

_WRITERS, _ROUNDS, _READS = 200, 5, 200
# `node` makes each request unique, so that none is answered from the cache. Its malformed id causes no database query.
_READ = "query ($it: ID!) { integrations(first: 20) { nodes { id name status } } node(id: $it) { id } }"
_RESULTS = Path(__file__).parent / "results" / "writers.json"
_turns = itertools.count()


async def _reads(client: Client) -> list[float]:
    """Returns the times of reads over one connection, one after the other, in milliseconds."""
    times = []
    async with plain_client(headers=client.headers()) as http:
        for _ in range(_READS):
            body = {"query": _READ, "variables": {"it": f"{next(_turns)}"}}
            began = time.perf_counter()
            answer = await http.post(f"{client.address}/graphql", json=body)
            times.append((time.perf_counter() - began) * 1000)
            assert "errors" not in answer.json(), answer.text
    return times


@asynccontextmanager
async def _waiting(server: RunningServer, busy: Tenant, id_: str) -> AsyncIterator[None]:
    """Lets 200 mutations wait within the context."""
    url = server.settings.database.postgres_url
    locking = await asyncpg.connect(url.reveal() if url else "")
    try:
        async with locking.transaction():
            await locking.execute("SELECT FROM organizations WHERE name = $1 FOR UPDATE", busy.name)
            given = ({"id": id_, "name": f"Name {next(_turns)}"} for _ in range(_WRITERS))
            writes = [asyncio.create_task(busy.client.result(UPDATE_INTEGRATION, input=each)) for each in given]
            await asyncio.sleep(3)  # until all have arrived
            yield
            assert not any(write.done() for write in writes)
        results = await asyncio.gather(*writes)
    finally:
        await locking.close()
    assert {result["__typename"] for result in results} == {"UpdateIntegrationSuccess"}


async def _measure(server: RunningServer) -> dict[str, list[float]]:
    busy, other = await new_tenant(server), (await new_tenant(server)).client
    id_ = (await add_integration(busy.client))["id"]
    for number in range(20):
        await add_integration(other, f"Integration {number}")
    await _reads(other)  # to warm up
    alone, beside = list[float](), list[float]()
    for _ in range(_ROUNDS):
        alone += await _reads(other)
        async with _waiting(server, busy, id_):
            beside += await _reads(other)
    return {"alone": alone, "beside 200 waiting writers": beside}


def _figures(times: dict[str, list[float]]) -> Iterator[tuple[str, dict[str, float]]]:
    for name, each in times.items():
        cuts = statistics.quantiles(each, n=100)
        yield name, {"median_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        with running_server(Path(folder), DATABASE_TIMEOUT_SECONDS="60") as server:
            figures = dict(_figures(asyncio.run(_measure(server))))
        use(None)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result


if __name__ == "__main__":
    main()

"""Measures the time of a page of 20, with a thousand to a million integrations in one organization.

Three servers, each with a PostgreSQL database for one organization, take turns, so that other load on the machine
affects all of them equally. Each has one connection. All requests differ, so that none is served from the cache.
"""

import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from models import Integration, Organization
from resolvers.kit.ordering import NounOrder, OrderDirection, OrderField
from startup.database import connected
from tests.support.databases import use
from tests.support.many_rows import fill, indexing_afterwards, numbered
from tests.support.organizations import Tenant, new_tenant
from tests.support.postgres import Postgres, own_postgres
from tests.support.servers import RunningServer, running_server

_ROWS = (1_000, 100_000, 1_000_000)
_WARM_UP, _ROUNDS, _REQUESTS = 20, 9, 30
_FILL_SECONDS = 600
# `node` makes each request unique. Its id is malformed, so it causes no database query.
_DOCUMENT = """query ($it: ID!, $after: String, $filter: IntegrationFilter, $order: IntegrationOrder) {
  integrations(first: 20, after: $after, filter: $filter, orderBy: $order) {
    edges { cursor node { id provider name status createdAt updatedAt credential { maskedSecret } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
  node(id: $it) { id }
}"""
_CITIES = ("berlin", "Paris", "LONDON", "tokyo", "Oslo", "Madrid")
_BY_NAME = NounOrder(OrderField.NAME, OrderDirection.ASC)
_RESULTS = Path(__file__).parent / "results" / "pages.json"

Variables = dict[str, Any]


def _place(order: NounOrder, rows: int, turn: int) -> str:
    """Returns a cursor in the middle of the list, a different one in each turn."""
    number = rows // 2 + turn % (rows // 10)
    name = f"invoices london {number}"
    return order.encode(Integration(id=numbered("integration", number), name_key=name))


# Variables by kind of page, from the number of rows and the turn. Every page has 20 rows, except the last kind.
_PAGES: dict[str, Callable[[int, int], Variables]] = {
    "first": lambda _, __: {},
    "deep": lambda rows, turn: {"after": _place(NounOrder(), rows, turn)},
    "filtered": lambda rows, turn: {"after": _place(NounOrder(), rows, turn), "filter": {"status": "INACTIVE"}},
    "searched": lambda _, turn: {"filter": {"nameContains": _CITIES[turn % len(_CITIES)]}},
    "by name": lambda rows, turn: {
        "after": _place(_BY_NAME, rows, turn),
        "order": {"field": "NAME", "direction": "ASC"},
    },
    "searched for one": lambda rows, turn: {"filter": {"nameContains": str(rows - turn % (rows // 10))}},
}


class _Client:
    """Sends requests to one server over one connection."""

    def __init__(self, tenant: Tenant, rows: int) -> None:
        self._token, self._port, self._rows = tenant.client.token, tenant.server.settings.serving.port, rows
        self._turns = itertools.count(1)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["_Client"]:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        yield self
        self._writer.close()

    async def ask(self, page: str, times: int) -> float:
        """Returns the median time of `times` requests, in milliseconds."""
        return statistics.median([await self._ask(page) for _ in range(times)])

    async def _ask(self, page: str) -> float:
        turn = next(self._turns)
        variables = _PAGES[page](self._rows, turn) | {"it": f"turn_{turn}"}
        body = json.dumps({"query": _DOCUMENT, "variables": variables}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        self._writer.write(head.encode() + body)
        head_lines = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        answer = await self._reader.readexactly(int(head_lines.partition(b"content-length: ")[2].split(b"\r\n")[0]))
        took = time.perf_counter() - began
        found = len(json.loads(answer)["data"]["integrations"]["edges"])
        if found != (1 if page == "searched for one" else 20):
            raise SystemExit(f"{page} of {self._rows} has {found} rows: {variables}")
        return took * 1000


async def _fill(server: RunningServer, rows: int) -> Tenant:
    tenant = await new_tenant(server)
    async with connected(server.settings, _FILL_SECONDS), indexing_afterwards():
        await fill((await Organization.get(name=tenant.name)).id, rows)
    return tenant


async def _measure(servers: dict[int, RunningServer]) -> list[dict[str, Any]]:
    medians: dict[tuple[str, int], list[float]] = {(page, rows): [] for page in _PAGES for rows in _ROWS}
    async with AsyncExitStack() as stack:
        filled = {rows: await _fill(server, rows) for rows, server in servers.items()}
        clients = {
            rows: await stack.enter_async_context(_Client(tenant, rows).connected()) for rows, tenant in filled.items()
        }
        for page, rows in medians:
            await clients[rows].ask(page, _WARM_UP)
        for _ in range(_ROUNDS):
            for (page, rows), seen in medians.items():
                seen.append(await clients[rows].ask(page, _REQUESTS))
    return [
        {
            "page": page,
            "rows": rows,
            "median_ms": round(statistics.median(seen), 2),
            "spread_ms": round(max(seen) - min(seen), 2),
        }
        for (page, rows), seen in medians.items()
    ]


def _print(figures: list[dict[str, Any]]) -> None:
    """Prints a line for each kind of page: its times by number of rows, and the ratio of the slowest to the fastest."""
    for page, lines in itertools.groupby(figures, lambda line: line["page"]):
        times = [line["median_ms"] for line in lines]
        print(f"{page:18}", *(f"{time:8.2f}" for time in times), f"  x {max(times) / min(times):.2f}")  # noqa: T201 - the result


def _serving(stack: ExitStack, postgres: Postgres, rows: int) -> RunningServer:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(running_server(folder, DATABASE_URL=postgres.url(f"pages_{rows}")))


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    with own_postgres() as postgres, ExitStack() as stack:
        use(postgres)
        figures = asyncio.run(_measure({rows: _serving(stack, postgres, rows) for rows in _ROWS}))
        use(None)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    _print(figures)


if __name__ == "__main__":
    main()

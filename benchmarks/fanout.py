"""Measures pushing one organization's events to many subscribers: delay, deliveries per second, and memory.

Run it with `python -m benchmarks.fanout`. With other numbers of subscribers as arguments, it only prints the results.
It uses its own PostgreSQL and one server process. Events are appended with SQL instead of the server, each in its own
commit; with few subscribers, these commits limit the rate. The delay is measured from before the commit until a
subscriber has read the frame, with one clock in one process. Memory is the increase after the first subscriber.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from benchmarks.subscribers import Arrivals, Subscriber, subscribe
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.databases import use
from tests.support.documents import EVENT_CURSOR
from tests.support.organizations import new_tenant
from tests.support.postgres import own_postgres
from tests.support.processes import cpu_seconds, resident_kib
from tests.support.servers import RunningServer, running_server

_SUBSCRIBERS = (1, 10, 100, 1000, 10_000)
_SINGLE_EVENTS, _PAUSE_SECONDS = 30, 0.05
_BURST_DELIVERIES, _MOST_EVENTS, _BURSTS = 100_000, 1000, 3
_DOCUMENT = """subscription ($after: String) { events(after: $after) {
  cursor kind occurredAt actor { name }
  ... on IntegrationEvent { integrationId name integrationStatus previousIntegrationStatus }
} }"""
_APPEND = """
WITH grown AS (UPDATE organizations SET position = position + 1 WHERE id = $1 RETURNING position)
INSERT INTO events (organization_id, position, kind, subject, name, previous_status, status, actor, occurred_at)
SELECT $1, position, 'INTEGRATION_STATUS_CHANGED', $2, 'Billing', 'INACTIVE', 'ACTIVE', 'benchmark', now() FROM grown
"""
_RESULTS = Path(__file__).parent / "results" / "fanout.json"


@dataclass(frozen=True, slots=True)
class _Log:
    """The log of an organization."""

    connection: asyncpg.Connection
    organization: str
    subject: str

    async def append(self) -> float:
        """Appends an event, and returns the time before its commit."""
        began = time.monotonic()
        await self.connection.execute(_APPEND, self.organization, self.subject)
        return began


async def _delays(log: _Log, arrivals: Arrivals, count: int) -> list[float]:
    """Returns the delays of all deliveries of single events, in milliseconds."""
    delays: list[float] = []
    for _ in range(_SINGLE_EVENTS):
        arrivals.expect(count)
        began = await log.append()
        delays += [(arrived - began) * 1000 for arrived in await arrivals.all()]
        await asyncio.sleep(_PAUSE_SECONDS)
    return delays


async def _rate(log: _Log, arrivals: Arrivals, count: int) -> float:
    """Returns deliveries per second, while events are committed one by one as fast as possible."""
    events = min(_MOST_EVENTS, max(20, _BURST_DELIVERIES // count))
    arrivals.expect(events * count)
    began = time.monotonic()
    for _ in range(events):
        await log.append()
    return events * count / ((await arrivals.all())[-1] - began)


async def _subscribed(
    server: RunningServer, client: Client, log: _Log, count: int
) -> tuple[Arrivals, list[Subscriber]]:
    """Connects subscribers, and returns after each has received an event."""
    payload = {"query": _DOCUMENT, "variables": {"after": (await client.execute(EVENT_CURSOR))["eventCursor"]}}
    arrivals, subscribers = await subscribe(server.settings.serving.port, [client.token] * count, payload)
    arrivals.expect(count)
    await log.append()
    await arrivals.all()
    return arrivals, subscribers


async def _measure(server: RunningServer, client: Client, log: _Log, count: int) -> dict[str, float]:
    _, (first,) = await _subscribed(server, client, log, 1)
    first.close()
    before = resident_kib(server.process.pid)
    arrivals, subscribers = await _subscribed(server, client, log, count)
    memory = (resident_kib(server.process.pid) - before) / count
    delays = sorted(await _delays(log, arrivals, count))
    computed = cpu_seconds(server.process.pid)
    rates = [await _rate(log, arrivals, count) for _ in range(_BURSTS)]
    events = _BURSTS * min(_MOST_EVENTS, max(20, _BURST_DELIVERIES // count))
    computed = (cpu_seconds(server.process.pid) - computed) / (events * count)
    for subscriber in subscribers:
        subscriber.close()
    return {
        "subscribers": count,
        "median_ms": round(statistics.median(delays), 1),
        "p99_ms": round(delays[len(delays) * 99 // 100], 1),
        "deliveries_per_second": round(statistics.median(rates)),
        "kib_per_subscriber": round(memory, 1),
        "cpu_us_per_delivery": round(computed * 1e6, 1),
    }


async def _measure_at(server: RunningServer, count: int) -> dict[str, float]:
    client = (await new_tenant(server)).client
    integration = await add_integration(client)
    connection = await asyncpg.connect(server.settings.database.postgres_url.reveal())  # type: ignore[union-attr]
    organization = await connection.fetchval(
        "SELECT organization_id FROM integrations WHERE id = $1", integration["id"]
    )
    log = _Log(connection, organization, integration["id"])
    try:
        return await _measure(server, client, log, count)
    finally:
        await connection.close()


def main() -> None:
    """Measures each number of subscribers with a new server; prints and saves the results."""
    figures = []
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        for count in [int(argument) for argument in sys.argv[1:]] or _SUBSCRIBERS:
            with running_server(Path(folder) / str(count), MAX_SOCKETS_PER_VIEWER="10000") as server:
                figures.append(asyncio.run(_measure_at(server, count)))
                print(json.dumps(figures[-1]), flush=True)  # noqa: T201 - the result
        use(None)
    if not sys.argv[1:]:
        _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

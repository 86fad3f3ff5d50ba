"""Measures resuming far behind the end of a log, and how long others wait meanwhile.

Run it with `make bench-replay`. On SQLite, then on PostgreSQL: a subscriber resumes over 1,000,000 events with a filter
that one in a thousand matches. Then one viewer resumes 100 subscriptions over 1,506 events, while another organization
reads: the slowest of its reads is printed besides the time that the replays take.
"""

import asyncio
import statistics
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.measuring import measure_both, repeat
from benchmarks.subscribers import Arrivals, Subscriber, subscribe
from models import ActorKind, Event, EventKind, Organization
from resolvers.events.read import event_cursor
from startup.database import connected
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer

_LONG, _RARE, _SHORT, _SUBSCRIPTIONS = 1_000_000, 1000, 1506, 100
_BLOCK, _FILL_SECONDS = 50_000, 600
_FILTERED = """subscription ($after: String) {
    events(after: $after, filter: {kinds: [SECRET_REVEALED, TOKEN_REVOKED]}) { kind } }"""
_ALL = "subscription ($after: String) { events(after: $after) { kind } }"
_RESULTS = Path(__file__).parent / "results" / "replay.json"


async def _fill(organization: Organization, events: int) -> str:
    """Fills the log; returns the cursor of its beginning."""
    subject, now = "integration_00000000000000000000000000", datetime.now(UTC)
    for begin in range(await Event.filter(organization_id=organization.id).count(), events, _BLOCK):
        await Event.bulk_create(
            (
                Event(
                    organization_id=organization.id,
                    position=position,
                    kind=EventKind.INTEGRATION_UPDATED if position % _RARE else EventKind.SECRET_REVEALED,
                    subject=subject,
                    name="x",
                    actor="x",
                    actor_kind=ActorKind.SYSTEM,
                    occurred_at=now,
                )
                for position in range(begin + 1, min(begin + _BLOCK, events) + 1)
            ),
            batch_size=1000,
        )
    await Organization.filter(id=organization.id).update(position=events)
    return event_cursor(organization.id, 0)


async def _log(server: RunningServer, events: int) -> tuple[Client, str]:
    """A new organization with a log, and the cursor of its beginning."""
    tenant = await new_tenant(server)
    async with connected(server.settings, _FILL_SECONDS):
        return tenant.client, await _fill(await Organization.get(name=tenant.name), events)


async def _replayed(server: RunningServer, client: Client, count: int, document: str, after: str, events: int) -> float:
    """The seconds in which all subscriptions receive their events."""
    payload = {"query": document, "variables": {"after": after}}
    began = time.monotonic()
    arrivals, subscribers = await subscribe(server.settings.serving.port, [client.token] * count, payload)
    await _arrived(arrivals, subscribers, count * events)
    return time.monotonic() - began


async def _arrived(arrivals: Arrivals, subscribers: list[Subscriber], events: int) -> None:
    while len(arrivals.times) < events:  # noqa: ASYNC110 - some have arrived before their number was known
        await asyncio.sleep(0.005)
    for subscriber in subscribers:
        subscriber.close()


async def _measure(server: RunningServer) -> dict[str, float]:
    client, after = await _log(server, _LONG)
    filtered = [await _replayed(server, client, 1, _FILTERED, after, _LONG // _RARE) for _ in range(3)]
    client, after = await _log(server, _SHORT)
    other, times = (await new_tenant(server)).client, list[float]()
    reading = asyncio.create_task(repeat(partial(other.execute, "{ viewer { name } }"), times))
    everything = await _replayed(server, client, _SUBSCRIPTIONS, _ALL, after, _SHORT)
    reading.cancel()
    return {
        "filtered_seconds": round(statistics.median(filtered), 2),
        "replays_seconds": round(everything, 1),
        "others_median_ms": round(statistics.median(times), 1),
        "others_worst_ms": round(max(times), 1),
    }


if __name__ == "__main__":
    measure_both(_measure, _RESULTS)

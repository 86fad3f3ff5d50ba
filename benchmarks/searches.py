"""Measures a query of many searches with counts over a large organization, and how long another one's reads take.

Run it with `make bench-searches`: on SQLite, then on PostgreSQL, with 300,000 integrations. `searches` is the number of
aliased searches in the query: fifty, or as many as the server's limits allow. `seconds` is the median of such queries.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks.measuring import measure_both, repeat
from models import Credential, Integration, Organization, Provider
from startup.database import connected
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.rows import connected_credential
from tests.support.servers import RunningServer

_ROWS, _SEARCHES, _FILL_SECONDS = 300_000, 50, 600
_READING_SECONDS = 2
_PAGE = "query ($n: Int!) { integrations(first: $n) { nodes { id } } }"
_RESULTS = Path(__file__).parent / "results" / "searches.json"


def _integration(organization: Organization, credential: Credential, number: int) -> Integration:
    name = f"Shop {number}"
    now = datetime.now(UTC)
    return Integration(
        organization_id=organization.id,
        credential_id=credential.id,
        provider=Provider.STRIPE,
        name=name,
        name_key=name.lower(),
        active=True,
        created_at=now,
        updated_at=now,
        version=1,
    )


async def _fill(server: RunningServer, name: str) -> None:
    async with connected(server.settings, _FILL_SECONDS):
        organization = await Organization.get(name=name)
        credential = connected_credential(organization.id, "One", lambda _: "v1.another." + "x" * 140)
        await credential.save(force_create=True)
        rows = (_integration(organization, credential, number) for number in range(_ROWS))
        await Integration.bulk_create(rows, batch_size=1000)


_numbers = count()


def _query(searches: int) -> str:
    # No name contains this, so that the whole table is searched. A text is new each time, so no response is cached.
    part = f'{{nameContains: "zz9 plural z {next(_numbers)}"}}'
    aliases = " ".join(f"a{number}: integrations(first: 1, filter: $part) {{ ...F }}" for number in range(searches))
    counted = "fragment F on IntegrationConnection { totalCount nodes { id } }"
    return f"query ($part: IntegrationFilter = {part}) {{ {aliases} }} {counted}"


def _reading(client: Client, times: list[float]) -> Callable[[], Awaitable[object]]:
    """Reads pages of other lengths, none of which is cached."""
    return lambda: client.execute(_PAGE, n=1 + len(times) % 100)


async def _allowed(client: Client) -> int:
    """The number of searches that the server allows in a query."""
    for searches in range(_SEARCHES, 0, -1):
        if await _answered(client, _query(searches)):
            return searches
    raise SystemExit("No search is allowed.")


async def _seconds(client: Client, searches: int) -> float:
    """The time until the server has answered, if only with TIMEOUT."""
    began = time.monotonic()
    assert await _answered(client, _query(searches))
    return time.monotonic() - began


async def _answered(client: Client, query: str) -> bool:
    """Whether the server has executed a query, and not found it too long or too expensive."""
    errors = (await client.post(query)).json().get("errors", [])
    return all(error["extensions"]["code"] == "TIMEOUT" for error in errors)


async def _measure(server: RunningServer) -> dict[str, float]:
    tenant, other = await new_tenant(server), (await new_tenant(server)).client
    await _fill(server, tenant.name)
    times = list[float]()
    searches = await _allowed(tenant.client)
    reading = asyncio.create_task(repeat(_reading(other, times), times))
    await asyncio.sleep(_READING_SECONDS)
    alone = statistics.median(times)
    times.clear()
    seconds, until = list[float](), time.monotonic() + _READING_SECONDS
    while time.monotonic() < until:
        seconds.append(await _seconds(tenant.client, searches))
    reading.cancel()
    return {
        "searches": searches,
        "seconds": round(statistics.median(seconds), 2),
        "others_alone_ms": round(alone, 1),
        "others_median_ms": round(statistics.median(times), 1),
        "others_worst_ms": round(max(times), 1),
    }


if __name__ == "__main__":
    measure_both(_measure, _RESULTS)

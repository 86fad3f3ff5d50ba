"""Measures a query of many searches with counts over a large organization, and how long another one's reads take.

Run it with `make bench-searches`: on SQLite, then on PostgreSQL, with 300,000 integrations. `searches` is the number of
aliased searches in the query: fifty, if the server allows it, or as many as fit into MAX_COST.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import measure_both, repeat
from models import Credential, Integration, Organization, Provider
from startup.database import connected
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.rows import connected_credential
from tests.support.servers import RunningServer

_ROWS, _SEARCHES, _FILL_SECONDS = 300_000, 50, 600
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


def _query(searches: int) -> str:
    # No name contains this, so that the whole table is searched.
    part = '{nameContains: "zz9 plural z"}'
    one = f"integrations(first: 1, filter: {part}) {{ totalCount nodes {{ id }} }}"
    return "{ " + " ".join(f"a{number}: {one}" for number in range(searches)) + " }"


def _reading(client: Client, times: list[float]) -> Callable[[], Awaitable[object]]:
    """Reads pages of other lengths, none of which is cached."""
    return lambda: client.execute(_PAGE, n=1 + len(times) % 100)


async def _searched(client: Client) -> tuple[int, float]:
    """The number of searches that the server allows in a query, and the seconds until it answers, if only TIMEOUT."""
    for searches in range(_SEARCHES, 0, -1):
        began = time.monotonic()
        errors = (await client.post(_query(searches))).json().get("errors", [])
        if not any(error["extensions"]["code"] == "COST_LIMIT_EXCEEDED" for error in errors):
            return searches, time.monotonic() - began
    raise SystemExit("No search is allowed.")


async def _measure(server: RunningServer) -> dict[str, float]:
    tenant, other = await new_tenant(server), (await new_tenant(server)).client
    await _fill(server, tenant.name)
    times = list[float]()
    reading = asyncio.create_task(repeat(_reading(other, times), times))
    await asyncio.sleep(2)
    alone = statistics.median(times)
    times.clear()
    searches, seconds = await _searched(tenant.client)
    reading.cancel()
    return {
        "searches": searches,
        "seconds": round(seconds, 2),
        "others_alone_ms": round(alone, 1),
        "others_median_ms": round(statistics.median(times), 1),
        "others_worst_ms": round(max(times), 1),
    }


if __name__ == "__main__":
    measure_both(_measure, _RESULTS)

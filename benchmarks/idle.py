"""Measures the cost of organizations in which nothing happens: each has one token, and one subscriber on a WebSocket.

Run it with `make bench-idle`, or with `python -m benchmarks.idle COUNT` to only print the results for another number.
It measures on SQLite, then on PostgreSQL: CPU time while nothing happens, memory, the delay of a push from before its
mutation until the subscriber has read the event, and the time from a token's revocation until its socket is closed.
The sockets' pings are part of the CPU time.
"""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.measuring import measure_both
from benchmarks.subscribers import Arrivals, Subscriber, subscribe
from models import ApiToken, Organization, Scope
from resolvers.tokens.text import hash_of, mask, new_token
from startup.database import open_database
from tests.support.client import Client
from tests.support.documents import ISSUE_TOKEN, REVOKE_TOKEN
from tests.support.processes import cpu_seconds, resident_kib
from tests.support.servers import RunningServer

_ORGANIZATIONS = 10_000
_SETTLE_SECONDS, _IDLE_SECONDS, _PUSHES, _REVOCATIONS = 20, 60, 50, 10
_DOCUMENT = {"query": "subscription { events { cursor kind occurredAt } }"}
_RESULTS = Path(__file__).parent / "results" / "idle.json"


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The text of each organization's token."""

    texts: list[str]

    @classmethod
    async def made(cls, server: RunningServer, count: int) -> "_Tokens":
        """Creates organizations, each with one token."""
        now, secrets = datetime.now(UTC), [new_token() for _ in range(count)]
        async with open_database(server.settings):
            rows = [Organization(name=f"Idle {number}", created_at=now) for number in range(count)]
            await Organization.bulk_create(rows, batch_size=1000)
            await ApiToken.bulk_create(
                (
                    ApiToken(
                        organization_id=row.id,
                        name="Idle",
                        name_key="idle",
                        scopes=[scope.value for scope in Scope],
                        token_hash=hash_of(secret),
                        masked_token=mask(secret),
                        created_at=now,
                        last_used_at=now,
                    )
                    for row, secret in zip(rows, secrets, strict=True)
                ),
                batch_size=1000,
            )
        return cls([secret.reveal() for secret in secrets])


async def _pushes(server: RunningServer, tokens: _Tokens, arrivals: Arrivals) -> list[float]:
    """The delays, in milliseconds, of an event in each of several organizations."""
    delays = []
    for text in tokens.texts[:_PUSHES]:
        client = Client(server.address, text)
        arrivals.expect(1)
        began = time.monotonic()
        await client.result(ISSUE_TOKEN, input={"name": "Other", "scopes": ["READ"]})
        delays.append(((await arrivals.all())[0] - began) * 1000)
    return sorted(delays)


async def _revocations(server: RunningServer, tokens: _Tokens, subscribers: list[Subscriber]) -> list[float]:
    """The seconds from a revocation until the token's socket is closed."""
    delays = []
    for text, subscriber in list(zip(tokens.texts, subscribers, strict=True))[-_REVOCATIONS:]:
        client = Client(server.address, text)
        page = await client.execute("{ tokens(first: 1) { nodes { id } } }")
        began = time.monotonic()
        await client.result(REVOKE_TOKEN, input={"id": page["tokens"]["nodes"][0]["id"]})
        await asyncio.wait_for(subscriber.ended.wait(), 30)
        delays.append(time.monotonic() - began)
    return sorted(delays)


async def _measure(server: RunningServer, count: int) -> dict[str, float]:
    tokens = await _Tokens.made(server, count)
    port = server.settings.serving.port
    _, (first,) = await subscribe(port, tokens.texts[:1], _DOCUMENT)
    first.close()
    memory = resident_kib(server.process.pid)
    arrivals, subscribers = await subscribe(port, tokens.texts, _DOCUMENT)
    await asyncio.sleep(_SETTLE_SECONDS)
    memory = resident_kib(server.process.pid) - memory
    computed = cpu_seconds(server.process.pid)
    await asyncio.sleep(_IDLE_SECONDS)
    computed = cpu_seconds(server.process.pid) - computed
    pushes = await _pushes(server, tokens, arrivals)
    revocations = await _revocations(server, tokens, subscribers)
    for subscriber in subscribers:
        subscriber.close()
    return {
        "organizations": count,
        "cpu_percent": round(100 * computed / _IDLE_SECONDS, 2),
        "kib_per_organization": round(memory / count, 1),
        "push_median_ms": round(statistics.median(pushes), 1),
        "push_worst_ms": round(pushes[-1], 1),
        "revocation_worst_seconds": round(revocations[-1], 2),
    }


def main() -> None:
    """Measures on both databases. With a number of organizations, it saves no results."""
    count = int(sys.argv[1]) if sys.argv[1:] else None
    measure_both(partial(_measure, count=count or _ORGANIZATIONS), None if count else _RESULTS)


if __name__ == "__main__":
    main()

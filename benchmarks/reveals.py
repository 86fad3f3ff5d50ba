"""Measures revealed secrets per second, each with its event, in one organization and in ten at once.

Run by `make bench`. It uses its own PostgreSQL, one server process and 32 connections, and reveals each secret once per
round.
"""

import asyncio
import itertools
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import httpx

from benchmarks.dataset import Dataset, fill
from benchmarks.sending import send
from benchmarks.starting import drawbridge
from benchmarks.walk import walk
from tests.support.databases import use
from tests.support.documents import REVEAL_SECRET
from tests.support.postgres import own_postgres
from tests.support.servers import running_server

_ROUNDS, _REQUESTS = 5, 1000
_COUNT = "{ events(last: 1) { totalCount } }"
_RESULTS = Path(__file__).parent / "results" / "reveals.json"


def _requests(dataset: Dataset, count: int) -> list[httpx.Request]:
    ours = drawbridge(dataset)
    inputs = ({"integrationId": id_, "reason": "Benchmark"} for id_ in walk(ours).ids[:count])
    bodies = ({"query": REVEAL_SECRET, "variables": {"input": given}} for given in inputs)
    return [httpx.Request("POST", f"{ours.address}/graphql", headers=ours.headers, json=body) for body in bodies]


def _in_turn(datasets: list[Dataset]) -> list[httpx.Request]:
    """Interleaves the requests of the organizations."""
    each = [_requests(dataset, _REQUESTS // len(datasets)) for dataset in datasets]
    return list(itertools.chain.from_iterable(zip(*each, strict=True)))


async def _events(datasets: list[Dataset]) -> int:
    """Returns the number of events in these organizations."""
    counts = [(await dataset.tenant.client.execute(_COUNT))["events"]["totalCount"] for dataset in datasets]
    return sum(counts)


def _measure(datasets: list[Dataset]) -> dict[str, Any]:
    requests, server = _in_turn(datasets), drawbridge(datasets[0])
    send(server, requests)  # to warm up
    before = asyncio.run(_events(datasets))
    costs = [send(server, requests) for _ in range(_ROUNDS)]
    assert asyncio.run(_events(datasets)) - before == _ROUNDS * _REQUESTS
    return {
        "organizations": len(datasets),
        "cpu_ms": round(statistics.median(cost.cpu_ms for cost in costs), 2),
        "per_second": round(statistics.median(cost.per_second for cost in costs)),
    }


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        with running_server(Path(folder)) as server:
            datasets = asyncio.run(fill(server))
            figures = [_measure(datasets[:1]), _measure(datasets)]
        use(None)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result


if __name__ == "__main__":
    main()

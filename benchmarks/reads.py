"""Compares reads with other servers: CPU time of the server process, and requests per second with 32 connections.

Run it with `make bench-reads`, or without the other servers with `python -m benchmarks.reads --alone`. All servers read
the same tables of one PostgreSQL, alternating in rounds. Drawbridge is measured twice: with reads that it has cached,
and with reads that it has not, because its log has moved. The others have no cache and are measured with the latter.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks import report
from benchmarks.contestants import Contestant
from benchmarks.dataset import INTEGRATIONS, Dataset, fill
from benchmarks.report import FIRST, REPEATED, Cost, Figures
from benchmarks.sending import send
from benchmarks.starting import drawbridge, started
from benchmarks.walk import Walk, walk
from tests.support.databases import use
from tests.support.documents import SET_ACTIVE
from tests.support.plain import PLAIN
from tests.support.postgres import own_postgres
from tests.support.servers import running_server

_ROUNDS, _WARM_UPS = 5, 2
_REQUESTS = INTEGRATIONS - 40  # a full page follows each cursor, and all connections send equally many requests


@dataclass(frozen=True, slots=True)
class _Lane:
    """The requests of a server in each round, and their preparation."""

    name: str
    contestant: Contestant
    requests: dict[str, list[httpx.Request]]
    prepare: Callable[[], None] = lambda: None

    def run(self, kind: str) -> Cost:
        self.prepare()
        return send(self.contestant, self.requests[kind])


def _lanes(dataset: Dataset, peers: list[Contestant]) -> Iterator[_Lane]:
    ours = drawbridge(dataset)
    walked = walk(ours)
    repeated = _repeated(ours, walked)
    yield _Lane(REPEATED, ours, repeated, _filling_the_cache(repeated))
    yield _Lane(FIRST, ours, _varied(ours, walked), _invalidating_the_cache(dataset, walked.ids[-1]))
    for peer in peers:
        yield _Lane(peer.name, peer, _varied(peer, walk(peer)))


def _repeated(contestant: Contestant, walked: Walk) -> dict[str, list[httpx.Request]]:
    single = contestant.ask_single(walked.ids[0])
    return {"list": [contestant.ask_list()] * _REQUESTS, "single": [single] * _REQUESTS}


def _varied(contestant: Contestant, walked: Walk) -> dict[str, list[httpx.Request]]:
    """Returns requests that all differ."""
    return {
        "list": [contestant.ask_list(cursor) for cursor in walked.cursors[:_REQUESTS]],
        "single": [contestant.ask_single(id_) for id_ in walked.ids[:_REQUESTS]],
    }


def _filling_the_cache(requests: dict[str, list[httpx.Request]]) -> Callable[[], None]:
    """Returns a function that sends each kind of request, to fill the cache."""

    def ask() -> None:
        with httpx.Client(verify=PLAIN) as http:
            for same in requests.values():
                http.send(same[0]).raise_for_status()

    return ask


def _invalidating_the_cache(dataset: Dataset, id_: str) -> Callable[[], None]:
    """Returns a function that invalidates the cache, by switching an integration outside the responses off and on."""

    def move() -> None:
        for active in (False, True):
            values = {"id": id_, "active": active}
            result = asyncio.run(dataset.tenant.client.result(SET_ACTIVE, input=values))
            assert result["__typename"] == "SetIntegrationActiveSuccess", result

    return move


def _measure(lanes: list[_Lane]) -> Figures:
    figures: Figures = {kind: {lane.name: [] for lane in lanes} for kind in ("list", "single")}
    for number in range(_WARM_UPS + _ROUNDS):
        for kind, costs in figures.items():
            for lane in lanes:
                cost = lane.run(kind)
                if number >= _WARM_UPS:
                    costs[lane.name].append(cost)
    return figures


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    alone = "--alone" in sys.argv
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        with running_server(Path(folder), VERIFY_INTERVAL_HOURS="0") as server:  # checks would count as reads
            dataset = asyncio.run(fill(server))[-1]
            with ExitStack() as stack:
                peers = [] if alone else stack.enter_context(started(dataset))
                figures = _measure(list(_lanes(dataset, peers)))
        use(None)
    report.print_tables(figures, save=not alone)


if __name__ == "__main__":
    main()

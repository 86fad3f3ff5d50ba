"""Tables of what reads cost: medians of the rounds, and how far these lie apart."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

REPEATED, FIRST = "Drawbridge, repeated read", "Drawbridge, first read"
_RESULTS = Path(__file__).parent / "results"
_TITLES = {"list": "A list of 20", "single": "A single one, by id"}
_COLUMNS = (
    "Server",
    "CPU ms",
    "Requests/s",
    "CPU ÷ our repeated",
    "CPU ÷ our first",
    "Our repeated ÷ requests/s",
    "Our first ÷ requests/s",
)
_HEAD = """# Reads, ours and our peers'

What a request costs the server's process, and how many 32 connections get answered, on PostgreSQL with 10,000
integrations in 10 organizations. Medians of the rounds; in brackets the least and the greatest. Ratios are taken within
rounds: above 1, Drawbridge is ahead. A repeated read has been answered before; a first read has not since the
organization last changed. The others keep no answers, and are measured by first reads alone. Only Drawbridge asks who
is asking. PostGraphile's fields are those that it makes of the tables. Made by `make bench`.
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a server needed in one round."""

    cpu_ms: float
    per_second: float


Figures = dict[str, dict[str, list[Cost]]]
"""By kind of read, then by server: its rounds."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """A figure of all rounds."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        if self.least == self.greatest:
            return _short(self.median)
        return f"{_short(self.median)} ({_short(self.least)} to {_short(self.greatest)})"


def _short(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"


def _spread(figures: Iterator[float]) -> _Spread:
    rounds = sorted(figures)
    return _Spread(*(round(figure, 4) for figure in (statistics.median(rounds), rounds[0], rounds[-1])))


def _row(costs: list[Cost], repeated: list[Cost], first: list[Cost]) -> dict[str, _Spread]:
    rounds = list(zip(costs, repeated, first, strict=True))
    return {
        "cpu_ms": _spread(cost.cpu_ms for cost in costs),
        "per_second": _spread(cost.per_second for cost in costs),
        "cpu_to_repeated": _spread(cost.cpu_ms / again.cpu_ms for cost, again, _ in rounds),
        "cpu_to_first": _spread(cost.cpu_ms / once.cpu_ms for cost, _, once in rounds),
        "repeated_rate_to": _spread(again.per_second / cost.per_second for cost, again, _ in rounds),
        "first_rate_to": _spread(once.per_second / cost.per_second for cost, _, once in rounds),
    }


def _table(title: str, rows: dict[str, dict[str, _Spread]]) -> Iterator[str]:
    yield f"\n## {title}\n\n| {' | '.join(_COLUMNS)} |\n|---{'|--:' * (len(_COLUMNS) - 1)}|\n"
    for name, row in rows.items():
        yield f"| {' | '.join((name, *map(str, row.values())))} |\n"


def tell(figures: Figures, *, keep: bool) -> None:
    """Prints the tables, and writes them into benchmarks/results/ if they are to be kept."""
    rows = {
        kind: {name: _row(costs, servers[REPEATED], servers[FIRST]) for name, costs in servers.items()}
        for kind, servers in figures.items()
    }
    tables = _HEAD + "".join(line for kind in rows for line in _table(_TITLES[kind], rows[kind]))
    print(tables)  # noqa: T201 - the result
    if keep:
        (_RESULTS / "peers.json").write_text(json.dumps(rows, indent=2, default=asdict) + "\n")
        (_RESULTS / "peers.md").write_text(tables)

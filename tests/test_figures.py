"""The README's figures of speed are those that `make bench` has written to benchmarks/results/."""

import json
from typing import Any

import pytest

from tests.support.servers import ROOT

_RESULTS = ROOT / "benchmarks" / "results"
_README = (ROOT / "README.md").read_text()


def _read(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((_RESULTS / f"{name}.json").read_text())


def test_the_table_of_reads_is_what_was_measured() -> None:
    reads = _read("peers")
    rows = [f"| {server} | {_ms(reads['list'][server])} | {_ms(reads['single'][server])} |" for server in reads["list"]]
    section = _README.split("## How fast it is")[1].split("\n## ")[0]
    assert [line for line in section.splitlines() if line.startswith("| ")][2:] == rows


def _ms(costs: dict[str, dict[str, float]]) -> str:
    return f"{costs['cpu_ms']['median']:.2f}"


@pytest.mark.parametrize("figures", _read("fanout")[-2:], ids=["1,000", "10,000"])
def test_what_pushes_take_is_what_was_measured(figures: dict[str, float]) -> None:
    subscribers, rate = f"{figures['subscribers']:,}", f"{figures['deliveries_per_second']:,}"
    told = f"{subscribers} subscribers: {rate} deliveries per second, {figures['p99_ms']:.0f} ms"
    assert f"{told}, {figures['kib_per_subscriber']:.0f} KiB each" in _README


def test_what_pages_and_reveals_take_is_what_was_measured() -> None:
    times = [page["median_ms"] for page in _read("pages")]
    assert f"{min(times):.1f} to {max(times):.1f} ms" in _README
    one, many = (figures["per_second"] for figures in _read("reveals"))
    assert f"{one:,} per second of one organization, {many:,} spread over ten" in _README

"""The figures of docs/performance.md are those that `make bench` wrote to benchmarks/results/."""

import json
import re
from functools import reduce
from operator import getitem
from typing import Any

import pytest

from tests.support.readme import README, page
from tests.support.servers import ROOT

_RESULTS = ROOT / "benchmarks" / "results"
_PAGE = page("performance")


def _read(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((_RESULTS / f"{name}.json").read_text())


def test_the_table_of_reads_is_what_was_measured() -> None:
    reads = _read("peers")
    rows = [f"| {server} | {_ms(reads['list'][server])} | {_ms(reads['single'][server])} |" for server in reads["list"]]
    assert [line for line in _PAGE.splitlines() if line.startswith("| ")][2:] == rows


def test_what_the_readme_says_of_reads_was_measured() -> None:
    claim = (
        "A cached list of 20 costs less CPU than any measured GraphQL server needs for an uncached one; a first read"
    )
    assert f"{claim} costs more than on most" in " ".join(README.split())
    costs = {server: figures["cpu_ms"]["median"] for server, figures in _read("peers")["list"].items()}
    cached, first = costs.pop("Drawbridge, repeated read"), costs.pop("Drawbridge, first read")
    peers = [cost for server, cost in costs.items() if "no GraphQL" not in server]
    assert len(peers) == 4
    assert cached < min(peers)
    assert len([cost for cost in peers if cost < first]) > len(peers) / 2


def _ms(costs: dict[str, dict[str, float]]) -> str:
    return f"{costs['cpu_ms']['median']:.2f}"


@pytest.mark.parametrize("figures", _read("fanout")[-2:], ids=["1,000", "10,000"])
def test_what_pushes_take_is_what_was_measured(figures: dict[str, float]) -> None:
    subscribers, rate = f"{figures['subscribers']:,}", f"{figures['deliveries_per_second']:,}"
    told = f"{subscribers} subscribers: {rate} deliveries per second, {figures['p99_ms']:.0f} ms"
    assert f"{told}, {figures['kib_per_subscriber']:.0f} KiB each" in _PAGE


def test_what_pages_and_reveals_take_is_what_was_measured() -> None:
    times = [page["median_ms"] for page in _read("pages")]
    assert f"{min(times):.1f} to {max(times):.1f} ms" in _PAGE
    one, many = (figures["per_second"] for figures in _read("reveals"))
    assert f"{one:,} per second of one organization, {many:,} spread over ten" in _PAGE


def test_reads_beside_waiting_writers_take_what_was_measured() -> None:
    alone, beside = _read("writers").values()
    told = f"{beside['median_ms']:.0f} ms beside 200 waiting writers of another one (99 %: {beside['p99_ms']:.0f} ms)"
    told += f", and {alone['median_ms']:.0f} ms alone (99 %: {alone['p99_ms']:.0f} ms)"
    assert told in " ".join(_PAGE.split())
    assert beside["p99_ms"] <= 3 * alone["p99_ms"]


def test_how_late_credentials_expire_is_what_was_measured() -> None:
    measured = _read("expiry")
    shown = re.search(r"99 % of the events within (\S+) ms of the\s+expiry \(median (\S+) ms, worst (\S+) ms", _PAGE)
    assert shown
    assert [float(figure) for figure in shown.groups()] == [
        measured[key] for key in ("p99_ms", "median_ms", "worst_ms")
    ]


@pytest.mark.parametrize("figures", _read("idle"), ids=["SQLite", "PostgreSQL"])
def test_what_quiet_organizations_cost_is_what_was_measured(figures: dict[str, Any]) -> None:
    cost = f"{figures['cpu_percent']:.1f} % of a core, {figures['kib_per_organization']:.0f} KiB each"
    assert f"{figures['database']}: {cost}" in _PAGE
    assert figures["organizations"] == 10_000
    assert figures["cpu_percent"] <= 2
    assert figures["kib_per_organization"] <= 40
    assert figures["revocation_worst_seconds"] <= 5


def test_what_checks_of_credentials_cost_is_what_was_measured() -> None:
    measured = _read("checks")
    backlog, outage, late = (measured[name] for name in ("backlog", "outage_hour", "after_12_hours_down"))
    told = f"{backlog['checks']:,} checks with {backlog['calls']:,} calls, none of them twice. No minute has more than "
    told += f"{max(backlog['largest_to_mean'], late['largest_to_mean'])} times the mean"
    assert told in " ".join(_PAGE.split())
    assert f"costs {outage['calls']} calls and {outage['log_lines']} log lines" in _PAGE
    assert (measured["double_checks"], outage["status_changes"]) == (0, 0)
    assert max(backlog["largest_to_mean"], late["largest_to_mean"]) <= 2
    assert measured["refused_restricted_keys"]["largest_calls_per_second_and_process"] <= 5


def test_what_expensive_searches_cost_others_is_what_was_measured() -> None:
    sqlite, postgres = _read("searches")
    times = "takes {} s on SQLite and {} s on PostgreSQL".format(sqlite["seconds"], postgres["seconds"])
    medians = [figures[key] for key in ("others_median_ms", "others_alone_ms") for figures in (sqlite, postgres)]
    others = "reads take {} and {} ms in the median, instead of {} and {} ms".format(*medians)
    page = " ".join(_PAGE.split())
    assert f"A query of {sqlite['searches']} searches with counts over 300,000 integrations" in page
    assert times in page
    assert others in page


def test_what_refreshes_take_is_what_was_measured() -> None:
    measured = _read("refreshes")
    assert [(each["database"], each["processes"]) for each in measured] == [("SQLite", 1), ("PostgreSQL", 2)]
    assert [(each["grants"], each["seconds"]) for each in measured] == [(1_000, 60)] * 2
    assert [(each["token_calls"], each["refused_calls"]) for each in measured] == [(1_000, 0)] * 2
    due, others = ([each[key]["p99_ms"] for each in measured] for key in ("when_due", "at_other_times"))
    page = " ".join(_PAGE.split())
    assert "1,000 calls to the token endpoint, none of them refused" in page
    assert f"{due[0]:,.0f} ms on SQLite with one process and {due[1]:,.0f} ms on PostgreSQL with two" in page
    assert f"and the other reveals {others[0]:,.0f} and {others[1]:,.0f} ms" in page


def test_what_webhooks_take_is_what_was_measured() -> None:
    measured, page = _read("webhooks"), " ".join(_PAGE.split())

    def both(*path: str, digits: int = 0) -> str:
        first, second = (reduce(getitem, path, each) for each in measured)
        return f"{first:.{digits}f} and {second:.{digits}f}"

    one, hundred, thousand = (both("rate", f"{number}_endpoints", "per_second") for number in (1, 100, 1000))
    assert f"{one} webhooks per second to one endpoint, {hundred} to 100, {thousand} to 1,000" in page
    assert f"99 % of 100 endpoints wait {both('delay_ms', 'p99')} ms at most" in page
    assert f"the others wait {both('delay_ms_while_10_of_100_hang', 'p99')} ms" in page
    assert f"the worst delay of another organization is {both('worst_delay_ms_beside_100_slow')} ms" in page
    assert both("percent_of_a_core_with_1000_quiet", digits=2).replace(" and", " % and") + " % of a core" in page

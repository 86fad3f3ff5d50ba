"""Plots the results in benchmarks/results/*.json. The same results produce identical files.

Run by `make bench`. The plots have no background, and their colours suit light and dark pages.
"""

import json
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_RESULTS = Path(__file__).parent / "results"
_GREY = "#808890"
_COLOURS = ("#3b8eea", "#e5713a", "#2da44e", "#bf6ee0", "#c69026", "#12a5a5")
_MARKERS = "osD^vP"
_STYLE = {
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _GREY,
    "axes.prop_cycle": mpl.cycler(color=_COLOURS, marker=list(_MARKERS)),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "font.family": "sans-serif",
    "font.size": 12,
    "grid.alpha": 0.25,
    "grid.color": _GREY,
    "legend.frameon": False,
    "svg.fonttype": "none",  # do not convert text to paths
    "svg.hashsalt": "drawbridge",
    "text.color": _GREY,
    "xtick.color": _GREY,
    "ytick.color": _GREY,
}


def _axes(title: str, along: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    axes.set_xlabel(along)
    axes.set_ylabel(up)
    axes.set_xscale("log")
    axes.grid(visible=True, axis="y")
    return figure, axes


def _finish(figure: Figure, axes: Axes, places: list[int], name: str) -> None:
    axes.set_xticks(places, [f"{place:,}" for place in places])
    axes.minorticks_off()
    axes.legend()
    figure.savefig(_RESULTS / f"{name}.svg", transparent=True, metadata={"Date": None})


def _read(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((_RESULTS / f"{name}.json").read_text())


def _draw_fanout() -> None:
    rows = sorted(_read("fanout"), key=itemgetter("subscribers"))
    figure, axes = _axes("From commit to delivery, one event to all subscribers", "Subscribers", "Milliseconds")
    places = [row["subscribers"] for row in rows]
    for key, label in (("p99_ms", "99th percentile"), ("median_ms", "Median")):
        axes.plot(places, [row[key] for row in rows], label=label)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:,g}")
    _finish(figure, axes, places, "fanout")


def _draw_pages() -> None:
    rows = sorted(_read("pages"), key=itemgetter("page", "rows"))
    figure, axes = _axes("Time of a page of 20", "Integrations", "Milliseconds")
    for page, group in groupby(rows, itemgetter("page")):
        points = list(group)
        times, spreads = ([point[key] for point in points] for key in ("median_ms", "spread_ms"))
        halves = [spread / 2 for spread in spreads]
        axes.errorbar([point["rows"] for point in points], times, halves, label=page.capitalize(), capsize=3)
    axes.set_ylim(bottom=0)
    _finish(figure, axes, sorted({row["rows"] for row in rows}), "pages")


def main() -> None:
    """Creates both plots."""
    with mpl.rc_context(_STYLE):
        _draw_fanout()
        _draw_pages()


if __name__ == "__main__":
    main()

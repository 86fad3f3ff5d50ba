"""Reads a server's metrics with Prometheus' own parser."""

from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from tests.support.plain import plain_client
from tests.support.servers import RunningServer
from tests.support.waiting import until


class Figures:
    """The samples of one scrape, by name and labels."""

    def __init__(self, text: str) -> None:
        families = text_string_to_metric_families(text)
        self.samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def of(self, name: str, **labels: str) -> float:
        """Returns the sum of a metric's samples that have at least these labels."""
        found = ((key, value) for key, value in self.samples.items() if key[0] == f"drawbridge_{name}")
        return sum(value for (_, given), value in found if frozenset(labels.items()) <= given)


async def read_figures(server: RunningServer) -> Figures:
    """Scrapes the metrics."""
    async with plain_client() as http:
        response = await http.get(f"{server.address}/metrics")
    assert response.status_code == 200, response.text
    return Figures(response.text)


async def figures_when(server: RunningServer, fits: Callable[[Figures], bool]) -> Figures:
    """Returns the metrics once they satisfy the condition: some are recorded after the response."""
    read: list[Figures] = []

    async def fit() -> bool:
        read.append(await read_figures(server))
        return fits(read[-1])

    try:
        await until(fit)
    except TimeoutError:
        raise AssertionError(read[-1].samples) from None
    return read[-1]

"""Fixtures of the tests of HTTP and WebSockets."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.gate import Gate, open_gate
from tests.support.servers import RunningServer, running_server


@pytest.fixture
def quiet(server: RunningServer) -> Iterator[None]:
    """Fails the test if the server logs an error or a traceback."""
    begin = server.log.stat().st_size
    yield
    with server.log.open("rb") as log:
        log.seek(begin)
        logged = log.read().decode()
    assert "ERROR" not in logged, logged
    assert "Traceback" not in logged, logged


@pytest.fixture(scope="module")
async def gate(engine: str) -> AsyncIterator[Gate]:  # noqa: ARG001 - one per database
    """A gate between `gated` and its sandbox."""
    async with open_gate() as opened:
        yield opened


@pytest.fixture(scope="module")
def gated(gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that calls its own sandbox through the gate, with a timeout of one minute."""
    with running_server(tmp_path_factory.mktemp("gated"), STRIPE_TIMEOUT_SECONDS="60", **gate.settings) as running:
        yield running

"""What the tests of HTTP and of sockets share."""

from collections.abc import Iterator

import pytest

from tests.support.servers import RunningServer


@pytest.fixture
def quiet(server: RunningServer) -> Iterator[None]:
    """Holds the test to leaving no error and no traceback in the server's log."""
    begin = server.log.stat().st_size
    yield
    with server.log.open("rb") as log:
        log.seek(begin)
        logged = log.read().decode()
    assert "ERROR" not in logged, logged
    assert "Traceback" not in logged, logged

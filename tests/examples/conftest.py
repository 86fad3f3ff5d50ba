"""What the examples run against: the database does not matter to them."""

from collections.abc import Iterator

import pytest

from tests.support.databases import in_use, use
from tests.support.servers import RunningServer, running_server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on SQLite for a file's tests, each with its own organization."""
    before = in_use()
    use(None)
    with running_server(tmp_path_factory.mktemp("examples")) as running:
        use(before)
        yield running

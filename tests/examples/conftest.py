"""Fixtures: a server for the examples, on SQLite because they do not depend on the database."""

from collections.abc import Iterator

import pytest

from tests.support.databases import in_use, use
from tests.support.servers import RunningServer, running_server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on SQLite for the tests of a file, each with its own organization."""
    before = in_use()
    use(None)
    with running_server(tmp_path_factory.mktemp("examples")) as running:
        use(before)
        yield running

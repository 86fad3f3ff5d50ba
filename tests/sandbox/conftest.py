"""Fixtures: a server whose sandbox has a port of its own, and the sandbox's app."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.databases import in_use, use
from tests.support.servers import RunningServer, running_server
from tests.support.stripe_app import StripeApp


@dataclass(frozen=True, slots=True)
class Ported:
    """A server, and the address of its sandbox's port."""

    server: RunningServer
    address: str


@pytest.fixture(scope="session")
def ported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ported]:
    """A server on SQLite, because it does not depend on the database."""
    before = in_use()
    use(None)
    with running_server(tmp_path_factory.mktemp("ported"), SANDBOX_PORT="0") as running:
        use(before)
        printed = re.search(r"^for SDKs  (http://127\.0\.0\.1:\d+)$", running.output.read_text(), re.MULTILINE)
        assert printed
        yield Ported(running, printed[1])


@pytest.fixture
def app(any_server: RunningServer) -> StripeApp:
    """The app in test mode."""
    return StripeApp(f"{any_server.address}/sandbox")


@pytest.fixture
def live(any_server: RunningServer) -> StripeApp:
    """The app in live mode, which is published."""
    return StripeApp(f"{any_server.address}/sandbox", "ca_SandboxAppLive", "sk_live_SandboxApp")

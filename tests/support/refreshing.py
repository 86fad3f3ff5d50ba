"""A server with the sandbox, which stays, and others with its database that ask the sandbox through a gate."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.apps import app_settings
from tests.support.client import Client
from tests.support.gate import Gate, open_gate
from tests.support.organizations import Tenant, new_tenant
from tests.support.ports import own_port
from tests.support.servers import RunningServer, running_server

TOKEN_PATH = "/v1/oauth/token"


@dataclass(frozen=True, slots=True)
class World:
    """The server that stays, and the gate of the others."""

    folder: Path
    server: RunningServer
    gate: Gate
    tenant: Tenant

    @property
    def partner(self) -> Client:
        """A client of the server that stays."""
        return self.tenant.client

    def another(self, stack: ExitStack, **changes: str) -> tuple[RunningServer, Client]:
        """Starts another server, and returns the same client for it."""
        port = int(self.server.address.rpartition(":")[2])
        own = {"PORT": "0", "DATA_DIR": str(self.folder), "STRIPE_API_BASE": f"{self.gate.address}/sandbox"}
        other = stack.enter_context(running_server(self.folder / "other", **(app_settings(port) | own | changes)))
        return other, replace(self.partner, address=other.address)


@asynccontextmanager
async def world_in(folder: Path, **changes: str) -> AsyncIterator[World]:
    """Starts the server that stays, set up as the sandbox's app."""
    with running_server(folder, **(app_settings(own_port()) | changes)) as server:
        async with open_gate(server.address) as gate:
            yield World(folder, server, gate, await new_tenant(server))

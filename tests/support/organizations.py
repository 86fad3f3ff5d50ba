"""Creates organizations and tokens like the operator's command."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models import Scope
from resolvers import organizations, tokens
from resolvers.context import Context, Viewer
from resolvers.services import Services
from startup.services import create_services
from tests.support.client import Client
from tests.support.databases import opened
from tests.support.secrecy import keep
from tests.support.servers import RunningServer

_names = itertools.count(1)
# Cached, because creating services is slow: it includes a Stripe client, which the tests do not use.
_services: dict[tuple[str, Path], Services] = {}


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization for one test, and a client with all scopes."""

    server: RunningServer
    name: str
    client: Client

    async def client_with(self, *scopes: Scope) -> Client:
        """Creates a client with only these scopes."""
        return await _client(self.server, self.name, scopes)


async def new_tenant(server: RunningServer) -> Tenant:
    """Creates an organization."""
    name = f"Organization {next(_names)}"
    return Tenant(server, name, await _client(server, name, list(Scope)))


def _services_of(server: RunningServer) -> Services:
    key = server.address, server.settings.database.data_dir  # the system may choose a port again
    if key not in _services:
        _services[key] = create_services(server.settings)
    return _services[key]


async def _client(server: RunningServer, organization: str, scopes: Iterable[Scope]) -> Client:
    async with opened(server.settings):  # by now the server has migrated it
        row, _ = await organizations.ensure(organization, datetime.now(UTC))
        context = Context(_services_of(server), Viewer("cli", row, "cli", frozenset(Scope)))
        name = f"Token {next(_names)}"
        _, token = await tokens.issue(context, name=name, scopes=list(scopes), expires_at=None)
    return Client(server.address, keep(token.reveal()))

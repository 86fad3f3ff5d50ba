"""Creates organizations and tokens like the operator's command."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
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
_MOST = 32


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization for one test, and a client with all scopes."""

    server: RunningServer
    name: str
    client: Client

    async def client_with(self, *scopes: Scope) -> Client:
        """Creates a client with only these scopes."""
        async with opened(self.server.settings):
            return await _issue(self.server, self.name, scopes)


@dataclass(slots=True)
class _Operator:
    """An operator of one server. Opening its database is slow, so the operator creates organizations in advance.

    The services are cached, because they include a Stripe client, which the tests do not use.
    """

    services: Services
    in_advance: list[Tenant] = field(default_factory=list)
    next_count: int = 1


_operators: dict[tuple[str, Path], _Operator] = {}


async def new_tenant(server: RunningServer) -> Tenant:
    """Returns an organization that no other test has."""
    operator = _operator_of(server)
    if not operator.in_advance:
        async with opened(server.settings):  # by now the server has migrated it
            operator.in_advance = [await _create(server) for _ in range(operator.next_count)]
        operator.next_count = min(2 * operator.next_count, _MOST)
    return operator.in_advance.pop(0)


def _operator_of(server: RunningServer) -> _Operator:
    key = server.address, server.settings.database.data_dir  # the system may choose a port again
    if key not in _operators:
        _operators[key] = _Operator(create_services(server.settings))
    return _operators[key]


async def _create(server: RunningServer) -> Tenant:
    name = f"Organization {next(_names)}"
    return Tenant(server, name, await _issue(server, name, list(Scope)))


async def _issue(server: RunningServer, organization: str, scopes: Iterable[Scope]) -> Client:
    row, _ = await organizations.ensure(organization, datetime.now(UTC))
    context = Context(_operator_of(server).services, Viewer("cli", row, "cli", frozenset(Scope)))
    _, token = await tokens.issue(context, name=f"Token {next(_names)}", scopes=list(scopes), expires_at=None)
    return Client(server.address, keep(token.reveal()))

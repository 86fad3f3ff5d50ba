"""docs/clients.md: each library works with the settings shown, and misses no event when its connection is lost."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.client_libraries import CODEGEN, PACKAGES, RELAY_COMPILER, run, running, snippets, written
from tests.support.node import Program
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import PLAIN
from tests.support.proxy import Proxy, running_proxy
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

_FOLLOW = "subscription Follow($after: String) { events(after: $after) { cursor kind } }"
_LIST = """query List($first: Int, $after: String) { integrations(first: $first, after: $after) {
    edges { cursor node { id name status createdAt credential { id account { accountId } } } }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }"""
_CREATE = """mutation Create($input: CreateIntegrationInput!) { createIntegration(input: $input) {
    __typename ... on Error { message } ... on CreateIntegrationSuccess { integration { id name } } } }"""
_OPERATIONS = {"FOLLOW": _FOLLOW, "LIST": _LIST, "CREATE": _CREATE}
# The snippets that each program consists of, with tests/clients/NAME.mjs at the end.
_TRANSPORTS = {"graphql-ws": ("graphql-ws",), "graphql-sse": ("graphql-sse",)}
_CLIENTS = {
    "Apollo Client": ("graphql-ws", "Apollo Client"),
    "urql": ("graphql-ws", "urql"),
    "Relay": ("graphql-ws", "Relay"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A tenant, and a proxy between its clients and the server."""

    tenant: Tenant
    proxy: Proxy
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    def program(self, name: str, parts: Sequence[str]) -> Path:
        return written(self.folder, name, parts, self.address, str(self.tenant.client.token))

    async def follows(self, program: Program) -> None:
        """Asserts that the program reports events once and in order, though its connection is lost twice."""
        client = self.tenant.client
        for _ in range(2):
            await self._reported(program, await self._change(client))
            self.proxy.cut()
            self.proxy.drop()
            missed = await self._change(client) + await self._change(client)
            self.proxy.mend()
            await self._reported(program, missed)

    async def _change(self, client: Client) -> list[str]:
        await add_credential(client, f"Keys {await cursor_now(client)}")
        return [await cursor_now(client)]

    async def _reported(self, program: Program, cursors: Sequence[str]) -> None:
        assert [(await program.line())["cursor"] for _ in cursors] == cursors


@pytest.fixture
async def setting(shared: RunningServer, tmp_path: Path) -> AsyncIterator[Setting]:
    tenant = await new_tenant(shared)
    with running_proxy(shared.address) as proxy:
        yield Setting(tenant, proxy, tmp_path)
    assert "ERROR" not in shared.log.read_text()


def _parts(library: str, names: Sequence[str]) -> list[str]:
    driver = (PACKAGES / f"{library.lower().replace(' ', '-')}.mjs").read_text()
    return [*snippets("Client libraries"), *(part for name in names for part in snippets(name)), driver]


@pytest.mark.parametrize("library", _TRANSPORTS)
async def test_a_transport_continues_after_a_lost_connection(setting: Setting, library: str) -> None:
    file = setting.program("program.mjs", _parts(library, _TRANSPORTS[library]))
    after = await cursor_now(setting.tenant.client)
    async with running(file, AFTER=after, FOLLOW=_FOLLOW) as program:
        await setting.follows(program)


@pytest.mark.parametrize("library", _CLIENTS)
async def test_a_client_reads_pages_changes_and_follows(setting: Setting, library: str) -> None:
    for name in ("First", "Second"):
        await add_integration(setting.tenant.client, name)
    await _generate(setting)
    file = setting.program("program.mjs", _parts(library, _CLIENTS[library]))
    before = await cursor_now(setting.tenant.client)
    async with running(file, AFTER=before, KEY=secret_key(), **_OPERATIONS) as program:
        assert await program.line() == ["Second", "First"]
        created, refused = await program.line(), await program.line()
        assert (created["__typename"], created["integration"]["name"]) == ("CreateIntegrationSuccess", "Created")
        assert (refused["__typename"], refused["message"]) == (
            "NameTakenError",
            "There is already an integration named “Created”.",
        )
        assert [(await program.line())["kind"] for _ in range(2)] == ["CREDENTIAL_CREATED", "INTEGRATION_CREATED"]
        await setting.follows(program)


async def _generate(setting: Setting) -> None:
    """Runs graphql-codegen and relay-compiler with the page's settings and the schema that the server sends."""
    headers = setting.tenant.client.headers()
    async with httpx.AsyncClient(verify=PLAIN) as http:
        schema = await http.get(f"{setting.address}/schema.graphql", headers=headers)
    folder = setting.folder
    (folder / "schema.graphql").write_text(schema.raise_for_status().text)
    (folder / "src").mkdir()
    (folder / "src" / "operations.graphql").write_text("\n".join(_OPERATIONS.values()))
    (folder / "src" / "app.js").write_text((PACKAGES / "relay-app.js").read_text())
    (codegen,), (relay,) = snippets("graphql-codegen"), snippets("Relay", "json")
    (folder / "codegen.mjs").write_text(codegen)
    (folder / "relay.config.json").write_text(relay)
    (folder / "node_modules").symlink_to(PACKAGES / "node_modules")
    await run(CODEGEN, folder)
    await run(RELAY_COMPILER, folder)


async def test_generated_types_have_our_scalars(setting: Setting) -> None:
    await _generate(setting)
    types = (setting.folder / "types.ts").read_text()
    assert "createdAt: string" in types
    assert "any" not in types.split()

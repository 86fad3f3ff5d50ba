"""docs/clients.md: each library works with the settings shown, and misses no event when its connection is lost."""

import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from models import Scope
from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.client_libraries import CODEGEN, ENDINGS, MODULES, RELAY_COMPILER, run, running, snippets, written
from tests.support.node import Program
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.proxy import Proxy, running_proxy
from tests.support.secrecy import secret_key
from tests.support.servers import ROOT, RunningServer

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

_REVOKE = "mutation ($id: ID!) { revokeToken(input: {id: $id}) { __typename } }"
_PYTHON = """
import json, os

async def main():
    async for event in events(os.environ["AFTER"]):
        print(json.dumps(event if isinstance(event, dict) else event.model_dump(mode="json")))

asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """A tenant, and a proxy between its clients and the server."""

    tenant: Tenant
    proxy: Proxy
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    def program(self, name: str, parts: Sequence[str], client: Client | None = None) -> Path:
        return written(self.folder, name, parts, self.address, str((client or self.tenant.client).token))

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
    driver = (ENDINGS / f"{library.lower().replace(' ', '-')}.mjs").read_text()
    return [*snippets("Client libraries"), *(part for name in names for part in snippets(name)), driver]


def _python(library: str) -> str:
    """ariadne-codegen needs an older graphql-core than the server."""
    return str(ROOT / ".venv" / "clients" / "bin" / "python") if library == "ariadne-codegen" else sys.executable


async def _following(setting: Setting, library: str, client: Client) -> Path:
    """Writes the program that follows the events with a library."""
    if library in _TRANSPORTS:
        return setting.program("program.mjs", _parts(library, _TRANSPORTS[library]), client)
    if library == "ariadne-codegen":
        await _generate_package(setting)
    return setting.program("program.py", [*snippets(library, "python"), _PYTHON], client)


async def _generate_package(setting: Setting) -> None:
    folder = setting.folder
    await _write_schema(setting)
    (folder / "pyproject.toml").write_text(*snippets("ariadne-codegen", "toml"))
    (folder / "queries.graphql").write_text(*snippets("ariadne-codegen", "graphql"))
    await run((_python("ariadne-codegen"), "-m", "ariadne_codegen"), folder)


@pytest.mark.parametrize("library", [*_TRANSPORTS, "gql", "ariadne-codegen"])
async def test_a_library_continues_after_a_lost_connection(setting: Setting, library: str) -> None:
    file = await _following(setting, library, setting.tenant.client)
    after = await cursor_now(setting.tenant.client)
    async with running(file, python=_python(library), AFTER=after, FOLLOW=_FOLLOW) as program:
        await setting.follows(program)


async def test_gql_executes(setting: Setting) -> None:
    driver = "print(json.dumps(asyncio.run(execute('{ viewer { kind } }'))))"
    file = setting.program("program.py", ["import json", *snippets("gql", "python"), driver])
    async with running(file) as program:
        assert await program.rest() == [{"viewer": {"kind": "TOKEN"}}]


async def test_ariadne_codegen_executes(setting: Setting) -> None:
    await _generate_package(setting)
    driver = "print(asyncio.run(client.viewer()).model_dump_json())"
    file = setting.program("program.py", [*snippets("ariadne-codegen", "python"), driver])
    async with running(file, python=_python("ariadne-codegen")) as program:
        assert await program.rest() == [{"viewer": {"kind": "TOKEN", "expires_at": None}}]


@pytest.mark.parametrize("library", [*_TRANSPORTS, "gql", "ariadne-codegen"])
async def test_a_follower_ends_with_its_token(setting: Setting, library: str) -> None:
    client = await setting.tenant.client_with(Scope.READ)
    file = await _following(setting, library, client)
    after, token = await cursor_now(client), (await client.execute("{ viewer { token { id } } }"))["viewer"]["token"]
    async with running(file, python=_python(library), AFTER=after, FOLLOW=_FOLLOW) as program:
        await add_credential(setting.tenant.client)
        while (await program.line()).get("kind") != "CREDENTIAL_CREATED":
            pass
        await setting.tenant.client.execute(_REVOKE, id=token["id"])
        assert all("cursor" not in line or line["kind"] == "TOKEN_REVOKED" for line in await program.rest())


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
            "There is already an integration named “Created”. Case and invisible characters make no difference.",
        )
        assert [(await program.line())["kind"] for _ in range(2)] == ["CREDENTIAL_CREATED", "INTEGRATION_CREATED"]
        await setting.follows(program)


async def _write_schema(setting: Setting) -> None:
    headers = setting.tenant.client.headers()
    async with plain_client() as http:
        schema = await http.get(f"{setting.address}/schema.graphql", headers=headers)
    (setting.folder / "schema.graphql").write_text(schema.raise_for_status().text)


async def _generate(setting: Setting) -> None:
    """Runs graphql-codegen and relay-compiler with the page's settings and the schema that the server sends."""
    folder = setting.folder
    await _write_schema(setting)
    (folder / "src").mkdir()
    (folder / "src" / "operations.graphql").write_text("\n".join(_OPERATIONS.values()))
    (folder / "src" / "app.js").write_text((ENDINGS / "relay-app.js").read_text())
    (codegen,), (relay,) = snippets("graphql-codegen"), snippets("Relay", "json")
    (folder / "codegen.mjs").write_text(codegen)
    (folder / "relay.config.json").write_text(relay)
    (folder / "node_modules").symlink_to(MODULES)
    await run(CODEGEN, folder)
    await run(RELAY_COMPILER, folder)


async def test_the_same_types_are_generated_from_the_file_and_by_introspection(setting: Setting) -> None:
    await _generate(setting)
    types, config = setting.folder / "types.ts", setting.folder / "codegen.mjs"
    from_file = types.read_text()
    assert "createdAt: string" in from_file
    assert ": any" not in from_file
    assert "secretKey?: never" in from_file
    types.unlink()
    by_introspection = [{f"{setting.address}/graphql": {"headers": setting.tenant.client.headers()}}]
    config.write_text(config.read_text().replace('schema: "schema.graphql"', f"schema: {json.dumps(by_introspection)}"))
    assert '"headers"' in config.read_text()
    await run(CODEGEN, setting.folder)
    assert _names(types.read_text()) == _names(from_file)


def _names(types: str) -> list[str]:
    return re.findall(r"^(?:export )?type (\w+)", types, re.MULTILINE)

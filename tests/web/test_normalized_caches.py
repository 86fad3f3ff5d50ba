"""Caches that store objects by their ids show each as it is: Apollo Client's, urql's graphcache, Relay's store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from models import Scope
from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import DELETE_INTEGRATION
from tests.support.node import Program, running
from tests.support.organizations import Tenant
from tests.support.secrecy import secret_key

_ACCOUNTS = """query Accounts { credentials { nodes { __typename id
    account { __typename accountId livemode } } } }"""
_ONE = "query One($id: ID!) { integration(id: $id) { __typename id name } }"
_RENAME = """mutation Rename($input: UpdateIntegrationInput!) { updateIntegration(input: $input) { __typename
    ... on UpdateIntegrationSuccess { integration { __typename id name } }
    ... on NotFoundError { message missingId } } }"""
_DELETE = """mutation Delete($input: DeleteIntegrationInput!) { deleteIntegration(input: $input) { __typename
    ... on DeleteIntegrationSuccess { deletedIntegrationId } ... on NotFoundError { message missingId } } }"""
_TOKENS = "query Tokens { tokens { nodes { __typename id name } } }"
_ACTORS = "query Actors { events { nodes { __typename cursor actor { __typename kind id name } } } }"
_SEVERAL = """mutation Several($key: Secret!) {
    first: createCredential(input: {name: "First", secretKey: $key}) { __typename
        ... on CreateCredentialSuccess { credential { __typename id name } } }
    refused: issueToken(input: {name: "Mine", scopes: [READ]}) { __typename }
    last: createCredential(input: {name: "Last", secretKey: $key}) { __typename
        ... on CreateCredentialSuccess { credential { __typename id name } } } }"""

pytestmark = pytest.mark.parametrize("cache", ["apollo", "urql", "relay"])


@dataclass(frozen=True, slots=True)
class Cache:
    """A client with a normalized cache."""

    program: Program

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Sends an operation to the server; returns its data and the codes of its errors."""
        return dict(await self._send(query=query, variables=variables))

    async def read(self, query: str, **variables: Any) -> Any:  # noqa: ANN401 - JSON
        """Returns the data of a query from the cache alone."""
        return await self._send(cached=query, variables=variables)

    async def entity(self, id_: str) -> Any:  # noqa: ANN401 - JSON
        """Returns the cached object with this id."""
        return await self._send(record=id_)

    async def _send(self, **line: Any) -> Any:  # noqa: ANN401 - JSON
        await self.program.tell(line)
        return await self.program.line()


@asynccontextmanager
async def cached(cache: str, client: Client) -> AsyncIterator[Cache]:
    async with running("caches.mjs", cache, f"{client.address}/graphql", TOKEN=client.token or "") as program:
        yield Cache(program)


async def test_one_account_in_two_modes_shows_both(client: Client, cache: str) -> None:
    test, live = await add_credential(client, "Test"), await add_credential(client, "Live", secret_key("sk_live_"))
    async with cached(cache, client) as cached_client:
        answer = await cached_client.ask(_ACCOUNTS)
        read = await cached_client.read(_ACCOUNTS)
    assert answer["data"] == read
    accounts = {
        node["id"]: (node["account"]["accountId"], node["account"]["livemode"]) for node in read["credentials"]["nodes"]
    }
    (account_id,) = {account_id for account_id, _ in accounts.values()}
    assert accounts == {test["id"]: (account_id, False), live["id"]: (account_id, True)}


async def test_an_error_about_a_missing_object_does_not_take_its_place(client: Client, cache: str) -> None:
    integration = await add_integration(client)
    async with cached(cache, client) as cached_client:
        before = (await cached_client.ask(_ONE, id=integration["id"]))["data"]
        await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
        refused = await cached_client.ask(_RENAME, input={"id": integration["id"], "name": "New"})
        error = refused["data"]["updateIntegration"]
        assert (error["__typename"], error["missingId"]) == ("NotFoundError", integration["id"])
        assert await cached_client.read(_ONE, id=integration["id"]) == before
        if cache != "urql":
            entity = await cached_client.entity(integration["id"])
            assert (entity["__typename"], entity["name"]) == ("Integration", "Billing")


async def test_a_deleted_row_does_not_come_back_as_an_error(client: Client, cache: str) -> None:
    integration = await add_integration(client)
    async with cached(cache, client) as cached_client:
        await cached_client.ask(_ONE, id=integration["id"])
        deleted = await cached_client.ask(_DELETE, input={"id": integration["id"]})
        assert deleted["data"]["deleteIntegration"]["deletedIntegrationId"] == integration["id"]
        again = await cached_client.ask(_DELETE, input={"id": integration["id"]})
        assert again["data"]["deleteIntegration"]["missingId"] == integration["id"]
        if cache == "relay":  # its store deletes the row; the others leave that to the application
            assert await cached_client.entity(integration["id"]) is None
            assert (await cached_client.read(_ONE, id=integration["id"]))["integration"] is None


async def test_an_actor_does_not_take_the_place_of_its_token(client: Client, cache: str) -> None:
    await add_credential(client)
    async with cached(cache, client) as cached_client:
        tokens = (await cached_client.ask(_TOKENS))["data"]
        events = (await cached_client.ask(_ACTORS))["data"]
        assert {node["actor"]["id"] for node in events["events"]["nodes"]} > {tokens["tokens"]["nodes"][0]["id"]}
        assert await cached_client.read(_TOKENS) == tokens
        if cache != "urql":
            token = await cached_client.entity(tokens["tokens"]["nodes"][0]["id"])
            assert token["__typename"] == "ApiToken"


async def test_a_refused_field_leaves_the_results_of_the_others(tenant: Tenant, cache: str) -> None:
    client = await tenant.client_with(Scope.CONFIGURE)
    async with cached(cache, client) as cached_client:
        answer = await cached_client.ask(_SEVERAL, key=secret_key())
    assert answer["errors"] == ["FORBIDDEN"]
    data = answer["data"]
    assert data["refused"] is None
    assert [data[alias]["credential"]["name"] for alias in ("first", "last")] == ["First", "Last"]

"""nodes(ids:): objects by their ids, in order, with one query per type; the cost is counted."""

import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import TOKENS
from tests.support.organizations import Tenant, new_tenant

_NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on Integration { name } } }"


async def test_nodes_come_in_the_order_of_their_ids(client: Client) -> None:
    integration, credential = await add_integration(client), await add_credential(client)
    organization = (await client.execute("{ viewer { organization { id } } }"))["viewer"]["organization"]
    (token,) = (await client.result(TOKENS))["nodes"]
    ids = [token["id"], integration["id"], organization["id"], credential["id"], integration["id"]]
    nodes = (await client.execute(_NODES, ids=ids))["nodes"]
    assert [node["id"] for node in nodes] == ids
    assert [node["__typename"] for node in nodes] == [
        "ApiToken",
        "Integration",
        "Organization",
        "Credential",
        "Integration",
    ]
    assert nodes[1]["name"] == nodes[4]["name"] == "Billing"
    assert await client.execute(_NODES, ids=[]) == {"nodes": []}


async def test_an_unknown_id_and_anothers_are_null_at_their_place(tenant: Tenant) -> None:
    own, theirs = await add_integration(tenant.client), await add_integration((await new_tenant(tenant.server)).client)
    ids = [theirs["id"], own["id"][:-4] + "zzzz", "nope", "\0", "integration_\0", own["id"], theirs["credential"]["id"]]
    nodes = (await tenant.client.execute(_NODES, ids=ids))["nodes"]
    assert [node and node["id"] for node in nodes] == [None, None, None, None, None, own["id"], None]


async def test_a_hundred_ids_are_the_most(client: Client) -> None:
    integration = await add_integration(client)
    assert len((await client.execute(_NODES, ids=[integration["id"]] * 100))["nodes"]) == 100
    answer = (await client.post(_NODES, ids=[integration["id"]] * 101)).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_ARGUMENT"]


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
        ('{ nodes(ids: "a") { id } }', {}, 1 + 1),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 7}, 1 + 7),
        ('query ($ids: [ID!]! = ["a", "b"]) { nodes(ids: $ids) { id } }', {}, 1 + 2),
        ("query ($id: ID!) { nodes(ids: [$id, $id]) { id } }", {"id": "a"}, 1 + 2),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 500}, 1 + 100),
        ("{ nodes(ids: []) { id } }", {}, 1),
    ],
)
async def test_the_cost_is_counted_by_the_ids(
    client: Client, document: str, variables: dict[str, object], cost: int
) -> None:
    answer = (await client.post(document, **variables)).json()
    assert answer["extensions"]["cost"]["requested"] == cost

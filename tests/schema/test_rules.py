"""Documents that select a list within itself are refused, with and without fragments."""

import pytest

from tests.support.client import Client

CIRCLES = [
    "{ credentials { nodes { integrations { nodes { credential { integrations { totalCount } } } } } } }",
    """{ integrations { nodes { credential { integrations { edges { node {
       credential { integrations { totalCount } } } } } } } } }""",
    "{ credentials { nodes { ...a } } } fragment a on Credential { integrations { nodes { credential { ...a } } } }",
    """{ credentials { nodes { ...a } } }
       fragment a on Credential { integrations { nodes { ...b } } } fragment b on Integration { credential { ...c } }
       fragment c on Credential { integrations { totalCount } }""",
    """{ events { nodes { ... on IntegrationEvent { integration {
       credential { integrations { nodes { credential { integrations { totalCount } } } } } } } } } }""",
]
STRAIGHT = [
    "{ credentials { nodes { integrations { nodes { credential { id } } } } } }",
    "{ integrations { nodes { credential { integrations { nodes { id credential { id } } edges { cursor } } } } } }",
    "{ integrations { nodes { credential { integrations { totalCount } } } } a: integrations { nodes { id } } }",
    "{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }",
]


@pytest.mark.parametrize("document", CIRCLES)
async def test_a_list_within_itself_is_refused(client: Client, document: str) -> None:
    answer = (await client.post(document)).json()
    assert any("within itself" in error["message"] for error in answer["errors"])


@pytest.mark.parametrize("document", STRAIGHT)
async def test_other_nested_lists_are_allowed(client: Client, document: str) -> None:
    await client.execute(document)

"""Documents that select a list within itself are refused, with and without fragments."""

import pytest

from tests.support.client import Client

CIRCLES = [
    "{ credentials { nodes { integrations { credential { integrations { id } } } } } }",
    "{ integrations { nodes { credential { integrations { credential { integrations { id } } } } } } }",
    "{ credentials { nodes { ...a } } } fragment a on Credential { integrations { credential { ...a } } }",
    """{ credentials { nodes { ...a } } }
       fragment a on Credential { integrations { ...b } } fragment b on Integration { credential { ...c } }
       fragment c on Credential { integrations { id } }""",
    """{ events { nodes { ... on IntegrationEvent { integration {
       credential { integrations { credential { integrations { id } } } } } } } } }""",
]
STRAIGHT = [
    "{ credentials { nodes { integrations { credential { id } } } } }",
    "{ integrations { nodes { credential { integrations { id credential { id } } } } } }",
    "{ integrations { nodes { credential { integrations { id } } } } a: integrations { nodes { credential { id } } } }",
    "{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }",
]


@pytest.mark.parametrize("document", CIRCLES)
async def test_a_list_within_itself_is_refused(client: Client, document: str) -> None:
    answer = (await client.post(document)).json()
    assert any("within itself" in error["message"] for error in answer["errors"])


@pytest.mark.parametrize("document", STRAIGHT)
async def test_other_nested_lists_are_allowed(client: Client, document: str) -> None:
    await client.execute(document)

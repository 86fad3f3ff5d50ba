"""The cost of an operation: its fields, multiplied by the sizes of their pages."""

from typing import Annotated, Any

import pytest
import strawberry
from graphql import OperationDefinitionNode, parse

from schema.execution.cost import cost_of
from schema.execution.weights import length
from tests.support.client import Client

_PAGE = "query ($n: Int = 5, $m: Int) { integrations(first: $n, last: $m) { nodes { id name } } }"

_SHARED = """{ a: integrations(first: 2) { ...f } b: integrations(first: 9) { ...f } }
    fragment f on IntegrationConnection { totalCount nodes { id } }"""


_SEARCH = """query ($part: String, $filter: IntegrationFilter = {nameContains: "a"}) {
    a: integrations(first: 1, filter: {nameContains: $part}) { nodes { id } }
    b: integrations(first: 1, filter: $filter) { nodes { id } } }"""


@pytest.mark.parametrize(
    ("document", "variables", "cost"),
    [
        ("{ __typename }", {}, 1),
        ("{ viewer { name organization { id } } }", {}, 4),
        ("{ integrations { totalCount } }", {}, 1 + 100),
        ("{ integrations { nodes { id name } } }", {}, 2 + 20 * 2),
        ("{ integrations(first: 3) { nodes { id name } edges { node { id } } } }", {}, 3 + 3 * 2 + 3 * 2),
        ("{ integrations(last: 3) { ... { nodes { id name } } } }", {}, 2 + 3 * 2),
        ("{ integrations(first: null) { nodes { id name } } }", {}, 2 + 20 * 2),
        (_PAGE, {}, 2 + 5 * 2),
        (_PAGE, {"n": 7}, 2 + 7 * 2),
        (_PAGE, {"n": 1000}, 2 + 100 * 2),
        (_PAGE, {"n": None}, 2 + 20 * 2),
        (_PAGE, {"n": None, "m": 4}, 2 + 4 * 2),
        (_PAGE, {"n": "4"}, 2 + 100 * 2),
        ("{ credentials(first: 2) { nodes { integrations { nodes { id name } } } } }", {}, 2 + 2 * (2 + 20 * 2)),
        ("{ credentials(first: 2) { edges { node { integrations(last: 3) { edges { cursor } } } } } }", {}, 2 + 2 * 6),
        (
            "{ integrations(first: 100) { nodes { credential { integrations(first: 50) { nodes { id } } } } } }",
            {},
            2 + 100 * (1 + 2 + 50),
        ),
        ("{ availableIntegrations { name destinations { name } } }", {}, 1 + 10 * (2 + 10)),
        ("{ credentials(first: 2) { nodes { consumers(first: 3) { nodes { secretVersion } } } } }", {}, 2 + 2 * 104),
        ("{ a: viewer { name } b: viewer { name } }", {}, 4),
        ('{ credentials(first: 1, filter: {nameContains: "a"}) { nodes { id } } }', {}, 3 + 100),
        ("{ credentials(first: 1, filter: {nameContains: null}) { nodes { id } } }", {}, 3),
        ("{ credentials(first: 1, filter: {status: CONNECTED}) { nodes { id } } }", {}, 3),
        ('{ credentials(first: 1, filter: {search: "a"}) { nodes { id } } }', {}, 3 + 100),
        ('{ events(first: 1, filter: {actorKind: TOKEN, actorId: "a"}) { nodes { kind } } }', {}, 3 + 2 * 100),
        ('{ events(first: 1, filter: {occurredAfter: "2026-01-01T00:00:00Z"}) { nodes { kind } } }', {}, 3),
        (_SEARCH, {}, 2 * 3 + 100),
        (_SEARCH, {"part": "b"}, 2 * 3 + 2 * 100),
        (_SEARCH, {"part": "b", "filter": {"status": "ACTIVE"}}, 2 * 3 + 100),
        (_SEARCH, {"filter": {"nameContains": "b"}}, 2 * 3 + 100),
        (_SEARCH, {"filter": None}, 2 * 3),
        (
            _SHARED,
            {},
            2 * (2 + 100) + 2 + 9,
        ),
    ],
)
async def test_each_field_costs_one_per_row_of_its_page(
    client: Client, document: str, variables: dict[str, Any], cost: int
) -> None:
    answer = (await client.post(document, **variables)).json()
    assert answer["extensions"] == {"cost": {"requested": cost, "maximum": 5000}}


async def test_the_cost_is_not_cached_across_variables(client: Client) -> None:
    document = """query ($n: Int) { credentials(first: $n) { nodes {
        integrations(first: 10) { nodes { id name active status version } } } } }"""
    codes = []
    for size in (100, 1, 100):
        answer = (await client.post(document, n=size)).json()
        codes.append([error["extensions"]["code"] for error in answer.get("errors", [])])
        assert answer["extensions"]["cost"]["requested"] == 2 + size * 52
    assert codes == [["COST_LIMIT_EXCEEDED"], [], ["COST_LIMIT_EXCEEDED"]]


async def test_fifty_searches_with_counts_are_refused(client: Client) -> None:
    searches = " ".join(
        f'a{number}: integrations(first: 1, filter: {{nameContains: "x"}}) {{ totalCount }}' for number in range(50)
    )
    answer = (await client.post(f"{{ {searches} }}")).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["COST_LIMIT_EXCEEDED"]
    assert answer["extensions"]["cost"]["requested"] == 50 * 201


@strawberry.type
class _Item:
    name: str


@strawberry.type
class _Lists:
    @strawberry.field
    def declared(self, size: Annotated[int, strawberry.argument(metadata=length(50))] = 7) -> list[_Item]:
        raise NotImplementedError

    @strawberry.field
    def other(self, hours: int = 1) -> list[_Item]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("field", "length_"),
    [("declared", 7), ("declared(size: 3)", 3), ("declared(size: 51)", 50), ("declared(size: $n)", 9), ("other", 10)],
)
def test_a_list_is_as_long_as_its_declared_argument_says(field: str, length_: int) -> None:
    document = parse(f"query ($n: Int! = 9) {{ {field} {{ name }} }}")
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    built = strawberry.Schema(query=_Lists)._schema  # noqa: SLF001 - graphql-core's
    assert cost_of(built, document, operation, None) == 1 + length_

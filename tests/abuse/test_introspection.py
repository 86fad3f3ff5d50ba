"""A setting controls introspection, and a production server's errors contain no suggestions."""

from pathlib import Path

import pytest

from tests.abuse.conftest import Target
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer, running_server

_SCHEMA = "{ __schema { queryType { name } } }"
_TYPE = '{ ...a } fragment a on Query { __type(name: "Query") { name } }'
_TYPENAME = "{ __typename }"
_MISTAKES = [
    "{ viewe { name } }",
    "{ integrations(firs: 1) { totalCount } }",
    "{ events(filter: {kind: 1}) { totalCount } }",
]


async def _may_introspect(client: Client) -> bool:
    codes = set()
    for document in (_SCHEMA, _TYPE):
        answer = (await client.post(document)).json()
        codes |= {error["extensions"]["code"] for error in answer.get("errors", [])} or {None}
    assert await client.execute(_TYPENAME) == {"__typename": "Query"}
    assert codes in ({None}, {"INTROSPECTION_DISABLED"})
    return codes == {None}


async def test_in_production_whoever_has_a_token_may_read_the_schema(target: Target) -> None:
    assert await _may_introspect(target.client)
    assert not await _may_introspect(Client(target.server.address))


async def test_in_development_everyone_may(server: RunningServer) -> None:
    assert await _may_introspect(Client(server.address))


@pytest.mark.usefixtures("sqlite")
async def test_nobody_may_if_the_operator_says_so(tmp_path: Path) -> None:
    with running_server(tmp_path, INTROSPECTION="nobody") as server:
        client = (await new_tenant(server)).client
        assert not await _may_introspect(client)


@pytest.mark.parametrize("document", _MISTAKES)
async def test_production_makes_no_suggestions_and_development_does(
    target: Target, server: RunningServer, document: str
) -> None:
    assert "Did you mean" not in (await target.client.post(document)).text
    assert "Did you mean" in (await Client(server.address).post(document)).text


async def test_production_makes_no_suggestions_for_variables(target: Target) -> None:
    document = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }"
    for filter_ in ({"kind": 1}, {"kinds": ["TOKEN_ISSUE"]}):
        text = (await target.client.post(document, filter=filter_)).text
        assert "INVALID_REQUEST" in text
        assert "Did you mean" not in text

"""A field of a mutation that is refused leaves the results of the others: every result is nullable."""

from collections.abc import Iterator

import pytest
from graphql import is_non_null_type

from models import Scope
from tests.support.actions import kinds
from tests.support.documents import CREDENTIALS
from tests.support.organizations import Tenant, new_tenant
from tests.support.scopes import SCHEMA
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server

_THREE = """mutation ($key: Secret!, $third: Secret!) {
    one: createCredential(input: {name: "One", secretKey: $key}) { __typename }
    two: revokeToken(input: {id: "token_01m7zya908eqrbf2erv6qwz5ee"}) { __typename }
    three: createCredential(input: {name: "Three", secretKey: $third}) { __typename } }"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that checks one key per viewer and minute."""
    folder = tmp_path_factory.mktemp("strict")
    database = f"sqlite:///{folder}/drawbridge.sqlite3"
    with running_server(folder, DATABASE_URL=database, KEY_CHECKS_PER_MINUTE="1") as running:
        yield running


def test_each_result_is_nullable() -> None:
    assert SCHEMA.mutation_type
    assert [name for name, field in SCHEMA.mutation_type.fields.items() if is_non_null_type(field.type)] == []


async def test_a_forbidden_field_leaves_the_others(tenant: Tenant) -> None:
    client = await tenant.client_with(Scope.CONFIGURE)
    answer = (await client.post(_THREE, key=secret_key(), third=secret_key())).json()
    assert answer["data"] == {
        "one": {"__typename": "CreateCredentialSuccess"},
        "two": None,
        "three": {"__typename": "CreateCredentialSuccess"},
    }
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["two"], "FORBIDDEN")]
    assert {node["name"] for node in (await client.result(CREDENTIALS))["nodes"]} == {"One", "Three"}


async def test_a_field_over_the_limit_leaves_the_others(strict: RunningServer) -> None:
    client = (await new_tenant(strict)).client
    answer = (await client.post(_THREE, key=secret_key(), third=secret_key())).json()
    assert answer["data"] == {
        "one": {"__typename": "CreateCredentialSuccess"},
        "two": {"__typename": "NotFoundError"},
        "three": None,
    }
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["three"], "RATE_LIMITED")
    assert error["extensions"]["retryAfterSeconds"] > 0
    assert await kinds(client) == ["CREDENTIAL_CREATED"]

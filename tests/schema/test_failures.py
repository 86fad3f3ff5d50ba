"""Errors tell a client what is wrong, and never repeat a value that may be a secret."""

from typing import Any, cast

import pytest
from graphql import GraphQLError

from resolvers import refusals
from schema.errors import HANDLERS
from schema.execution.error_masking import mask_error
from tests.support.client import Client
from tests.support.secrecy import secret_key

KEY = secret_key()
CREATE = "mutation ($input: CreateIntegrationInput!) { createIntegration(input: $input) { __typename } }"

VARIABLES = [
    {"authentication": {"secretKey": KEY}},
    {"name": "x", "authentication": {"secretKey": KEY, "credentialId": "x"}},
    {"name": "x", "authentication": {"secretKey": KEY, "unknown": 1}},
    {"name": "x", "authentication": {"secretkey": KEY}},
    {"name": "x", "authentication": KEY},
    {"name": {"secretKey": KEY}, "authentication": {"credentialId": "x"}},
    {"name": "x", "authentication": {"secretKey": [KEY]}},
    {"name": "x", "authentication": {"credentialId": {"secretKey": KEY}}},
    {"name": "x", "authentication": {"secretKey": "x"}, "provider": KEY},
    {"name": "x", "authentication": {"secretKey": "x"}, "active": KEY},
    [KEY],
    KEY,
]
DOCUMENTS = [
    f'mutation {{ createIntegration(input: {{ authentication: {{ secretKey: "{KEY}" }} }}) {{ __typename }} }}',
    f'mutation {{ createIntegration(input: {{ authentication: {{ secretKey: "{KEY}" }} ) {{ __typename }} }}',
    f'mutation {{ createIntegration(input: "{KEY}") {{ __typename }} }}',
    f"mutation {{ createIntegration(input: {{ name: x, authentication: {{ secretKey: {KEY} }} }}) {{ __typename }} }}",
    f'mutation {{ createIntegration(inputt: "{KEY}") {{ __typename }} }}',
    f'mutation {{ createCredential(input: {{ name: "x", secretKey "{KEY}" }}) {{ __typename }} }}',
    f"mutation {{ createCredential(input: {{ name: x, secretKey {KEY} }}) {{ __typename }} }}",
    f'mutation {{ createCredential(input: {{ name: "x", secretKey: "{KEY} }}) {{ __typename }} }}',
    f'{{ integration(id: ["{KEY}", "{KEY}"]) {{ id }} }}',
    f'{{ integrations(first: "{KEY}") {{ totalCount }} }}',
    f"{{ integrations(filter: {{ status: {KEY} }}) {{ totalCount }} }}",
    f'"{KEY}"',
    f'query ($id: ID! = ["{KEY}"]) {{ integration(id: $id) {{ id }} }}',
]


@pytest.mark.parametrize("given", VARIABLES)
async def test_variables_that_do_not_fit_are_not_repeated(client: Client, given: object) -> None:
    answer = await client.post(CREATE, input=given)
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert KEY not in answer.text


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_documents_that_do_not_fit_are_not_repeated(client: Client, document: str) -> None:
    answer = await client.post(document)
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert KEY not in answer.text


async def test_what_is_wrong_and_where_is_still_said(client: Client) -> None:
    error = await client.error(CREATE, input={"name": "x"})
    assert error["message"].startswith("Variable '$input' has invalid value")
    assert "required field 'authentication'" in error["message"]
    error = await client.error("{ integratoins { totalCount } }")
    assert "Cannot query field 'integratoins'" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 3}]


def test_each_refusal_of_a_mutation_has_the_fields_of_its_union_member() -> None:
    refused: dict[type[refusals.Refusal], tuple[Any, ...]] = {
        refusals.InvalidInput: ("name", "text"),
        refusals.InvalidSecretKey: (refusals.InvalidSecretKeyReason.REJECTED,),
        refusals.NameTaken: ("an integration", "Billing"),
        refusals.NotFound: ("integration", "id"),
        refusals.StaleVersion: (2,),
        refusals.CredentialInUse: ([],),
        refusals.StripeUnavailable: (7,),
    }
    for handler in HANDLERS:
        if arguments := refused.get(handler.exception_type):
            refusal = handler.exception_type(*arguments)
            assert handler.handle(refusal, field=cast("Any", None), info=None).message == str(refusal)


def test_a_refusal_that_no_union_has_is_told_all_the_same() -> None:
    refusal = refusals.NotFound("integration", "x")
    told = mask_error(GraphQLError("x", original_error=refusal))
    assert told.formatted == {"message": str(refusal), "extensions": {"code": "INVALID_REQUEST"}}


def test_an_unexpected_failure_says_nothing_of_itself() -> None:
    failure = GraphQLError(f"{KEY} is at fault", original_error=ValueError(KEY))
    told = mask_error(failure)
    assert told.formatted == {
        "message": "Something went wrong on the server.",
        "extensions": {"code": "INTERNAL_ERROR"},
    }

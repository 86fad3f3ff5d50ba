"""Errors explain the problem, and never repeat a value that may be a secret."""

from typing import Any, cast

import pytest
from graphql import FieldNode, GraphQLError, ValidationRule, build_schema, execute_sync, parse, validate

from resolvers import refusals
from resolvers.key_refusals import InvalidSecretKey, InvalidSecretKeyReason
from schema.errors import HANDLERS
from schema.execution.client_errors import GENERIC, masking
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
FAULTS = [
    (None, "Variable '$input' is required: its type is 'CreateIntegrationInput!'."),
    ("x", "Variable '$input' must be an object of type 'CreateIntegrationInput'."),
    ({"name": "x"}, "Variable '$input' lacks the required field 'authentication'."),
    (
        {"name": None, "authentication": {"secretKey": "x"}},
        "Variable '$input.name' is required: its type is 'String!'.",
    ),
    ({"name": 1, "authentication": {"secretKey": "x"}}, "Variable '$input.name' must be a value of type 'String'."),
    (
        {"name": "x", "authentication": {"secretKey": "x"}, "nmae": 1},
        "Variable '$input' has a field that 'CreateIntegrationInput' does not have. Did you mean 'name'?",
    ),
    (
        {"name": "x", "authentication": {"secretKey": "x", "credentialId": "x"}},
        "Variable '$input.authentication' must have exactly one field, which is not null.",
    ),
    (
        {"name": "x", "authentication": {"secretKey": 1}},
        "Variable '$input.authentication.secretKey' is invalid. Secret must be a string.",
    ),
    (
        {"name": "x", "authentication": {"secretKey": "x"}, "provider": "PAYPAL"},
        "Variable '$input.provider' must be a value of type 'Provider'.",
    ),
]
DOCUMENTS = [
    f"{{ {KEY} }}",
    f"{{ integrations {{ {KEY}: {KEY} }} }}",
    f"query {KEY} {{ ...{KEY} }}",
    f"query (${KEY}: Int) {{ integrations(first: ${KEY}, {KEY}: 1) {{ totalCount }} }}",
    f"query (${KEY}: Int!) {{ integrations(first: ${KEY}) {{ totalCount }} }}",
    f"fragment {KEY} on {KEY} {{ id }} {{ viewer @{KEY} {{ name }} }}",
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
async def test_invalid_variables_are_not_quoted(client: Client, given: object) -> None:
    answer = await client.post(CREATE, input=given)
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert KEY not in answer.text


@pytest.mark.parametrize("document", DOCUMENTS)
async def test_invalid_documents_are_not_quoted(client: Client, document: str) -> None:
    answer = await client.post(document)
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    assert KEY not in answer.text


async def test_the_problem_and_its_location_are_reported(client: Client) -> None:
    error = await client.error(CREATE, input={"name": "x"})
    assert error["message"] == "Variable '$input' lacks the required field 'authentication'."
    error = await client.error("{ integratoins { totalCount } }")
    assert "Cannot query field 'integratoins'" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 3}]


@pytest.mark.parametrize(("given", "message"), FAULTS)
async def test_each_fault_of_a_variable_has_a_message(client: Client, given: object, message: str) -> None:
    error = await client.error(CREATE, input=given)
    assert error["message"] == message
    assert error["locations"] == [{"line": 1, "column": 11}]


@pytest.mark.parametrize(
    "document",
    [
        "query ($v: Boolean = true) { viewer { name @skip(if: $v) } }",
        'query ($v: ID = "x") { integration(id: $v) { id } }',
    ],
)
async def test_a_null_in_place_of_a_default_is_named(client: Client, document: str) -> None:
    errors = (await client.post(document, v=None)).json()["errors"]
    assert [error["message"] for error in errors] == ["Variable '$v' must not be null here."]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ integrations(first: true) { totalCount } }", "The value must be a value of type 'Int'."),
        (
            "{ integrations(filter: { status: X }) { totalCount } }",
            "The value at .status must be a value of type 'IntegrationStatus'.",
        ),
        (
            "{ events(filter: { kind: X }) { totalCount } }",
            "The value has a field that 'EventFilter' does not have. Did you mean 'kinds'?",
        ),
        (
            "mutation ($n: String!) { createCredential(input: { name: $n }) { __typename } }",
            "The value lacks the required field 'secretKey'.",
        ),
        (
            'mutation { createIntegration(input: {name: "x", authentication: {}}) { __typename } }',
            "The value must have exactly one field, which is not null.",
        ),
        ("{ viewer { name ", "Syntax Error: Unexpected <EOF>."),
        ('{ viewer "x" }', "Syntax Error: Unexpected String."),
        ("{ viewer ] }", "Syntax Error: Unexpected ]."),
        ('{ integration(id: "x', "Syntax Error: Invalid token."),
        (
            "query A { viewer { name } } query B { viewer { name } }",
            "This document has several operations. Choose one with operationName.",
        ),
        ("fragment F on Viewer { name } { viewer { name } }", "Fragment 'F' is never used."),
        ("fragment F on Viewer { name }", "The document has no operation."),
    ],
)
async def test_faults_of_documents_have_messages(client: Client, document: str, message: str) -> None:
    assert (await client.post(document)).json()["errors"][0]["message"] == message


def test_a_rule_outside_the_allow_list_is_masked() -> None:
    class Chatty(ValidationRule):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            self.context.report_error(GraphQLError("Some new text.", node))

    errors = validate(build_schema("type Query { a: Int }"), parse("{ a }"), [masking(Chatty)])
    assert [error.message for error in errors] == [GENERIC]


def test_each_refusal_of_a_mutation_has_the_fields_of_its_union_member() -> None:
    refused: dict[type[refusals.Refusal], tuple[Any, ...]] = {
        refusals.InvalidInput: ("name", "text"),
        InvalidSecretKey: (InvalidSecretKeyReason.REJECTED,),
        refusals.NameTaken: ("an integration", "Billing"),
        refusals.NotFound: ("integration", "id"),
        refusals.StaleVersion: (2,),
        refusals.CredentialInUse: ([], 0),
        refusals.StripeUnavailable: (7,),
    }
    for handler in HANDLERS:
        if arguments := refused.get(handler.exception_type):
            refusal = handler.exception_type(*arguments)
            assert handler.handle(refusal, field=cast("Any", None), info=None).message == str(refusal)


def test_a_refusal_outside_a_union_is_reported() -> None:
    refusal = refusals.NotFound("integration", "x")
    masked = mask_error(GraphQLError("x", original_error=refusal))
    assert masked.formatted == {"message": str(refusal), "extensions": {"code": "INVALID_REQUEST"}}


def test_an_unexpected_error_is_masked() -> None:
    failure = GraphQLError(f"{KEY} is at fault", original_error=ValueError(KEY))
    masked = mask_error(failure)
    assert masked.formatted == {
        "message": "Something went wrong on the server.",
        "extensions": {"code": "INTERNAL_ERROR"},
    }


def test_a_value_of_ours_that_cannot_be_serialized_is_no_mistake_of_the_client() -> None:
    schema = build_schema("type Query { count: Int, sized(size: Int!): Int }")
    found = execute_sync(schema, parse("{ count }"), {"count": 2**40})
    assert [mask_error(error).extensions for error in found.errors or ()] == [{"code": "INTERNAL_ERROR"}]
    document = parse("query ($size: Int = 1) { sized(size: $size) }")
    refused = execute_sync(schema, document, variable_values={"size": None})
    assert [mask_error(error).extensions for error in refused.errors or ()] == [{"code": "INVALID_REQUEST"}]

"""Names that look the same are one name, and a name shows something."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import (
    CREATE_CREDENTIAL,
    CREATE_INTEGRATION,
    CREDENTIALS,
    INTEGRATIONS,
    ISSUE_TOKEN,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
)
from tests.support.oauth import begin
from tests.support.secrecy import keep, secret_key

Make = Callable[[Client, str], Awaitable[dict[str, Any]]]


async def _integration(client: Client, name: str) -> dict[str, Any]:
    given = {"name": name, "authentication": {"secretKey": secret_key()}}
    return await client.result(CREATE_INTEGRATION, input=given)


async def _credential(client: Client, name: str) -> dict[str, Any]:
    return await client.result(CREATE_CREDENTIAL, input={"name": name, "secretKey": secret_key()})


async def _account(client: Client, name: str) -> dict[str, Any]:
    return await begin(client, name)


async def _token(client: Client, name: str) -> dict[str, Any]:
    result = await client.result(ISSUE_TOKEN, input={"name": name, "scopes": ["READ"]})
    if "secret" in result:
        keep(result["secret"])
    return result


_NOUNS: dict[str, Make] = {
    "integration": _integration,
    "credential": _credential,
    "account": _account,
    "token": _token,
}
_ALIKE = ["billing", "BILLING", "Bill\u200bing", "Ｂilling", "Billing\u2060", "Billi\u3164ng"]  # noqa: RUF001 - full width
_INVISIBLE = ["\u200b", "\u3164", "\u2800\u2800", "\u115f\u1160", "\ufe0f", "\U000e0061", "\u0301"]


@pytest.mark.parametrize("make", _NOUNS.values(), ids=_NOUNS)
async def test_a_name_that_looks_like_another_is_taken(client: Client, make: Make) -> None:
    assert (await make(client, "Billing"))["__typename"].endswith("Success")
    for name in _ALIKE:
        assert (await make(client, name))["__typename"] == "NameTakenError", name
    assert (await make(client, "Billing 2"))["__typename"].endswith("Success")


@pytest.mark.parametrize("make", _NOUNS.values(), ids=_NOUNS)
async def test_a_name_that_shows_nothing_is_refused(client: Client, make: Make) -> None:
    for name in _INVISIBLE:
        result = await make(client, name)
        assert (result["__typename"], result["field"]) == ("InvalidInputError", "name"), name


@pytest.mark.parametrize("name", ["Stripe", "stripe\u200b", "ＳＹＳＴＥＭ", "cl\u00adi", "serVer\ufe0f"])  # noqa: RUF001 - full width
async def test_a_token_cannot_pass_for_an_actor_without_one(client: Client, name: str) -> None:
    result = await _token(client, name)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "name")


async def test_a_row_cannot_be_renamed_to_what_looks_like_another(client: Client) -> None:
    await add_integration(client, "Billing")
    integration, credential = await add_integration(client, "Shop"), await add_credential(client, "Keys")
    for document, id_ in ((UPDATE_INTEGRATION, integration["id"]), (UPDATE_CREDENTIAL, credential["id"])):
        result = await client.result(document, input={"id": id_, "name": "bill\u200bing"})
        assert result["__typename"] == "NameTakenError"
        renamed = await client.result(document, input={"id": id_, "name": f"{id_[:4].upper()}"})
        assert renamed["__typename"].endswith("Success")
        same = await client.result(document, input={"id": id_, "name": f"{id_[:4].title()}"})
        assert same["__typename"].endswith("Success"), "its own name in another case"


async def test_a_credential_of_an_integration_gets_a_name_that_looks_like_no_other(client: Client) -> None:
    await add_credential(client, "BILLING")
    await add_credential(client, "billing (2)")
    assert (await add_integration(client, "Billing"))["credential"]["name"] == "Billing (3)"


@pytest.mark.parametrize("term", ["istanbul", "İSTANBUL", "Ist\u200banbul", "Ｉstan", "bul  a"])  # noqa: RUF001 - full width
async def test_a_search_finds_what_looks_the_same(client: Client, term: str) -> None:
    integration = await add_integration(client, "İstanbul\u00a0A")
    await add_integration(client, "Ankara")
    for document in (INTEGRATIONS, CREDENTIALS):
        found = await client.result(document, filter={"nameContains": term})
        assert [row["name"] for row in found["nodes"]] == [integration["name"]]


async def test_a_name_is_stored_as_it_was_given(client: Client) -> None:
    names = ["👩\u200d👧", "می\u200cخواهم", "❤\ufe0f"]  # noqa: RUF001 - Persian
    assert [(await add_credential(client, name))["name"] for name in names] == names


async def test_marks_are_not_stacked(client: Client) -> None:
    result = await _credential(client, "e" + "\u0301\u0302\u0303\u0304\u0306")
    assert (result["__typename"], result["message"]) == ("InvalidInputError", "The name cannot stack combining marks.")

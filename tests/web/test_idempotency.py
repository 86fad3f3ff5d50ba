"""The Idempotency-Key header: every mutation that is sent again gets the same response, and changes nothing."""

from typing import Any

import pytest
from graphql import build_schema

from models import Scope
from tests.support.actions import kinds, state
from tests.support.client import Client
from tests.support.databases import stored
from tests.support.documents import DELETE_INTEGRATION, REVOKE_TOKEN, SET_ACTIVE, TOKENS, UPDATE_INTEGRATION
from tests.support.idempotency import REPLAYED, Keyed, claims, result
from tests.support.mutations import CARRIED_OUT_AGAIN, MUTATIONS
from tests.support.organizations import Tenant
from tests.support.secrecy import keep, secret_key
from tests.support.servers import ROOT, RunningServer

pytestmark = pytest.mark.usefixtures("quiet")


async def keyed(client: Client, mutation: str) -> Keyed:
    """A mutation that will succeed."""
    document, prepare = MUTATIONS[mutation]
    return Keyed(document, await prepare(client))


def test_every_mutation_is_tried() -> None:
    root = build_schema((ROOT / "schema.graphql").read_text()).mutation_type
    assert root is not None
    assert set(MUTATIONS) == set(root.fields)


@pytest.mark.parametrize("mutation", sorted(MUTATIONS.keys() - {"revealSecret", *CARRIED_OUT_AGAIN}))
async def test_the_same_request_again_has_the_same_answer_and_changes_nothing_again(
    client: Client, mutation: str
) -> None:
    request = await keyed(client, mutation)
    before = await state(client)
    first = await request.send(client)
    assert result(first)["__typename"] == f"{mutation[0].upper()}{mutation[1:]}Success"
    assert REPLAYED not in first.headers
    changed = await state(client)
    assert changed != before
    for _ in range(2):
        again = await request.send(client)
        assert (again.status_code, again.headers[REPLAYED]) == (first.status_code, "true")
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.content == first.content
    assert await state(client) == changed


@pytest.mark.parametrize("mutation", CARRIED_OUT_AGAIN)
async def test_what_changes_nothing_is_carried_out_again(client: Client, mutation: str) -> None:
    request = await keyed(client, mutation)
    for _ in range(2):
        answer = await request.send(client)
        assert result(answer)["__typename"] == f"{mutation[0].upper()}{mutation[1:]}Success"
        assert REPLAYED not in answer.headers


async def test_a_token_that_is_issued_again_is_the_same_and_works(client: Client) -> None:
    request = await keyed(client, "issueToken")
    first, again = [keep((await request.result(client))["secret"]) for _ in range(2)]
    assert first == again
    assert (await Client(client.address, again).result("{ viewer { scopes } }"))["scopes"] == ["READ"]


async def test_a_secret_that_is_revealed_again_is_recorded_again_and_never_kept(
    client: Client, server: RunningServer
) -> None:
    request = await keyed(client, "revealSecret")
    first, again = [await request.send(client) for _ in range(2)]
    assert [REPLAYED in response.headers for response in (first, again)] == [False, False]
    assert keep(result(first)["secretKey"]) == result(again)["secretKey"]
    assert (await kinds(client))[-2:] == ["SECRET_REVEALED"] * 2
    assert await claims(server.settings, request.key) == []


@pytest.mark.parametrize("change", ["deactivated", "replaced", "deleted"])
async def test_a_secret_that_is_revealed_again_is_judged_anew(client: Client, change: str) -> None:
    request = await keyed(client, "revealSecret")
    secret, id_ = keep((await request.result(client))["secretKey"]), request.input["integrationId"]
    key = secret_key()
    changes: dict[str, tuple[str, dict[str, Any], str]] = {
        "deactivated": (SET_ACTIVE, {"active": False}, "IntegrationInactiveError"),
        "replaced": (UPDATE_INTEGRATION, {"authentication": {"secretKey": key}}, "RevealSecretSuccess"),
        "deleted": (DELETE_INTEGRATION, {}, "NotFoundError"),
    }
    document, given, expected = changes[change]
    assert (await client.result(document, input={"id": id_, **given}))["__typename"].endswith("Success")
    before = await kinds(client)
    again = await request.send(client)
    assert result(again)["__typename"] == expected
    assert secret not in again.text
    assert (key in again.text) is (change == "replaced")
    assert (await kinds(client))[len(before) :] == (["SECRET_REVEALED"] if change == "replaced" else [])


async def test_a_token_that_was_issued_is_not_returned_again_to_who_has_lost_the_right(tenant: Tenant) -> None:
    manager = await tenant.client_with(*Scope)
    request = await keyed(manager, "issueToken")
    secret = keep((await request.result(manager))["secret"])
    id_of_manager = (await tenant.client.result(TOKENS))["nodes"][1]["id"]
    await tenant.client.result(REVOKE_TOKEN, input={"id": id_of_manager})
    again = await request.send(manager)
    assert (again.status_code, secret in again.text) == (401, False)


@pytest.mark.parametrize("mutation", ["issueToken", "createIntegration"])
async def test_a_kept_answer_is_stored_sealed(client: Client, server: RunningServer, mutation: str) -> None:
    request = await keyed(client, mutation)
    answer = await request.result(client)
    (row,) = await claims(server.settings, request.key)
    assert (row.sealed_answer or "").startswith("v1.")
    text = await stored(server.settings)
    assert request.key in text, "the stored rows are looked at"
    secrets = [keep(answer["secret"])] if "secret" in answer else []
    assert [part for part in (answer["message"], answer["__typename"], *secrets) if part in text] == []

"""The Idempotency-Key header: every mutation that is sent again gets the same response, and changes nothing."""

import pytest
from graphql import build_schema

from tests.support.actions import state
from tests.support.client import Client
from tests.support.databases import stored
from tests.support.idempotency import REPLAYED, Keyed, claims, result
from tests.support.mutations import MUTATIONS
from tests.support.secrecy import keep
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


@pytest.mark.parametrize("mutation", MUTATIONS)
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


async def test_a_token_that_is_issued_again_is_the_same_and_works(client: Client) -> None:
    request = await keyed(client, "issueToken")
    first, again = [keep((await request.result(client))["secret"]) for _ in range(2)]
    assert first == again
    assert (await Client(client.address, again).result("{ viewer { scopes } }"))["scopes"] == ["READ"]


@pytest.mark.parametrize("mutation", ["revealSecret", "issueToken", "createIntegration"])
async def test_a_kept_answer_is_stored_sealed(client: Client, server: RunningServer, mutation: str) -> None:
    request = await keyed(client, mutation)
    answer = await request.result(client)
    (row,) = await claims(server.settings, request.key)
    assert (row.sealed_answer or "").startswith("v1.")
    text = await stored(server.settings)
    assert request.key in text, "the stored rows are looked at"
    secrets = [keep(answer[name]) for name in ("secretKey", "secret") if name in answer]
    assert [part for part in (answer["message"], answer["__typename"], *secrets) if part in text] == []

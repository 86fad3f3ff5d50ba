"""Rows that refer to another organization's, as only a writer to the database could make them, reveal nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from adapters.vault import UnreadableError
from models import Credential, Integration, Scope
from resolvers.context import Context
from resolvers.credentials.sealing import open_secret
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import add_integration, history
from tests.support.client import Client
from tests.support.databases import ask
from tests.support.documents import (
    COMPLETE,
    CREDENTIALS,
    DELETE_CREDENTIAL,
    EVENTS,
    INTEGRATION,
    INTEGRATIONS,
    ISSUE_TOKEN,
    REVEAL_SECRET,
    SET_ACTIVE,
    UPDATE_INTEGRATION,
)
from tests.support.idempotency import Keyed, claims, code
from tests.support.oauth import begin, returned
from tests.support.organizations import new_tenant
from tests.support.secrecy import keep, secret_key
from tests.support.servers import RunningServer, running_server

_KINDS = "{ events(first: 100) { nodes { kind } totalCount } }"


@dataclass(frozen=True, slots=True)
class Both:
    """Two organizations of one server, the victim with an integration."""

    server: RunningServer
    mine: Client
    theirs: Client
    victim: dict[str, Any]


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:
    """A server of this file, because its log will have errors."""
    with running_server(tmp_path_factory.mktemp(f"tampered-{engine}")) as running:
        yield running


@pytest.fixture
async def both(tampered: RunningServer) -> Both:
    mine, theirs = [(await new_tenant(tampered)).client for _ in range(2)]
    return Both(tampered, mine, theirs, await add_integration(theirs, "Theirs"))


async def _tamper(server: RunningServer, statement: str) -> None:
    """Writes with all constraints disabled."""
    url = server.settings.database.postgres_url
    if url is None:
        with closing(sqlite3.connect(server.settings.database.sqlite_path)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute(statement)
            connection.commit()
        return
    postgres = await asyncpg.connect(url.reveal())
    try:
        await postgres.execute(f"SET session_replication_role = replica; {statement}")
    finally:
        await postgres.close()


async def _points_at_theirs(both: Both) -> dict[str, Any]:
    """Returns an integration of mine that points at the victim's credential."""
    row = await add_integration(both.mine, "Mine")
    target = both.victim["credential"]["id"]
    await _tamper(both.server, f"UPDATE integrations SET credential_id = '{target}' WHERE id = '{row['id']}'")  # noqa: S608 - ids
    return row


async def test_the_database_refuses_such_a_reference(both: Both) -> None:
    row, target = await add_integration(both.mine), both.victim["credential"]["id"]
    async with open_database(both.server.settings):
        with pytest.raises(IntegrityError, match=r"(?i)foreign key constraint"):
            await ask(f"UPDATE integrations SET credential_id = '{target}' WHERE id = '{row['id']}'")  # noqa: S608 - ids
        mine = (await Integration.get(id=row["id"])).organization_id
        with pytest.raises(IntegrityError, match=r"(?i)foreign key constraint"):
            await Credential.filter(id=target).update(organization_id=mine)


async def test_an_integration_with_a_foreign_credential_reveals_nothing_of_it(both: Both) -> None:
    row = await _points_at_theirs(both)
    id_ = row["id"]
    told, before = (
        len(both.server.log.read_text()),
        [await client.result(_KINDS) for client in (both.mine, both.theirs)],
    )
    requests: list[tuple[str, dict[str, Any]]] = [
        (REVEAL_SECRET, {"input": {"integrationId": id_, "reason": "test"}}),
        (INTEGRATIONS, {}),
        (INTEGRATION, {"id": id_}),
        (CREDENTIALS, {}),
        (SET_ACTIVE, {"input": {"id": id_, "active": False}}),
        (UPDATE_INTEGRATION, {"input": {"id": id_, "authentication": {"secretKey": secret_key()}}}),
    ]
    for document, variables in requests:
        text = (await both.mine.post(document, **variables)).text
        for name in ("id", "name", "maskedSecret"):
            assert str(both.victim["credential"][name]) not in text
    assert [await client.result(_KINDS) for client in (both.mine, both.theirs)] == before
    logged = both.server.log.read_text()[told:]
    assert f"{id_} of the table integrations refers to a row of another organization" in logged


async def test_the_victim_sees_and_is_hindered_by_nothing_of_it(both: Both) -> None:
    row = await _points_at_theirs(both)
    listed = await both.theirs.result(CREDENTIALS)
    assert [user["name"] for user in listed["nodes"][0]["integrations"]["nodes"]] == ["Theirs"]
    refused = await both.theirs.result(DELETE_CREDENTIAL, input={"id": both.victim["credential"]["id"]})
    assert [user["name"] for user in refused["integrations"]] == ["Theirs"]
    revealed = await both.theirs.result(REVEAL_SECRET, input={"integrationId": both.victim["id"], "reason": "test"})
    assert keep(revealed["secretKey"])
    assert row["id"] not in str(await history(both.theirs))


async def test_a_secret_opens_for_its_own_organization_only(both: Both) -> None:
    """Even where a row was read without the join that hides it."""
    row = await _points_at_theirs(both)
    services = create_services(both.server.settings)
    async with open_database(both.server.settings):
        integration = await Integration.get(id=row["id"]).select_related("credential")
        with pytest.raises(UnreadableError):
            open_secret(Context(services), integration.credential, integration.organization_id)
    await services.stripe.close()


async def test_an_authorization_of_a_foreign_credential_connects_nothing(both: Both) -> None:
    target = (await begin(both.theirs))["credential"]["id"]
    begun = await begin(both.mine)
    given, own = await returned(begun), begun["credential"]["id"]
    await _tamper(both.server, f"UPDATE stripe_auths SET credential_id = '{target}' WHERE credential_id = '{own}'")  # noqa: S608 - ids
    result = await both.mine.result(COMPLETE, input=given)
    assert (result["__typename"], result["reason"]) == ("StripeAuthError", "EXPIRED")
    assert [row["status"] for row in (await both.theirs.result(CREDENTIALS))["nodes"] if row["id"] == target] == [
        "INCOMPLETE"
    ]


async def test_a_kept_answer_of_another_organization_does_not_open(both: Both) -> None:
    request = Keyed(ISSUE_TOKEN, {"name": "Keyed", "scopes": ["READ"]})
    secret = keep((await request.result(both.theirs))["secret"])
    other = Keyed(ISSUE_TOKEN, request.input)
    await other.result(both.mine)
    ((theirs,), (mine,)) = [await claims(both.server.settings, each.key) for each in (request, other)]
    await _tamper(
        both.server,
        f"UPDATE idempotent_requests SET sealed_answer = '{theirs.sealed_answer}' WHERE id = '{mine.id}'",  # noqa: S608 - our own
    )
    response = await other.send(both.mine)
    assert code(response) == "IDEMPOTENCY_ANSWER_UNREADABLE"
    assert secret not in response.text


async def test_a_kept_answer_of_another_token_does_not_open(tampered: RunningServer) -> None:
    tenant = await new_tenant(tampered)
    first, second = [await tenant.client_with(Scope.READ, Scope.MANAGE_TOKENS) for _ in range(2)]
    request = Keyed(ISSUE_TOKEN, {"name": "Keyed", "scopes": ["READ"]})
    secret = keep((await request.result(first))["secret"])
    other = Keyed(ISSUE_TOKEN, {"name": "Other", "scopes": ["READ"]})
    await other.result(second)
    ((row,), (theirs,)) = [await claims(tampered.settings, each.key) for each in (request, other)]
    await _tamper(
        tampered,
        f"UPDATE idempotent_requests SET viewer_id = '{theirs.viewer_id}' WHERE id = '{row.id}'",  # noqa: S608 - ids
    )
    response = await request.send(second)
    assert code(response) == "IDEMPOTENCY_ANSWER_UNREADABLE"
    assert secret not in response.text


async def test_an_event_about_a_foreign_row_does_not_load_it(both: Both) -> None:
    row = await add_integration(both.mine, "Mine")
    targets = {row["id"]: both.victim["id"], row["credential"]["id"]: both.victim["credential"]["id"]}
    for own, target in targets.items():
        await _tamper(both.server, f"UPDATE events SET subject = '{target}' WHERE subject = '{own}'")  # noqa: S608 - ids
    events = (await both.mine.result(EVENTS, first=100))["nodes"]
    loaded = [event.get("integration") or event.get("credential") for event in events]
    assert len(events) > 2
    assert [row for row in loaded if row] == []

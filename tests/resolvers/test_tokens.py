"""Tokens are issued, shown once, listed and revoked; only a hash is stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from models import ApiToken, Organization, Scope
from resolvers import tokens
from resolvers.context import Context, Viewer
from resolvers.services import Services
from startup.database import open_database
from tests.support.actions import history
from tests.support.client import Client
from tests.support.databases import stored
from tests.support.documents import ISSUE_TOKEN, REVOKE_TOKEN, TOKENS
from tests.support.organizations import Tenant
from tests.support.secrecy import keep
from tests.support.servers import RunningServer

VIEWER = "{ viewer { name scopes organization { id name } } }"
_OWN = "{ viewer { kind expiresAt token { id status scopes expiresAt } } }"


async def issue(client: Client, name: str = "Partner", **more: Any) -> dict[str, Any]:
    result = await client.result(ISSUE_TOKEN, input={"name": name, "scopes": ["READ"], **more})
    if "secret" in result:
        keep(result["secret"])
    return result


async def test_a_token_is_issued_shown_once_and_works(client: Client) -> None:
    result = await issue(client, scopes=["REVEAL_SECRETS", "READ", "READ"])
    token, secret = result["token"], result["secret"]
    assert result["message"] == "Token “Partner” has been issued."
    assert (token["scopes"], token["maskedToken"]) == (["READ", "REVEAL_SECRETS"], f"drawbridge_…{secret[-4:]}")
    viewer = await replace(client, token=secret).result(VIEWER)
    assert (viewer["name"], viewer["scopes"]) == ("Partner", ["READ", "REVEAL_SECRETS"])
    assert secret not in (await client.post(TOKENS)).text
    assert (await history(client))[-1]["kind"] == "TOKEN_ISSUED"


async def test_a_token_reads_its_own_facts_without_a_scope_for_tokens(client: Client) -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    result = await issue(client, expiresAt=ends.isoformat())
    viewer = await replace(client, token=result["secret"]).result(_OWN)
    shown = ends.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    own = {"id": result["token"]["id"], "status": "ACTIVE", "scopes": ["READ"], "expiresAt": shown}
    assert viewer == {"kind": "TOKEN", "expiresAt": shown, "token": own}
    assert (await client.result(_OWN))["expiresAt"] is None


async def test_a_tokens_status_tells_whether_it_is_accepted(client: Client, server: RunningServer) -> None:
    for name in ("Active", "Expired", "Revoked", "Both"):
        token = (await issue(client, name, expiresAt=(datetime.now(UTC) + timedelta(days=1)).isoformat()))["token"]
        if name in {"Revoked", "Both"}:
            await client.result(REVOKE_TOKEN, input={"id": token["id"]})
        if name in {"Expired", "Both"}:
            async with open_database(server.settings):
                await ApiToken.filter(id=token["id"]).update(expires_at=datetime.now(UTC))
    nodes = (await client.result("{ tokens(first: 4) { nodes { name status } } }"))["nodes"]
    assert {node["name"]: node["status"] for node in nodes} == {
        "Active": "ACTIVE",
        "Expired": "EXPIRED",
        "Revoked": "REVOKED",
        "Both": "REVOKED",
    }


async def test_only_a_hash_is_stored(client: Client, server: RunningServer) -> None:
    secret = (await issue(client))["secret"]
    text = await stored(server.settings)
    assert secret[-4:] in text
    assert secret not in text
    assert secret[11:43] not in text


async def test_a_revoked_token_is_of_no_use_and_its_name_is_free(client: Client) -> None:
    result = await issue(client)
    revoked = await client.result(REVOKE_TOKEN, input={"id": result["token"]["id"]})
    assert (revoked["message"], revoked["token"]["revokedAt"] is None) == ("Token “Partner” has been revoked.", False)
    assert (await replace(client, token=result["secret"]).post(VIEWER)).status_code == 401
    assert (await issue(client))["__typename"] == "IssueTokenSuccess"


async def test_revoking_twice_is_one_event(client: Client) -> None:
    token = (await issue(client))["token"]
    first = await client.result(REVOKE_TOKEN, input={"id": token["id"]})
    assert await client.result(REVOKE_TOKEN, input={"id": token["id"]}) == first
    assert [event["kind"] for event in await history(client)] == ["TOKEN_ISSUED", "TOKEN_REVOKED"]


async def test_a_taken_name_is_refused(client: Client) -> None:
    await issue(client)
    assert (await issue(client))["__typename"] == "NameTakenError"


async def test_an_expired_token_is_of_no_use(client: Client, server: RunningServer) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    result = await issue(client, expiresAt=soon)
    partner = replace(client, token=result["secret"])
    assert (await partner.post(VIEWER)).status_code == 200
    async with open_database(server.settings):
        await ApiToken.filter(id=result["token"]["id"]).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await partner.post(VIEWER)).status_code == 401


@pytest.mark.parametrize(
    "given", [{"expiresAt": "2020-01-01T00:00:00Z"}, {"scopes": []}, {"name": " "}, {"name": "System"}]
)
async def test_what_makes_no_sense_is_refused(client: Client, given: dict[str, Any]) -> None:
    result = await issue(client, **given)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", next(iter(given)))


async def test_nobody_issues_a_scope_that_they_lack(tenant: Tenant) -> None:
    manager = await tenant.client_with(Scope.MANAGE_TOKENS, Scope.CONFIGURE)
    for scopes in (["REVEAL_SECRETS"], ["READ", "CONFIGURE", "REVEAL_SECRETS"]):
        result = await issue(manager, scopes=scopes)
        assert (result["__typename"], result["field"]) == ("InvalidInputError", "scopes")
    repeated = await issue(manager, scopes=["REVEAL_SECRETS"] * 500)
    assert repeated["message"] == "You can only grant scopes that you have. You lack: REVEAL_SECRETS."
    assert (await issue(manager, scopes=["READ", "CONFIGURE"]))["__typename"] == "IssueTokenSuccess"


async def test_last_used_is_noted_but_not_on_every_request(client: Client) -> None:
    result = await issue(client)
    assert result["token"]["lastUsedAt"] is None
    partner, used = replace(client, token=result["secret"]), []
    for _ in range(2):
        await partner.execute(VIEWER)
        used += [t["lastUsedAt"] for t in (await client.result(TOKENS))["nodes"] if t["name"] == "Partner"]
    assert used[0] is not None
    assert used[0] == used[1]


async def test_last_used_moves_after_a_minute(database: TortoiseContext, services: Services) -> None:
    with database:
        first = datetime(2026, 1, 1, tzinfo=UTC)
        organization = await Organization.create(name="Used", created_at=first)
        operator = Context(services, Viewer("cli", organization, "cli", frozenset(Scope)), lambda: first)
        row, token = await tokens.issue(operator, name="CI", scopes=[Scope.READ], expires_at=None)
        keep(token.reveal())
        used = []
        for seconds in (0, 59, 60):
            await tokens.authenticate(services, token, first + timedelta(seconds=seconds))
            await row.refresh_from_db()
            used.append(row.last_used_at)
        assert used == [first, first, first + timedelta(minutes=1)]


async def test_an_unknown_token_cannot_be_revoked(client: Client) -> None:
    result = await client.result(REVOKE_TOKEN, input={"id": "token_01m7zya908eqrbf2erv6qwz5ee"})
    assert result["__typename"] == "NotFoundError"

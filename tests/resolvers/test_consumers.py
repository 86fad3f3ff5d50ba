"""A credential's consumers: which tokens and users have revealed which of its secrets, read from the log."""

from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest

from models import ActorKind, Event, EventKind, Organization, Scope
from resolvers.context import Context, Viewer
from resolvers.credentials.consumers import consumers
from resolvers.kit.paging import Window
from resolvers.refusals import Forbidden
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.organizations import Tenant, new_tenant
from tests.support.previous import HOUR, replace, replaced, reveal
from tests.support.servers import RunningServer

_CONSUMERS = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { credential(id: $id) {
    consumers(first: $first, after: $after, last: $last, before: $before) { totalCount
        nodes { actor { kind id name } secretVersion lastRevealedAt isCurrent } edges { cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


async def _page(client: Client, credential_id: str, **window: Any) -> dict[str, Any]:
    return dict((await client.execute(_CONSUMERS, id=credential_id, **window))["credential"]["consumers"])


async def _services(tenant: Tenant, count: int) -> list[Client]:
    return [await tenant.client_with(Scope.REVEAL_SECRETS) for _ in range(count)]


async def test_two_of_three_services_have_fetched_the_new_key(tenant: Tenant) -> None:
    client, services = tenant.client, await _services(tenant, 3)
    integration = await add_integration(client)
    other = await add_integration(client, "Other", authentication={"credentialId": integration["credential"]["id"]})
    for service in services:
        await reveal(service, integration["id"])
    await replace(client, integration["credential"]["id"])
    before = datetime.now(UTC)
    await reveal(services[2], integration["id"])
    await reveal(services[0], other["id"])
    page = await _page(client, integration["credential"]["id"])
    shown = [(node["secretVersion"], node["isCurrent"]) for node in page["nodes"]]
    assert (page["totalCount"], shown) == (3, [(2, True), (2, True), (1, False)])
    assert before <= datetime.fromisoformat(page["nodes"][1]["lastRevealedAt"])
    assert datetime.fromisoformat(page["nodes"][2]["lastRevealedAt"]) <= before
    assert {(node["actor"]["kind"], node["actor"]["id"][:6]) for node in page["nodes"]} == {("TOKEN", "token_")}
    assert len({node["actor"]["id"] for node in page["nodes"]}) == 3


async def test_a_service_that_went_back_to_the_previous_key_is_not_current(client: Client) -> None:
    row = await replaced(client)
    await reveal(client, row.integration_id)
    (node,) = (await _page(client, row.credential_id))["nodes"]
    assert (node["secretVersion"], node["isCurrent"]) == (2, True)
    await reveal(client, row.integration_id, "PREVIOUS")
    (node,) = (await _page(client, row.credential_id))["nodes"]
    assert (node["secretVersion"], node["isCurrent"]) == (1, False)


async def test_consumers_are_paged_in_both_directions(tenant: Tenant) -> None:
    integration = await add_integration(tenant.client)
    for service in await _services(tenant, 5):
        await reveal(service, integration["id"])
    id_ = integration["credential"]["id"]
    everything = [node["actor"]["id"] for node in (await _page(tenant.client, id_))["nodes"]]
    first = await _page(tenant.client, id_, first=2)
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    second = await _page(tenant.client, id_, first=2, after=first["pageInfo"]["endCursor"])
    last = await _page(tenant.client, id_, last=3, before=second["pageInfo"]["endCursor"])
    ids = [[node["actor"]["id"] for node in page["nodes"]] for page in (first, second, last)]
    assert ids == [everything[:2], everything[2:4], everything[:3]]


async def test_who_never_revealed_it_and_other_secrets_are_left_out(tenant: Tenant) -> None:
    other, unused = await add_integration(tenant.client, "Other"), await add_credential(tenant.client)
    theirs = await new_tenant(tenant.server)
    await reveal(theirs.client, (await add_integration(theirs.client))["id"])
    await reveal(tenant.client, other["id"])
    assert await _page(tenant.client, unused["id"]) == {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_a_refused_reveal_makes_no_consumer(client: Client) -> None:
    row = await replaced(client, 0)
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["__typename"] == "NoPreviousSecretError"
    assert (await _page(client, row.credential_id))["nodes"] == []


async def test_a_cursor_of_no_event_is_refused(client: Client) -> None:
    credential = await add_credential(client)
    assert (await client.error(_CONSUMERS, id=credential["id"], after="nonsense"))["extensions"][
        "code"
    ] == "INVALID_CURSOR"


async def test_a_kept_key_is_current_again_once_it_was_fetched_after_its_restoration(client: Client) -> None:
    row = await replaced(client, HOUR)
    await reveal(client, row.integration_id, "PREVIOUS")
    restoring = (
        "mutation ($input: RestoreCredentialSecretInput!) { restoreCredentialSecret(input: $input) { __typename } }"
    )
    await client.result(restoring, input={"id": row.credential_id})
    assert [node["isCurrent"] for node in (await _page(client, row.credential_id))["nodes"]] == [False]
    await reveal(client, row.integration_id)
    assert [node["isCurrent"] for node in (await _page(client, row.credential_id))["nodes"]] == [True]


async def test_a_user_with_a_tokens_id_is_another_consumer_and_nobody_sees_another_organizations(
    server: RunningServer,
) -> None:
    """An identity provider could name its users as it likes."""
    now = datetime.now(UTC)
    async with aclosing(create_services(server.settings)) as services, open_database(server.settings):
        mine, theirs = [await Organization.create(name=name, created_at=now) for name in ("Consuming", "Others")]
        kinds = (ActorKind.TOKEN, ActorKind.USER, ActorKind.USER, ActorKind.TOKEN)
        ids = ("token_1", "token_1", "zoe", "token_1")
        for position, (kind, id_) in enumerate(zip(kinds, ids, strict=True), start=1):
            for organization in (mine, theirs):
                await _revealed(organization, position, kind, id_)
        await _revealed(mine, 5, ActorKind.USER, None)
        await Organization.filter(id=mine.id).update(position=5)
        await Organization.filter(id=theirs.id).update(position=4)
        context = Context(services, Viewer("test", mine, "test", frozenset({Scope.READ})))
        page = await consumers(context, "credential_1", Window())
        assert [(row.position, row.actor_kind, row.actor_id) for row in page.rows] == [
            (4, ActorKind.TOKEN, "token_1"),
            (3, ActorKind.USER, "zoe"),
            (2, ActorKind.USER, "token_1"),
        ]
        lacking = Context(services, Viewer("test", mine, "test", frozenset({Scope.REVEAL_SECRETS})))
        with pytest.raises(Forbidden):
            await consumers(lacking, "credential_1", Window())


async def _revealed(organization: Organization, position: int, kind: ActorKind, actor_id: str | None) -> None:
    """Appends an event, as if one credential were of two organizations."""
    await Event.create(
        organization_id=organization.id,
        position=position,
        kind=EventKind.SECRET_REVEALED,
        subject="integration_1",
        name="Billing",
        credential_id="credential_1",
        secret_version=1,
        actor="Name",
        actor_kind=kind,
        actor_id=actor_id,
        occurred_at=organization.created_at,
    )

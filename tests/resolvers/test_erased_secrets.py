"""A kept key is hidden by the clock when its time is over, and erased: then, or earlier with its credential."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from kit.secret import Secret
from models import Credential, CredentialProblem, Event, EventKind, Organization
from resolvers.context import Context, system_viewer, utc_now
from resolvers.credentials.previous import KeptSecret, erase_due, open_previous, set_previous, valid_until
from resolvers.credentials.sealing import secret_context
from resolvers.credentials.status import disconnect
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import NoPreviousSecret
from resolvers.services import Services
from startup.database import open_database
from startup.services import create_services
from tests.support import previous
from tests.support.actions import add_integration, history
from tests.support.client import Client
from tests.support.databases import settings_in
from tests.support.documents import CREDENTIAL, DELETE_CREDENTIAL, DELETE_INTEGRATION, UPDATE_INTEGRATION
from tests.support.organizations import new_tenant
from tests.support.previous import COLUMNS, HOUR, replaced, reveal, stored_previous
from tests.support.rows import connected_credential
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import until

_NOTHING = [None] * len(COLUMNS)


async def test_a_kept_key_is_erased_once_its_time_is_over_and_the_log_says_so(
    client: Client, server: RunningServer
) -> None:
    row = await replaced(client, 1)
    seen = (await client.execute(CREDENTIAL, id=row.credential_id))["credential"]
    await until(partial(_is_erased, client, row.credential_id))
    event = (await history(client))[-1]
    assert (event["credentialId"], event["actor"]["kind"], event["secretVersion"]) == (row.credential_id, "SYSTEM", 2)
    assert await stored_previous(server, row.credential_id) == _NOTHING
    assert await previous.valid_until(client, row.credential_id) is None
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["__typename"] == "NoPreviousSecretError"
    assert (await client.execute(CREDENTIAL, id=row.credential_id))["credential"] == seen


async def _is_erased(client: Client, credential_id: str) -> bool:
    return ("CREDENTIAL_UPDATED", credential_id) in [
        (row["kind"], row.get("credentialId")) for row in await history(client)
    ]


async def test_the_clock_hides_a_key_that_is_not_erased_yet(client: Client, server: RunningServer) -> None:
    row = await replaced(client)
    async with aclosing(create_services(server.settings)) as services, open_database(server.settings):
        credential = await Credential.get(id=row.credential_id)
        end = credential.previous_secret_until
        assert end is not None
        before = Context(services, now=lambda: end - timedelta(microseconds=1))
        assert valid_until(before, credential) == end
        assert open_previous(before, credential, credential.organization_id).reveal() == row.previous
        at = Context(services, now=lambda: end)
        assert valid_until(at, credential) is None
        for context, organization_id in ((at, credential.organization_id), (before, "organization_of_another")):
            with pytest.raises(NoPreviousSecret):
                open_previous(context, credential, organization_id)


@pytest.mark.parametrize("delete", ["integration", "credential"])
async def test_a_deleted_credential_leaves_no_kept_key(client: Client, server: RunningServer, delete: str) -> None:
    row = await replaced(client)
    if delete == "credential":
        other = await add_integration(client, "Other")
        other_key = {"credentialId": other["credential"]["id"]}
        await client.result(UPDATE_INTEGRATION, input={"id": row.integration_id, "authentication": other_key})
        await client.result(DELETE_CREDENTIAL, input={"id": row.credential_id})
    else:
        await client.result(DELETE_INTEGRATION, input={"id": row.integration_id})
    async with open_database(server.settings):
        assert not await Credential.filter(id=row.credential_id).exists()


async def test_a_deauthorized_credential_keeps_nothing(client: Client, server: RunningServer) -> None:
    """Whatever its method: access to the account has ended."""
    row = await replaced(client)
    async with aclosing(create_services(server.settings)) as services, open_database(server.settings):
        credential = await Credential.get(id=row.credential_id).select_related("organization")
        context = Context(services)
        async with unit_of_work(context, system_viewer(credential.organization)) as log:
            await disconnect(context, log, credential, CredentialProblem.DEAUTHORIZED, log.now)
    assert await stored_previous(server, row.credential_id, (*COLUMNS, "sealed_secret")) == [*_NOTHING, None]


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
async def test_a_killed_server_has_kept_what_it_acknowledged_and_the_next_one_erases_what_is_due(
    tmp_path: Path,
) -> None:
    with running_server(tmp_path) as server:
        tenant = await new_tenant(server)
        due, kept = await replaced(tenant.client, 2), await replaced(tenant.client, HOUR, "Shop")
        server.kill()
    with running_server(tmp_path) as server:
        client = replace(tenant.client, address=server.address)
        await until(partial(_is_erased, client, due.credential_id))
        assert await stored_previous(server, due.credential_id) == _NOTHING
        assert (await reveal(client, kept.integration_id, "PREVIOUS"))["secretKey"] == kept.previous


async def test_two_daemons_erase_a_kept_key_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with aclosing(create_services(settings)) as services, open_database(settings):
        organization = await Organization.create(name="Acme", created_at=utc_now())
        rows = [await _stored_with_previous(services, organization, number) for number in range(20)]
        due = utc_now() + timedelta(seconds=1)
        await asyncio.gather(*(erase_due(services, due) for _ in range(2)))
        events = await Event.filter(organization_id=organization.id).order_by("position")
        assert [event.kind for event in events] == [EventKind.CREDENTIAL_UPDATED] * 20
        assert {event.subject for event in events} == {row.id for row in rows}
        assert await Credential.filter(sealed_previous_secret__not_isnull=True).count() == 0


async def _stored_with_previous(services: Services, organization: Organization, number: int) -> Credential:
    def seal(credential: Credential) -> str:
        return services.vault.seal(Secret(secret_key()), secret_context(credential))

    row = connected_credential(organization.id, f"Keys {number}", seal)
    set_previous(row, KeptSecret("v1.k1.sealed", None, row.destination, utc_now()))
    await row.save(force_create=True)
    return row

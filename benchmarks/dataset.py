"""The data of the read benchmark: 10,000 integrations in 10 organizations, each with its own credential."""

from collections.abc import Iterator
from dataclasses import dataclass

from tortoise.context import require_context

from adapters.vault import Vault
from kit.secret import Secret
from models import Credential, Integration, Organization
from resolvers.credentials.sealing import secret_context
from startup.database import open_database
from startup.services import create_services
from tests.support.organizations import Tenant, new_tenant
from tests.support.rows import connected_credential, integration_using
from tests.support.servers import RunningServer

ORGANIZATIONS, INTEGRATIONS = 10, 1000
_SECRET = Secret("sk_test_benchmark")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One of the organizations."""

    tenant: Tenant
    organization_id: str


async def fill(server: RunningServer) -> list[Dataset]:
    """Creates the organizations and their data."""
    vault = create_services(server.settings).vault
    return [await _fill_one(server, vault) for _ in range(ORGANIZATIONS)]


async def _fill_one(server: RunningServer, vault: Vault) -> Dataset:
    tenant = await new_tenant(server)
    async with open_database(server.settings):
        organization = await Organization.get(name=tenant.name)
        await _store(list(_credentials(organization.id, vault)))
        await require_context().db().execute_script("ANALYZE")
    return Dataset(tenant, organization.id)


def _credentials(organization_id: str, vault: Vault) -> Iterator[Credential]:
    """Creates credentials with valid secrets, because reads disconnect unreadable ones."""
    for number in range(INTEGRATIONS):
        name = f"Integration {number:06}"
        yield connected_credential(organization_id, name, lambda row: vault.seal(_SECRET, secret_context(row)))


async def _store(credentials: list[Credential]) -> None:
    await Credential.bulk_create(credentials)
    await Integration.bulk_create(integration_using(credential) for credential in credentials)

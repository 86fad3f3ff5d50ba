"""The cleanup daemon deletes old rows and leaves newer ones."""

from datetime import timedelta
from pathlib import Path

import pytest

from models import IdempotentRequest, StripeAuth
from settings import Settings
from startup.database import open_database
from tests.support.client import Client
from tests.support.documents import CREATE_CREDENTIAL
from tests.support.idempotency import Keyed, claims
from tests.support.oauth import begin
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import running_server
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


async def _keyed(client: Client) -> str:
    request = Keyed(CREATE_CREDENTIAL, {"name": secret_key()[-20:], "secretKey": secret_key()})
    assert (await request.result(client))["__typename"] == "CreateCredentialSuccess"
    return request.key


async def _auths(settings: Settings) -> int:
    async with open_database(settings):
        return await StripeAuth.all().count()


async def test_answers_and_authorizations_are_deleted_after_a_day(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        client = (await new_tenant(server)).client
        old, young = await _keyed(client), await _keyed(client)
        await begin(client)
        settings = server.settings
    (claim,) = await claims(settings, old)
    async with open_database(settings):
        await IdempotentRequest.filter(id=claim.id).update(created_at=claim.created_at - timedelta(days=1))
        await StripeAuth.all().update(expires_at=claim.created_at - timedelta(days=1))
    with running_server(tmp_path):  # the daemon cleans up as it starts

        async def is_clean() -> bool:
            return not await claims(settings, old) and not await _auths(settings)

        await until(is_clean)
        assert len(await claims(settings, young)) == 1

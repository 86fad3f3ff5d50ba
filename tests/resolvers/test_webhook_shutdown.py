"""A server that stops abandons the calls to receivers that hang, and leaves their endpoints to others."""

from pathlib import Path

import pytest

from models import WebhookEndpoint
from startup.database import open_database
from tests.support.actions import add_credential, add_endpoint
from tests.support.deliveries import claim_of
from tests.support.organizations import new_tenant
from tests.support.receivers import hanging, running_receiver
from tests.support.servers import running_server
from tests.support.stopping import ended

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


async def test_a_stopped_server_leaves_no_claim(tmp_path: Path) -> None:
    async with running_receiver(hanging) as receiver:
        with running_server(tmp_path) as server:
            client = (await new_tenant(server)).client
            endpoint = await add_endpoint(client, url=receiver.url())
            await add_credential(client)
            await receiver.wait_for(1)
            async with open_database(server.settings):
                row = await WebhookEndpoint.get(id=endpoint["id"])
                position = row.position
                assert await claim_of(row)
            await ended(server)
        async with open_database(server.settings):
            assert await claim_of(row) is None
            await row.refresh_from_db()
    assert (row.position, row.attempts, len(receiver.received)) == (position, 0, 1)

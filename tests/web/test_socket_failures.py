"""A failure of the server while it authenticates a WebSocket is logged, and closes the socket with its own code."""

from pathlib import Path

import pytest
import websockets

from tests.support.databases import ask, opened
from tests.support.documents import INTEGRATIONS
from tests.support.organizations import new_tenant
from tests.support.servers import running_server

pytestmark = pytest.mark.usefixtures("engine")


async def test_it_is_not_taken_for_a_broken_network(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        client = (await new_tenant(server)).client
        async with client.socket() as socket:
            async with opened(server.settings):
                await ask("ALTER TABLE api_tokens RENAME TO renamed")
            await socket.subscribe(INTEGRATIONS)
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL_ERROR")
            with pytest.raises(websockets.ConnectionClosed) as closed:
                async with client.socket():
                    pass
        assert closed.value.rcvd
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4500, "Something went wrong on the server.")
        logged = server.log.read_text()
    assert "an operation" in logged
    assert "ASGI" not in logged

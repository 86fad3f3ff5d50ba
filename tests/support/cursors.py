"""Cursors that a server refuses."""

from tests.support.client import Client
from tests.support.documents import FOLLOW


async def refusal(client: Client, cursor: str) -> str:
    """Returns the error code of a subscription from this cursor."""
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor)
        message = await socket.receive()
        return str(message["payload"][0]["extensions"]["code"])

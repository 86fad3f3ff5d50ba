"""Cursors that a server does not take."""

from tests.support.client import Client
from tests.support.documents import FOLLOW


async def refusal(client: Client, cursor: str) -> str:
    """The code with which a subscription from a cursor is refused."""
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor)
        message = await socket.receive()
        return str(message["payload"][0]["extensions"]["code"])

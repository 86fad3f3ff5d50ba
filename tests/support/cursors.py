"""Cursors that a server refuses."""

import base64
import json

from tests.support.client import Client
from tests.support.documents import FOLLOW


async def refusal(client: Client, cursor: str) -> str:
    """Returns the error code of a subscription from this cursor."""
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor)
        message = await socket.receive()
        return str(message["payload"][0]["extensions"]["code"])


def at_time(microseconds: object, id_: str) -> str:
    """Returns a cursor of the order by the last update."""
    text = json.dumps(["UPDATED_AT", microseconds, id_])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

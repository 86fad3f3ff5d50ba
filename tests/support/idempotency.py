"""Requests with an Idempotency-Key, and their stored rows."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from models import IdempotentRequest
from settings import Settings
from startup.database import open_database
from tests.support.client import Client

REPLAYED = "Idempotency-Replayed"
_keys = itertools.count(1)


def new_key() -> str:
    """Returns a unique key."""
    return f"key-{next(_keys)}"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A mutation with a key, which can be sent repeatedly."""

    document: str
    input: dict[str, Any]
    key: str = field(default_factory=new_key)

    async def send(self, client: Client, **more: Any) -> httpx.Response:
        """Sends it; `more` overrides parts of the body."""
        body = {"query": self.document, "variables": {"input": self.input}, **more}
        return await client.send(json=body, headers={"Idempotency-Key": self.key.encode("latin-1")})

    async def result(self, client: Client) -> dict[str, Any]:
        """Sends it, and returns its only field; fails on errors."""
        return result(await self.send(client))


def result(response: httpx.Response) -> dict[str, Any]:
    """Returns the only field of a response; fails on errors."""
    answer = response.json()
    assert "errors" not in answer, answer
    (found,) = answer["data"].values()
    return dict(found)


def code(response: httpx.Response) -> str:
    """Returns the code of a response's only error."""
    (error,) = response.json()["errors"]
    return str(error["extensions"]["code"])


async def claims(settings: Settings, key: str) -> list[IdempotentRequest]:
    """Returns the rows stored for a key, of any viewer."""
    async with open_database(settings):
        return await IdempotentRequest.filter(key=key)

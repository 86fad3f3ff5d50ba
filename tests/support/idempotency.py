"""Requests with an Idempotency-Key, and what is stored of them."""

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
    """A key that no other test uses."""
    return f"key-{next(_keys)}"


@dataclass(frozen=True, slots=True)
class Keyed:
    """A mutation with a key, to be sent once or again."""

    document: str
    input: dict[str, Any]
    key: str = field(default_factory=new_key)

    async def send(self, client: Client, **more: Any) -> httpx.Response:
        """Sends it; `more` takes the place of parts of the body."""
        body = {"query": self.document, "variables": {"input": self.input}, **more}
        return await client.send(json=body, headers={"Idempotency-Key": self.key.encode("latin-1")})

    async def result(self, client: Client) -> dict[str, Any]:
        """Sends it; its only field, which has no errors."""
        return result(await self.send(client))


def result(response: httpx.Response) -> dict[str, Any]:
    """The only field of an answer without errors."""
    answer = response.json()
    assert "errors" not in answer, answer
    (found,) = answer["data"].values()
    return dict(found)


def code(response: httpx.Response) -> str:
    """The code of an answer's only error."""
    (error,) = response.json()["errors"]
    return str(error["extensions"]["code"])


async def claims(settings: Settings, key: str) -> list[IdempotentRequest]:
    """The rows that are stored for a key, of whomever."""
    async with open_database(settings):
        return await IdempotentRequest.filter(key=key)

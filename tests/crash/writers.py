"""Writers that do not give up: each change is sent again, by the same key, until it is acknowledged."""

import asyncio
import itertools
import random
import uuid
from typing import Any

import httpx

from tests.crash.facts import Fact, credential_fact, integration_fact
from tests.support.client import Client
from tests.support.documents import (
    CREATE_CREDENTIAL,
    CREATE_INTEGRATION,
    DELETE_INTEGRATION,
    SET_ACTIVE,
    UPDATE_INTEGRATION,
)
from tests.support.secrecy import leaks, secret_key
from tests.support.waiting import PATIENCE

Change = tuple[str, dict[str, Any]]

_RETRY_SECONDS = 0.05
# So that not all of them wait for what a killed server had claimed, and others write meanwhile.
_LONGEST_REST = 0.15
_TRY_AGAIN = ("SERVICE_UNAVAILABLE", "IDEMPOTENCY_KEY_IN_USE")


class Writer:
    """Changes rows of its own, one after the other, and keeps what was acknowledged."""

    def __init__(self, client: Client, number: int, seed: int) -> None:
        """What is written follows from the seed, how far it comes does not."""
        self._client = client
        self._random = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
        self._names = (f"Writer {number}, {count}" for count in itertools.count(1))
        self._key = secret_key()
        self._integrations: dict[str, dict[str, Any]] = {}
        self.acknowledged: list[Fact] = []
        self.refused: list[str] = []
        self.interrupted = 0
        self.replayed = 0

    async def write(self, enough: asyncio.Event) -> None:
        """Writes until that is enough, or until a change is refused, which none is unless it was made before."""
        async with httpx.AsyncClient(
            base_url=self._client.address, headers=self._client.headers(), timeout=PATIENCE
        ) as http:
            while not enough.is_set() and not self.refused:
                document, given = self._next()
                self._note(given, await self._send(http, document, given))
                await asyncio.sleep(self._random.uniform(0, _LONGEST_REST))

    def _next(self) -> Change:
        """A change that can be made once: by a new name, or to the version that there is."""
        if not self._integrations or (chance := self._random.random()) < 0.35:
            return CREATE_INTEGRATION, {"name": next(self._names), "authentication": {"secretKey": self._key}}
        if chance < 0.45:
            return CREATE_CREDENTIAL, {"name": next(self._names), "secretKey": self._key}
        row = self._random.choice(list(self._integrations.values()))
        given = {"id": row["id"], "expectedVersion": row["version"]}
        if chance < 0.65:
            return UPDATE_INTEGRATION, given | {"name": next(self._names)}
        if chance < 0.85:
            return SET_ACTIVE, given | {"active": not row["active"]}
        return DELETE_INTEGRATION, given

    async def _send(self, http: httpx.AsyncClient, document: str, given: dict[str, Any]) -> dict[str, Any]:
        """The answer, however often it takes."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        body = {"query": document, "variables": {"input": given}}
        while True:
            try:
                response = await http.post("/graphql", json=body, headers=headers)
            except httpx.ConnectError:
                pass
            except httpx.TransportError:
                self.interrupted += 1
            else:
                if (answer := _answer(response)) is not None:
                    self.replayed += "Idempotency-Replayed" in response.headers
                    return answer
            await asyncio.sleep(_RETRY_SECONDS)

    def _note(self, given: dict[str, Any], answer: dict[str, Any]) -> None:
        match answer["__typename"]:
            case "CreateIntegrationSuccess":
                row = self._keep(answer)
                self.acknowledged += [credential_fact("CREATED", row["credential"]), integration_fact("CREATED", row)]
            case "CreateCredentialSuccess":
                self.acknowledged.append(credential_fact("CREATED", answer["credential"]))
            case "UpdateIntegrationSuccess":
                self.acknowledged.append(integration_fact("UPDATED", self._keep(answer)))
            case "SetIntegrationActiveSuccess":
                self.acknowledged.append(integration_fact("STATUS_CHANGED", self._keep(answer)))
            case "DeleteIntegrationSuccess":
                row = self._integrations.pop(given["id"])
                self.acknowledged += [integration_fact("DELETED", row), credential_fact("DELETED", row["credential"])]
            case refusal:
                self.refused.append(f"{refusal}: {answer['message']}")

    def _keep(self, answer: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = answer["integration"]
        self._integrations[row["id"]] = row
        return row


def _answer(response: httpx.Response) -> dict[str, Any] | None:
    """What a change was answered; None if it is to be sent again."""
    told = response.json()
    assert leaks(response.text) == []
    if "errors" in told:
        (error,) = told["errors"]
        assert error["extensions"]["code"] in _TRY_AGAIN, (response.status_code, told)
        return None
    assert response.status_code == 200, told
    (answer,) = told["data"].values()
    return None if answer["__typename"] == "StripeUnavailableError" else dict(answer)

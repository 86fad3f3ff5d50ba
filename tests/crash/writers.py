"""Writers that repeat each change with the same Idempotency-Key until it is acknowledged."""

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
from tests.support.plain import plain_client
from tests.support.secrecy import leaks, secret_key

Change = tuple[str, dict[str, Any]]

_RETRY_SECONDS = 0.05
# With pauses, only some writers wait for the claims of a killed server while the others write.
_LONGEST_REST = 0.15
_TRY_AGAIN = ("SERVICE_UNAVAILABLE", "IDEMPOTENCY_KEY_IN_USE")


class Writer:
    """Changes its own rows, and records the acknowledged changes. The seed determines the changes, not their number."""

    def __init__(self, client: Client, number: int, seed: int) -> None:
        self._client = client
        self._random = random.Random(f"{seed} {number}")  # noqa: S311 - not a secret
        self._names = (f"Writer {number}, {count}" for count in itertools.count(1))
        self._key = secret_key()
        self._integrations: dict[str, dict[str, Any]] = {}
        self.acknowledged: list[Fact] = []
        self.refused: list[str] = []
        self.interrupted = 0
        self.replayed = 0

    async def write(self, enough: asyncio.Event) -> None:
        """Writes until `enough` is set or a change is refused; a refusal means that it had already been made."""
        async with plain_client(base_url=self._client.address, headers=self._client.headers()) as http:
            while not enough.is_set() and not self.refused:
                document, given = self._next()
                self._note(given, await self._send(http, document, given))
                await asyncio.sleep(self._random.uniform(0, _LONGEST_REST))

    def _next(self) -> Change:
        """Chooses a change that can be made only once, because of its new name or its expected version."""
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
        """Sends a change until it gets a response, and returns it."""
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
    """The result of a change; None if it must be sent again."""
    told = response.json()
    assert leaks(response.text) == []
    if "errors" in told:
        (error,) = told["errors"]
        assert error["extensions"]["code"] in _TRY_AGAIN, (response.status_code, told)
        return None
    assert response.status_code == 200, told
    (answer,) = told["data"].values()
    return None if answer["__typename"] == "StripeUnavailableError" else dict(answer)

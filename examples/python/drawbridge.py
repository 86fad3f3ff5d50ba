"""Drawbridge's API, as far as an integration partner's service needs it."""

import asyncio
import itertools
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

FOLLOW = """subscription ($after: String!) {
  events(after: $after, filter: {kinds: [
    INTEGRATION_UPDATED, INTEGRATION_STATUS_CHANGED, INTEGRATION_DELETED, CREDENTIAL_UPDATED
  ]}) {
    cursor kind
    ... on IntegrationEvent { integrationId }
    ... on CredentialEvent { credential { integrations { id } } }
  }
}"""
_FIND = """query ($name: String!) {
  integrations(filter: {nameContains: $name}, first: 100) { nodes { id name } }
}"""
_REVEAL = """mutation ($input: RevealSecretInput!) {
  revealSecret(input: $input) {
    __typename
    ... on RevealSecretSuccess { secretKey stripeAccountId livemode }
    ... on Error { message }
  }
}"""
_PASSING = {"SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "IDEMPOTENCY_KEY_IN_USE"}


class LostError(Exception):
    """There was no answer, or none for now: ask again."""


class RefusedError(Exception):
    """Asking again does not help. `code` is Drawbridge's, or that with which it closed the WebSocket."""

    def __init__(self, code: str, message: str) -> None:
        """Takes what was answered."""
        super().__init__(f"{message} ({code})")
        self.code = code


class NotHandedOutError(Exception):
    """The integration has no secret to hand out as it is: it is inactive, needs attention, or was deleted."""


@dataclass(frozen=True)
class Revealed:
    """A key to call Stripe with. It stays out of logs: `repr` leaves it out."""

    secret_key: str = field(repr=False)
    account_id: str | None
    livemode: bool


class Drawbridge:
    """Asks until there is an answer."""

    def __init__(self, url: str, token: str) -> None:
        """Takes the address of the endpoint, and the service's token."""
        self._url, self._token = url, token
        self._http = httpx.AsyncClient(timeout=30)

    async def find(self, name: str) -> str:
        """The id of the integration with this name; raises RefusedError."""
        found = (await self._ask(_FIND, name=name))["integrations"]["nodes"]
        for integration in found:
            if integration["name"] == name:
                return str(integration["id"])
        raise RefusedError("NOT_FOUND", f"There is no integration named “{name}”.")

    async def newest_cursor(self) -> str:
        """The log's end as it is now."""
        return str((await self._ask("{ eventCursor }"))["eventCursor"])

    async def reveal(self, integration_id: str, reason: str) -> Revealed:
        """The integration's secret; raises NotHandedOutError or RefusedError."""
        result = (await self._ask(_REVEAL, input={"integrationId": integration_id, "reason": reason}))["revealSecret"]
        if result["__typename"] != "RevealSecretSuccess":
            raise NotHandedOutError(result["message"])
        return Revealed(result["secretKey"], result["stripeAccountId"], result["livemode"])

    async def _ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation; a mutation is sent again with the same Idempotency-Key until it is answered."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(uuid.uuid4())}
        for attempt in itertools.count():
            try:
                body = {"query": document, "variables": variables}
                response = await self._http.post(self._url, json=body, headers=headers)
                return data_of(answer_of(response))
            except (httpx.TransportError, LostError) as error:
                print("Asking again:", error, flush=True)
                await pause(attempt)
        raise AssertionError


def answer_of(response: httpx.Response) -> Mapping[str, Any]:
    """The answer in a response; raises LostError where a proxy answers in its own way, or says to wait."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise LostError("There were too many requests.")
    try:
        return dict(response.json())
    except ValueError:
        raise LostError(f"The answer was {response.status_code}, and no JSON.") from None


def data_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an answer without errors; raises LostError or RefusedError."""
    if answer.get("errors"):
        raise failure(answer["errors"])
    return dict(answer["data"])


def failure(errors: Sequence[Mapping[str, Any]]) -> LostError | RefusedError:
    """What an operation's errors mean."""
    code, message = errors[0].get("extensions", {}).get("code", "UNKNOWN"), errors[0]["message"]
    return LostError(message) if code in _PASSING else RefusedError(code, message)


async def pause(attempt: int) -> None:
    """Waits before the next attempt: longer each time, half a minute at most, and not all services at once."""
    await asyncio.sleep(min(30, 0.25 * 2 ** min(attempt, 10)) * random.uniform(0.5, 1))  # noqa: S311 - no secret

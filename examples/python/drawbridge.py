"""A client for the parts of Drawbridge's API that an integration partner's service needs."""

import asyncio
import itertools
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

FOLLOW = """subscription ($after: String!, $integration: ID!) {
  events(after: $after, filter: {integration: $integration, kinds: [
    INTEGRATION_UPDATED, INTEGRATION_STATUS_CHANGED, INTEGRATION_DELETED, CREDENTIAL_SECRET_REPLACED
  ]}) {
    cursor kind
  }
}"""
_EVENTS = """query ($after: String!, $integration: ID!) {
  events(first: 100, after: $after, filter: {integration: $integration, kinds: [
    INTEGRATION_UPDATED, INTEGRATION_STATUS_CHANGED, INTEGRATION_DELETED, CREDENTIAL_SECRET_REPLACED
  ]}) {
    nodes { cursor kind }
  }
}"""
_FIND = """query ($name: String!) {
  integrations(filter: {name: $name}) { nodes { id } }
}"""
_REVEAL = """mutation ($input: RevealSecretInput!) {
  revealSecret(input: $input) {
    __typename
    ... on RevealSecretSuccess { secretKey stripeAccountId livemode expiresAt }
    ... on Error { message }
  }
}"""
_REPORT = """mutation ($input: ReportCredentialFailureInput!) {
  reportCredentialFailure(input: $input) {
    ... on Success { message }
    ... on Error { message }
  }
}"""
_TEMPORARY = {"SERVICE_UNAVAILABLE", "INTERNAL_ERROR", "IDEMPOTENCY_KEY_IN_USE", "RATE_LIMITED"}


class TemporaryError(Exception):
    """A temporary failure: retry."""


class RefusedError(Exception):
    """A permanent failure: do not retry. `code` is Drawbridge's error code, or the WebSocket's close code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class SecretUnavailableError(Exception):
    """The integration's secret is not available: it is inactive, needs attention, or was deleted."""


@dataclass(frozen=True)
class Revealed:
    """A revealed key for calling Stripe. `repr` omits it, to keep it out of logs.

    An access token of a Stripe App is used until `expires_at`. Keys have no such time.
    """

    secret_key: str = field(repr=False)
    account_id: str | None
    livemode: bool
    expires_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class Drawbridge:
    """Sends operations, and retries them until Drawbridge responds. `url` is the GraphQL endpoint."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._http = httpx.AsyncClient(timeout=30)

    async def find(self, name: str) -> str:
        """Returns the id of the integration with this name; raises RefusedError."""
        found = (await self._execute(_FIND, name=name))["integrations"]["nodes"]
        if not found:
            raise RefusedError("NOT_FOUND", f"There is no integration named “{name}”.")
        return str(found[0]["id"])

    async def newest_cursor(self) -> str:
        """Returns the cursor of the newest event."""
        return str((await self._execute("{ eventCursor }"))["eventCursor"])

    async def events(self, integration_id: str, after: str) -> list[dict[str, Any]]:
        """Returns the next events of the integration after a cursor, at most 100; raises RefusedError."""
        found = await self._execute(_EVENTS, integration=integration_id, after=after)
        return list(found["events"]["nodes"])

    async def reveal(self, integration_id: str, reason: str) -> Revealed:
        """Reveals the integration's secret; raises SecretUnavailableError or RefusedError."""
        given = {"integrationId": integration_id, "reason": reason}
        for attempt in itertools.count():
            result = (await self._execute(_REVEAL, input=given))["revealSecret"]
            if result["__typename"] == "RevealSecretSuccess":
                end = result["expiresAt"] and datetime.fromisoformat(result["expiresAt"])
                return Revealed(result["secretKey"], result["stripeAccountId"], result["livemode"], end)
            if result["__typename"] != "StripeUnavailableError":
                raise SecretUnavailableError(result["message"])
            print("Retrying:", result["message"], flush=True)
            await pause(attempt)
        raise AssertionError

    async def report_failure(self, integration_id: str) -> str:
        """Reports that Stripe answered 401 to the integration's secret; returns Drawbridge's message."""
        result = await self._execute(_REPORT, input={"integrationId": integration_id})
        return str(result["reportCredentialFailure"]["message"])

    async def _execute(self, document: str, **variables: Any) -> dict[str, Any]:
        """Returns the operation's data. Retries use the same Idempotency-Key, so a mutation is applied once."""
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(uuid.uuid4())}
        for attempt in itertools.count():
            try:
                body = {"query": document, "variables": variables}
                response = await self._http.post(self._url, json=body, headers=headers)
                return data_of(parse(response))
            except (httpx.TransportError, TemporaryError) as error:
                print("Retrying:", error, flush=True)
                await pause(attempt)
        raise AssertionError


def parse(response: httpx.Response) -> Mapping[str, Any]:
    """Parses the response; raises TemporaryError for rate limits and for a proxy's own error pages."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise TemporaryError("The rate limit is exceeded.")
    try:
        return dict(response.json())
    except ValueError:
        raise TemporaryError(f"The response has status {response.status_code} and is not JSON.") from None


def data_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the response's data; raises TemporaryError or RefusedError if it contains errors."""
    if answer.get("errors"):
        raise exception_of(answer["errors"])
    return dict(answer["data"])


def exception_of(errors: Sequence[Mapping[str, Any]]) -> TemporaryError | RefusedError:
    """Converts an operation's errors to an exception."""
    code, message = errors[0].get("extensions", {}).get("code", "UNKNOWN"), errors[0]["message"]
    return TemporaryError(message) if code in _TEMPORARY else RefusedError(code, message)


async def pause(attempt: int) -> None:
    """Waits before a retry: exponential backoff with jitter, half a minute at most."""
    await asyncio.sleep(min(30, 0.25 * 2 ** min(attempt, 10)) * random.uniform(0.5, 1))  # noqa: S311 - not used for security

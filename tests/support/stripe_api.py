"""Calls the sandbox as Stripe's API. Every answer is compared with Stripe's OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.plain import plain_client
from tests.support.secrecy import leaks
from tests.support.stripe_schema import assert_answers


@dataclass(frozen=True, slots=True)
class StripeAPI:
    """The API at a base URL, called with a key."""

    base: str
    key: str

    async def call(
        self, method: str, path: str, given: Mapping[str, str] = {}, headers: Mapping[str, str] = {}
    ) -> httpx.Response:
        """Makes a call with these parameters; returns the response."""
        fields = {"params" if method == "GET" else "data": given} if given else {}
        async with plain_client(base_url=self.base) as http:
            authorization = {"Authorization": f"Bearer {self.key}"}
            response = await http.request(method, path, headers=authorization | dict(headers), **fields)  # type: ignore[arg-type]  # fields of its own
        assert not leaks(response.text), "no answer holds a whole key"
        assert_answers(method, path, response.status_code, response.json())
        return response

    async def create(self, path: str, given: Mapping[str, str], **headers: str) -> dict[str, Any]:
        """Creates an object."""
        response = await self.call("POST", f"/v1/{path}", given, headers)
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def get(self, path: str, **given: str) -> dict[str, Any]:
        """Returns an object or a list."""
        response = await self.call("GET", f"/v1/{path}", given)
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def refused(self, path: str, given: Mapping[str, str], method: str = "POST") -> tuple[int, dict[str, Any]]:
        """Returns the status and the error of a call that is refused."""
        response = await self.call(method, f"/v1/{path}", given)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["error"]

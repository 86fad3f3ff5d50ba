"""The HTTP client of Stripe's SDK: httpx with our certificate authorities and proxies.

The SDK's own client for httpx trusts only the authorities that come with it, and uses a proxy even for this machine.
"""

import asyncio
from collections.abc import Mapping

import httpx
import stripe

from adapters.http.client import new_client, tls_context


class HTTPXTransport(stripe.HTTPClient):
    """Sends requests for the SDK, which retries and translates responses. `timeout` is in seconds."""

    name = "httpx"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self._client = new_client(timeout, tls_context())

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Returns body, status and headers; raises the SDK's error if there is no response."""
        try:
            response = await self._client.request(method, url, headers=headers, content=post_data)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                type(error).__name__, should_retry=True
            ) from error
        return response.content, response.status_code, response.headers

    async def sleep_async(self, secs: float) -> None:
        """Waits between retries."""
        await asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

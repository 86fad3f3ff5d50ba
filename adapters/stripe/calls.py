"""Times calls to Stripe. Each retry counts as a call."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.stripe.transport import HTTPXTransport

# An id in a path, such as /v1/accounts/acct_1…. Removed to bound the number of distinct names.
_ID = re.compile(r"/[a-z]+_\w+")


@dataclass(frozen=True, slots=True)
class StripeCall:
    """A finished call. `name` is its method and path without ids, `outcome` "ok", "refused" or "unavailable"."""

    name: str
    outcome: str
    seconds: float


Called = Callable[[StripeCall], None]


def unnoticed(_: StripeCall) -> None:
    """The default observer: does nothing."""


class TimedClient(HTTPXTransport):
    """The SDK's HTTP client; reports each call to `called` when it ends. `timeout` is in seconds."""

    def __init__(self, called: Called, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._called = called

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        began, outcome = time.monotonic(), "unavailable"
        try:
            answer = await super().request_async(method, url, headers, post_data)
            outcome = _outcome(answer[1])
            return answer
        finally:
            name = f"{method.upper()} {_ID.sub('/{id}', urlsplit(url).path)}"
            self._called(StripeCall(name, outcome, time.monotonic() - began))


def _outcome(status: int) -> str:
    """Classifies a status: success, refusal, or a temporary failure."""
    if status < 400:
        return "ok"
    return "unavailable" if status >= 500 or status == 429 else "refused"

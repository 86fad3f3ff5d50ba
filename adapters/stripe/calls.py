"""Times the calls to Stripe, each retry by itself."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import stripe

# A part of a path that is an id, as in /v1/accounts/acct_1….
_ID = re.compile(r"/[a-z]+_\w+")


@dataclass(frozen=True, slots=True)
class StripeCall:
    """A call that has ended: method and path without ids, "ok", "refused" or "away", and how long it took."""

    name: str
    outcome: str
    seconds: float


Called = Callable[[StripeCall], None]


def unnoticed(_: StripeCall) -> None:
    """Tells nobody."""


class TimedClient(stripe.HTTPXClient):
    """The SDK's HTTP client, which tells of each call as it ends."""

    def __init__(self, called: Called, timeout: float) -> None:
        """Takes who is told, and after how many seconds a call is given up."""
        super().__init__(timeout=timeout)
        self._called = called

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: object = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Calls, and raises what the SDK's client raises."""
        began, outcome = time.monotonic(), "away"
        try:
            answer = await super().request_async(method, url, headers, post_data)
            outcome = _outcome(answer[1])
            return answer
        finally:
            name = f"{method.upper()} {_ID.sub('/{id}', urlsplit(url).path)}"
            self._called(StripeCall(name, outcome, time.monotonic() - began))


def _outcome(status: int) -> str:
    """Whether Stripe has done what was asked, has refused it, or could not look at it."""
    if status < 400:
        return "ok"
    return "away" if status >= 500 or status == 429 else "refused"

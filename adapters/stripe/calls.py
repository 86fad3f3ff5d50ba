"""Times calls to Stripe, and reports those that fail. Each retry counts as a call, but fails only with the last."""

import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.stripe.causes import Cause
from adapters.stripe.transport import HTTPXTransport

# An id in a path, such as /v1/accounts/acct_1…. Removed to bound the number of distinct names. Lists, such as
# /v1/payment_methods, have neither digits nor capitals.
_ID = re.compile(r"/[a-z]+_(?=\w*[A-Z0-9])\w+")


@dataclass(frozen=True, slots=True)
class StripeCall:
    """A finished call. `name` is its method and path without ids, `outcome` "ok", "refused" or "unavailable"."""

    name: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StripeFailure:
    """A call that failed with its retries. `call` is its method and path."""

    call: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Observer:
    """Callbacks for calls to Stripe: each that `called` it, and each that `failed`."""

    called: Callable[[StripeCall], None] = lambda _: None
    failed: Callable[[StripeFailure], None] = lambda _: None


# The status of the last response in this task. The SDK's exceptions lack it where it cannot parse the response.
LAST_STATUS: ContextVar[int | None] = ContextVar("LAST_STATUS", default=None)


class TimedClient(HTTPXTransport):
    """The SDK's HTTP client; reports each call to the observer when it ends. `timeout` is in seconds."""

    def __init__(self, observer: Observer, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._observer = observer

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        began, outcome = time.monotonic(), "unavailable"
        try:
            answer = await super().request_async(method, url, headers, post_data)
            LAST_STATUS.set(answer[1])
            outcome = _outcome(answer[1])
            return answer
        finally:
            name = f"{method.upper()} {_ID.sub('/{id}', urlsplit(url).path)}"
            self._observer.called(StripeCall(name, outcome, time.monotonic() - began))


def _outcome(status: int) -> str:
    """Classifies a status: success, refusal, or a temporary failure."""
    if status < 400:
        return "ok"
    return "unavailable" if status >= 500 or status == 429 else "refused"

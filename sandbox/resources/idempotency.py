"""Idempotent requests (https://docs.stripe.com/api/idempotent_requests): the first answer is given again."""

from collections import OrderedDict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse

from sandbox.errors import refusal
from sandbox.resources.ledger import Ledger, Origin

_LONGEST = 255
KEPT = 1_000


@dataclass(slots=True)
class _First:
    """The first request with a key, and its answer."""

    path: str
    given: dict[str, Any]
    request_id: str
    body: dict[str, Any]


@dataclass(slots=True)
class Answers:
    """The answers by account, mode and key. The oldest give way. Refused requests leave none and can be corrected."""

    _answers: OrderedDict[tuple[str, bool, str], _First] = field(default_factory=OrderedDict)

    def once(
        self, ledger: Ledger, origin: Origin, path: str, given: dict[str, Any], create: Callable[[], dict[str, Any]]
    ) -> JSONResponse:
        """Creates an object, unless a request with this key has done so; raises RefusedError."""
        key = origin.idempotency_key
        if not key:
            return JSONResponse(create())
        if len(key) > _LONGEST:
            raise refusal(400, f"Idempotency keys have at most {_LONGEST} characters.", type="idempotency_error")
        place = ledger.account_id, ledger.livemode, key
        first, is_new = self._answers.get(place), place not in self._answers
        if first is None:
            first = self._answers[place] = _First(path, given, origin.request_id, deepcopy(create()))
            self._forget()
        if (first.path, first.given) != (path, given):
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{key}' if you meant to execute a different request."
            )
            raise refusal(400, message, type="idempotency_error")
        replayed = {} if is_new else {"Idempotent-Replayed": "true"}
        return JSONResponse(first.body, headers={"Original-Request": first.request_id, **replayed})

    def _forget(self) -> None:
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)

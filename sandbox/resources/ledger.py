"""The objects of one account in one mode, in memory. The oldest give way, so that a long run stays small."""

import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from sandbox.accounts import default_currency
from sandbox.errors import missing_object
from sandbox.headers import API_VERSION

KEPT = 1_000
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that creates objects, as their events name it."""

    request_id: str
    idempotency_key: str | None


@dataclass(slots=True)
class Ledger:
    """The objects by resource, oldest first, and the balance by currency."""

    account_id: str
    livemode: bool
    balance: Counter[str] = field(default_factory=Counter)
    _objects: dict[str, OrderedDict[str, Object]] = field(default_factory=dict)

    def add(self, path: str, new: Object) -> None:
        """Stores an object of a resource."""
        objects = self._of(path)
        objects[new["id"]] = new
        while len(objects) > KEPT:
            objects.popitem(last=False)

    def find(self, path: str, noun: str, id: str, param: str = "id") -> Object:
        """Returns an object; raises RefusedError if there is none."""
        found = self._of(path).get(id)
        if found is None:
            raise missing_object(noun, id, param=param)
        return found

    def newest(self, path: str) -> Iterator[Object]:
        """Yields a resource's objects, newest first."""
        return reversed(self._of(path).values())

    def _of(self, path: str) -> OrderedDict[str, Object]:
        return self._objects.setdefault(path, OrderedDict())

    def record(self, type: str, subject: Object, origin: Origin) -> None:
        """Stores an event with the object as it is now (https://docs.stripe.com/api/events/object)."""
        event = {
            "id": new_id("evt_1"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": {"object": deepcopy(subject)},
            "livemode": self.livemode,
            "pending_webhooks": 0,
            "request": {"id": origin.request_id, "idempotency_key": origin.idempotency_key},
            "type": type,
        }
        self.add("events", event)


@dataclass(slots=True)
class Ledgers:
    """The ledger of each account in each mode. Only accounts that the sandbox knows have any."""

    _ledgers: dict[tuple[str, bool], Ledger] = field(default_factory=dict)

    def of(self, account_id: str, *, livemode: bool) -> Ledger:
        """Returns an account's ledger."""
        return self._ledgers.setdefault((account_id, livemode), Ledger(account_id, livemode))


def new_id(prefix: str) -> str:
    """Returns an id of an object."""
    return f"{prefix}{secrets.token_hex(9)}"


def balance_of(ledger: Ledger) -> Mapping[str, Any]:
    """Returns the balance (https://docs.stripe.com/api/balance/balance_object). All of it is available at once."""
    amounts = ledger.balance or {default_currency(ledger.account_id): 0}
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sorted(amounts.items())
    ]
    pending = [{"amount": 0, "currency": each["currency"], "source_types": {"card": 0}} for each in available]
    return {"object": "balance", "available": available, "livemode": ledger.livemode, "pending": pending}

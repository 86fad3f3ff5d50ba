"""Magic keys: what the sandbox answers follows from how a key begins, as Stripe's test cards do by their numbers.

Stripe's own test values: https://docs.stripe.com/testing
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_KEY = re.compile(r"(sk|rk|rkcs)_(live|test)_([a-z]*)\w*", re.ASCII)


class Behaviour(StrEnum):
    """What becomes of a call with a key. The value is what the key has after its prefix, for the magic ones."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RESTRICTED = "restricted"
    REVOKED = "revoked"
    IP_BLOCKED = "ipblocked"
    RATE_LIMITED = "ratelimited"
    UNAVAILABLE = "unavailable"
    SLOW = "slow"
    OTHER_ACCOUNT = "otheraccount"


MAGIC_KEYS = {
    "sk_test_rejected…": "401: Stripe does not know the key",
    "sk_test_expired…": "401 with the code api_key_expired: the key was rolled",
    "rk_test_restricted…": "403: a good key that may not read its own account",
    "sk_test_revoked…": "403 with the code account_invalid: access to the account was revoked",
    "sk_test_ipblocked…": "403: the key's allow-list has not this server's IP address",
    "sk_test_ratelimited…": "429 with Retry-After",
    "sk_test_unavailable…": "500",
    "sk_test_slow…": "an answer, but after the time-out",
    "sk_test_otheraccount…": "a good key of another account than all other keys'",
}


@dataclass(slots=True)
class Keys:
    """What the sandbox knows of keys: the magic ones by their beginning, and those that were told to change."""

    _changed: dict[str, Behaviour] = field(default_factory=dict)

    def change(self, key: str, behaviour: Behaviour) -> None:
        """From now on the key behaves so, as after something was done to it in Stripe's dashboard."""
        self._changed[key] = behaviour

    def behaviour(self, key: str) -> Behaviour:
        """What becomes of a call with this key."""
        if key in self._changed:
            return self._changed[key]
        if not (form := _KEY.fullmatch(key)):
            return Behaviour.REJECTED
        return next((behaviour for behaviour in Behaviour if form[3].startswith(behaviour)), Behaviour.ACCEPTED)

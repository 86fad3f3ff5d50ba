"""Parses Stripe's secret keys (https://docs.stripe.com/keys)."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from kit.secret import Secret

# Stripe does not fix the length of keys and has changed it before. The bound only rejects pasted documents.
_SECRET_KEY = re.compile(r"((?:sk|rk|rkcs)_(live|test)_)[A-Za-z0-9_]{1,500}", re.ASCII)


class KeyFault(Enum):
    """The reason why a key is not accepted."""

    MALFORMED = auto()
    PUBLISHABLE_KEY = auto()
    ORGANIZATION_KEY = auto()
    REJECTED = auto()
    EXPIRED = auto()
    ACCESS_REVOKED = auto()
    IP_NOT_ALLOWED = auto()


class KeyRefusedError(Exception):
    """The key is malformed, or Stripe refuses it. Holds the fault, and no part of the key."""

    def __init__(self, fault: KeyFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class StripeKey:
    """A well-formed secret or restricted key. `masked` looks like `sk_test_…4242`."""

    secret: Secret
    livemode: bool
    restricted: bool
    masked: str


def parse_key(secret: Secret) -> StripeKey:
    """Strips whitespace and parses the prefix; raises KeyRefusedError if the key is malformed."""
    secret = secret.stripped()
    text = secret.reveal()
    if text.startswith("pk_"):
        raise KeyRefusedError(KeyFault.PUBLISHABLE_KEY)
    if text.startswith("sk_org"):
        raise KeyRefusedError(KeyFault.ORGANIZATION_KEY)
    if not (form := _SECRET_KEY.fullmatch(text)):
        raise KeyRefusedError(KeyFault.MALFORMED)
    prefix, mode = form.groups()
    masked = f"{prefix}…{text[len(prefix) :][-4:]}"
    return StripeKey(secret, livemode=mode == "live", restricted=prefix.startswith("rk"), masked=masked)

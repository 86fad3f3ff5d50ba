"""The forms of Stripe's secret keys (https://docs.stripe.com/keys)."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from kit.secret import Secret

# Lengths are not fixed: Stripe has changed them before. The bound only keeps a pasted novel from Stripe.
_SECRET_KEY = re.compile(r"((?:sk|rk|rkcs)_(live|test)_)[A-Za-z0-9_]{1,500}", re.ASCII)


class KeyFault(Enum):
    """Why a key is of no use."""

    MALFORMED = auto()
    PUBLISHABLE_KEY = auto()
    ORGANIZATION_KEY = auto()
    REJECTED = auto()
    EXPIRED = auto()
    ACCESS_REVOKED = auto()
    IP_NOT_ALLOWED = auto()


class KeyRefusedError(Exception):
    """A key that its form or Stripe rules out. Holds the fault and nothing of the key."""

    def __init__(self, fault: KeyFault) -> None:
        """Takes the fault."""
        super().__init__(fault.name)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class StripeKey:
    """A well-formed secret or restricted key. `masked` reads like `sk_test_…4242`."""

    secret: Secret
    livemode: bool
    restricted: bool
    masked: str


def parse_key(secret: Secret) -> StripeKey:
    """Strips the text and reads its prefix; raises KeyRefusedError by the form alone."""
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

"""Parses Stripe's secret keys (https://docs.stripe.com/keys)."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from kit.secret import Secret

# Stripe fixes neither the length nor the characters of keys, and has changed both before. The bound only rejects pasted
# documents.
_SECRET_KEY = re.compile(r"((?:sk|rk|rkcs)_(live|test)_)[A-Za-z0-9_-]{1,500}", re.ASCII)
# A key as the Dashboard, logs and our own lists show it.
_MASKED = re.compile(r"(?:sk|rk|rkcs)_\S*?(?:[*•●∙·…]|\.\.)", re.ASCII)


class KeyFault(Enum):
    """The reason why a key is not accepted."""

    MALFORMED = auto()
    MASKED_KEY = auto()
    PUBLISHABLE_KEY = auto()
    ORGANIZATION_KEY = auto()
    WEBHOOK_SECRET = auto()
    APP_SECRET = auto()
    REFRESH_TOKEN = auto()
    AUTHORIZATION_CODE = auto()
    REJECTED = auto()
    EXPIRED = auto()
    ACCESS_REVOKED = auto()
    IP_NOT_ALLOWED = auto()


_OTHER_SECRETS = {
    "pk_": KeyFault.PUBLISHABLE_KEY,
    "sk_org": KeyFault.ORGANIZATION_KEY,
    "whsec_": KeyFault.WEBHOOK_SECRET,
    "absec_": KeyFault.APP_SECRET,
    "rt_": KeyFault.REFRESH_TOKEN,
    "ac_": KeyFault.AUTHORIZATION_CODE,
}


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
    """Cleans a pasted key and parses its prefix; raises KeyRefusedError if it is something else."""
    secret = secret.cleaned()
    text = secret.reveal()
    for prefix, fault in _OTHER_SECRETS.items():
        if text.startswith(prefix):
            raise KeyRefusedError(fault)
    if not (form := _SECRET_KEY.fullmatch(text)):
        raise KeyRefusedError(KeyFault.MASKED_KEY if _MASKED.match(text) else KeyFault.MALFORMED)
    prefix, mode = form.groups()
    masked = f"{prefix}…{text[len(prefix) :][-4:]}"
    return StripeKey(secret, livemode=mode == "live", restricted=prefix.startswith("rk"), masked=masked)

"""Magic keys: the prefix of a key selects the sandbox's response, as the number of a test card does at Stripe.

Stripe's own test values: https://docs.stripe.com/testing
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.permissions import OWN_ACCOUNT, PERMISSIONS, Rights, Wording

_KEY = re.compile(r"(sk|rk|rkcs)_(live|test)_([a-z]*)[\w-]*", re.ASCII)
_PUBLISHABLE = re.compile(r"pk_(live|test)_")


class Behaviour(StrEnum):
    """The response to a key. Each value is the text that follows the prefix in its magic key."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RESTRICTED = "restricted"
    REVOKED = "revoked"
    IP_BLOCKED = "ipblocked"
    IP_UNAUTHORIZED = "unauthorizedip"
    PERMISSION_DENIED = "permissiondenied"
    MORE_PERMISSIONS = "morepermissions"
    FORBIDDEN = "forbidden"
    PLATFORM_EXPIRED = "platformexpired"
    BAD_REQUEST = "badrequest"
    FAILED_REQUEST = "failedrequest"
    NOT_FOUND = "notfound"
    WEB_PAGE = "webpage"
    RATE_LIMITED = "ratelimited"
    RETRY_AFTER = "retryafter"
    LOCKED = "locked"
    UNAVAILABLE = "unavailable"
    SLOW = "slow"
    OTHER_ACCOUNT = "otheraccount"
    PUBLISHABLE = "publishable"


# These keys have every permission except to read their own account, and each is refused in its own words.
_RESTRICTIONS = {
    Behaviour.RESTRICTED: Wording.OLDER,
    Behaviour.PERMISSION_DENIED: Wording.NEWER,
    Behaviour.MORE_PERMISSIONS: Wording.APP,
}
MAGIC_KEYS = {
    "sk_test_rejected…": "401: the key is unknown",
    "sk_test_expired…": "401 with the code api_key_expired: the key was rolled",
    "rk_test_restricted…": "403: a valid key without permission to read its own account",
    "sk_test_revoked…": "403 with the code account_invalid: access to the account was revoked",
    "sk_test_ipblocked…": "403: this server's IP address is not on the key's allowlist",
    "sk_test_unauthorizedip…": "401: the same, as some clients have reported it",
    "rk_test_permissiondenied…": "403: a missing permission, in Stripe's newer words",
    "rk_test_morepermissions…": "403 with the code more_permissions_required_for_application",
    "sk_test_forbidden…": "403 that names no permission: it says nothing about the key",
    "sk_test_platformexpired…": "401 with the code platform_api_key_expired: the token's account was disconnected",
    "sk_test_badrequest…": "400",
    "sk_test_failedrequest…": "402",
    "sk_test_notfound…": "404",
    "sk_test_webpage…": "200 with a web page, as a proxy sends it",
    "sk_test_ratelimited…": "429 with Stripe-Rate-Limited-Reason",
    "sk_test_retryafter…": "the same with Retry-After, which Stripe does not document",
    "sk_test_locked…": "429 with the code lock_timeout: another request holds the object",
    "sk_test_unavailable…": "500",
    "sk_test_slow…": "a response, but only after the timeout",
    "sk_test_otheraccount…": "a valid key of a different account from all other keys",
    "sk_test_publishable…": "403 with the code secret_key_required, as for any key that starts with pk_",
}


@dataclass(slots=True)
class Keys:
    """The behaviour and the permissions of keys, by their magic prefix or as changed on the sandbox's page."""

    _changed: dict[str, Behaviour] = field(default_factory=dict)
    _rights: dict[str, Rights] = field(default_factory=dict)

    def change(self, key: str, behaviour: Behaviour) -> None:
        """Changes a key's behaviour, as if it had been changed in the Stripe Dashboard."""
        self._changed[key] = behaviour
        if behaviour in _RESTRICTIONS:
            self._rights.pop(key, None)

    def restrict(self, key: str, rights: Rights) -> None:
        """Chooses a key's permissions, as if it had been edited in the Stripe Dashboard."""
        self._rights[key] = rights

    def changes(self) -> list[tuple[str, str]]:
        """Returns the keys that were changed, each with its behaviour or permissions."""
        permissions = [(key, " ".join(sorted(rights.permissions))) for key, rights in self._rights.items()]
        return [*((key, str(behaviour)) for key, behaviour in self._changed.items()), *permissions]

    def behaviour(self, key: str) -> Behaviour:
        """Returns the key's behaviour. Malformed keys are rejected."""
        if key in self._changed:
            return self._changed[key]
        if _PUBLISHABLE.match(key):
            return Behaviour.PUBLISHABLE
        if not (form := _KEY.fullmatch(key)):
            return Behaviour.REJECTED
        return next((behaviour for behaviour in Behaviour if form[3].startswith(behaviour)), Behaviour.ACCEPTED)

    def rights(self, key: str) -> Rights:
        """Returns the key's permissions: those that were chosen, or every permission that the sandbox knows."""
        if key in self._rights:
            return self._rights[key]
        if wording := _RESTRICTIONS.get(self.behaviour(key)):
            return Rights(PERMISSIONS - {f"{OWN_ACCOUNT}_read", f"{OWN_ACCOUNT}_write"}, wording)
        return Rights(PERMISSIONS)

"""Probes: GETs that show which permissions a restricted key has.

Stripe reports a missing permission with a 403 that has no code, so its text decides. Two wordings are known. An answer
in any other words decides nothing. The text is compared, and never passed on.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

import stripe

from adapters.stripe.gateway import FAILURES, StripeGateway
from adapters.stripe.permissions import PERMISSIONS
from kit.secret import Secret

# A list of all permissions takes no longer, and loads Stripe no more at a time. Stripe allows 25 calls per second.
PROBE_SECONDS = 3.0
_AT_ONCE = 4
# Having the 'rak_plan_read', 'rak_product_read' permissions would allow this request to continue.
# Enabling "Prices Read" ('plan_read') permissions on this key would allow this request to continue.
_WORDING = re.compile(
    r"does not have the required permissions .{1,500}? (?:Having the|Enabling) (.{1,500}?) permissions?"
    r"(?: on this key)? would allow this request to continue",
    re.DOTALL,
)
_NAME = re.compile(r"'(?:rak_)?([a-z0-9_]+_(?:read|write))'", re.ASCII)


async def probe_permissions(gateway: StripeGateway, secret: Secret, names: Iterable[str]) -> Mapping[str, bool | None]:
    """Whether a restricted key has each of these permissions; None if that is unknown. Never raises StripeError."""
    client, turns = gateway.client(secret, retries=0), asyncio.Semaphore(_AT_ONCE)
    found: dict[str, bool | None] = dict.fromkeys(names)

    async def probe(name: str, path: str) -> None:
        async with turns:
            found[name] = await _has_permission(client, name, path)

    with suppress(TimeoutError):
        async with asyncio.timeout(PROBE_SECONDS), asyncio.TaskGroup() as probes:
            for name in found:
                if path := PERMISSIONS[name].probe:
                    probes.create_task(probe(name, path))
    return found


async def _has_permission(client: stripe.StripeClient, name: str, path: str) -> bool | None:
    try:
        response = await client.raw_request_async("get", path)
        return isinstance(response.data.get("object"), str) or None
    except FAILURES as error:
        return False if name in _named_in(error) else None


def _named_in(error: Exception) -> list[str]:
    """The permissions that Stripe says are missing."""
    if not isinstance(error, stripe.PermissionError):
        return []
    wording = _WORDING.search(str(error.user_message or ""))
    return _NAME.findall(wording[1]) if wording else []

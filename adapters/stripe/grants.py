"""Grants of OAuth: the answers of Stripe's token endpoints, and the reasons for which there is none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Literal

import stripe

from adapters.stripe.causes import UNPROCESSED, Cause
from adapters.stripe.gateway import StripeGateway, StripeUnavailableError, account_id
from kit.secret import Secret

# Answers of Stripe Apps have no expires_in. https://docs.stripe.com/stripe-apps/api-authentication/oauth
_LIFETIME = timedelta(hours=1)
_LONGEST_LIFETIME = timedelta(days=365)
_MAX_SCOPE = 300


class GrantFault(Enum):
    """The reason why Stripe did not grant access."""

    REJECTED = auto()
    MODE_MISMATCH = auto()


@dataclass(frozen=True, slots=True)
class Grant:
    """The access that Stripe granted. Its mode may differ from the requested one.

    Connect's token does not end. `refresh_token`, `scope` and `lifetime` are a Stripe App's.
    """

    access_token: Secret
    account_id: str
    livemode: bool
    refresh_token: Secret | None = None
    scope: str | None = None
    lifetime: timedelta | None = None


class GrantRefusedError(Exception):
    """Stripe refused to exchange a code."""

    def __init__(self, fault: GrantFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class OutcomeUnknownError(Exception):
    """It is unknown whether Stripe exchanged a code. A retry would revoke any credentials that it issued."""


_FAULTS = {
    Cause.CODE_REFUSED: GrantFault.REJECTED,
    Cause.OAUTH_REFUSED: GrantFault.REJECTED,
    Cause.REQUEST_REFUSED: GrantFault.REJECTED,
    Cause.REQUEST_FAILED: GrantFault.REJECTED,
    Cause.NOT_FOUND: GrantFault.REJECTED,
    Cause.WRONG_MODE: GrantFault.MODE_MISMATCH,
}


@asynccontextmanager
async def requesting_grant(gateway: StripeGateway, call: str) -> AsyncIterator[None]:
    """Runs the exchange of a code.

    Raises GrantRefusedError, OutcomeUnknownError, or StripeUnavailableError if Stripe did not process the code.
    """
    try:
        async with gateway.calling(call, as_platform=True):
            yield
    except StripeUnavailableError as error:
        if error.cause in _FAULTS:
            raise GrantRefusedError(_FAULTS[error.cause]) from None
        if error.cause in UNPROCESSED:
            raise
        raise OutcomeUnknownError from None


async def post_form(
    client: stripe.StripeClient, path: str, form: dict[str, str], *, base: Literal["api", "connect"]
) -> dict[str, Any]:
    """Calls an OAuth endpoint, for which the SDK has no asynchronous method."""
    response = await client.raw_request_async("post", path, base=base, **form)
    return dict(response.data)


def grant_of(answer: dict[str, Any]) -> Grant:
    """A grant of Connect; raises KeyError or TypeError if the answer is not in Stripe's format."""
    token, livemode = answer["access_token"], answer["livemode"]
    if not isinstance(token, str) or not isinstance(livemode, bool):
        raise TypeError(type(token))
    return Grant(Secret(token), account_id(answer["stripe_user_id"]), livemode)


def app_grant_of(answer: dict[str, Any]) -> Grant:
    """A grant of a Stripe App, which has to have a refresh token; raises as `grant_of` does."""
    grant, refresh_token, scope = grant_of(answer), answer["refresh_token"], answer.get("scope")
    if not isinstance(refresh_token, str):
        raise TypeError(type(refresh_token))
    return Grant(
        grant.access_token,
        grant.account_id,
        grant.livemode,
        Secret(refresh_token),
        scope[:_MAX_SCOPE] if isinstance(scope, str) and scope.isprintable() else None,
        _lifetime(answer.get("expires_in")),
    )


def _lifetime(seconds: object) -> timedelta:
    """The lifetime that an answer states, or an hour. The grant must not be lost for a number in another form."""
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0:
        return timedelta(seconds=min(seconds, int(_LONGEST_LIFETIME.total_seconds())))
    return _LIFETIME

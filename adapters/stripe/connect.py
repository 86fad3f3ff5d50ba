"""Connects customers' Stripe accounts with OAuth (https://docs.stripe.com/connect/oauth-reference)."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import stripe

from adapters.stripe.gateway import (
    FAILURES,
    Account,
    StripeGateway,
    StripeUnavailableError,
    checked_account_id,
    retry_after,
)
from kit.secret import Secret

_SCOPE = "read_write"
_DEAUTHORIZED = "account.application.deauthorized"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Platform:
    """The credentials of this server as a Connect platform, in one mode."""

    secret_key: Secret
    client_id: str
    webhook_secret: Secret


@dataclass(frozen=True, slots=True)
class Grant:
    """The result of exchanging an authorization code."""

    access_token: Secret
    account_id: str


@dataclass(frozen=True, slots=True)
class Deauthorization:
    """A user disconnected the account at Stripe. `created` is Stripe's timestamp, in seconds since 1970."""

    account_id: str
    created: int


class GrantFault(Enum):
    """The reason why Stripe did not exchange a code."""

    REJECTED = auto()
    MODE_MISMATCH = auto()


class GrantRefusedError(Exception):
    """Stripe refused to exchange a code."""

    def __init__(self, fault: GrantFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


class OutcomeUnknownError(Exception):
    """It is unknown whether Stripe exchanged a code. A retry would revoke any credentials that it issued."""


class BadSignatureError(Exception):
    """The webhook's signature is invalid or too old."""


class StripeConnect:
    """Calls Stripe as a Connect platform. `platforms` maps livemode to the platform that is configured for it."""

    def __init__(self, gateway: StripeGateway, platforms: Mapping[bool, Platform], redirect_uri: str) -> None:
        self._gateway = gateway
        self._platforms = platforms
        self._redirect_uri = redirect_uri

    def serves(self, *, livemode: bool) -> bool:
        return livemode in self._platforms

    def authorization_url(self, *, livemode: bool, state: Secret) -> str:
        """Returns the URL of Stripe's consent page."""
        platform = self._platforms[livemode]
        return self._gateway.client(platform.secret_key).oauth.authorize_url(
            {
                "client_id": platform.client_id,
                "response_type": "code",
                "scope": _SCOPE,
                "redirect_uri": self._redirect_uri,
                "state": state.reveal(),
            }
        )

    async def exchange(self, *, livemode: bool, code: Secret) -> Grant:
        """Exchanges a code without retries, because a code used twice is revoked.

        Raises GrantRefusedError, OutcomeUnknownError, or StripeUnavailableError if Stripe did not process the code.
        """
        client = self._gateway.client(self._platforms[livemode].secret_key, retries=0)
        form = {"grant_type": "authorization_code", "code": code.reveal()}
        try:
            async with asyncio.timeout(self._gateway.timeout):
                return _grant(await _exchange(client, form), livemode=livemode)
        except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
            if not isinstance(error, stripe.RateLimitError):
                _logger.error("Stripe rejected the platform's secret key (livemode: %s).", livemode)  # noqa: TRY400 - the traceback would contain the code
            raise StripeUnavailableError(retry_after(error)) from None
        except FAILURES:
            raise OutcomeUnknownError from None

    async def deauthorize(self, *, livemode: bool, account_id: str) -> bool:
        """Disconnects an account at Stripe; returns False if Stripe is unavailable or the mode not configured."""
        if not self.serves(livemode=livemode):
            return False
        platform = self._platforms[livemode]
        form = {"client_id": platform.client_id, "stripe_user_id": account_id}
        try:
            async with self._gateway.translating_failures():
                with suppress(stripe.oauth_error.InvalidClientError):  # already disconnected
                    await _post(self._gateway.client(platform.secret_key), "/oauth/deauthorize", form)
        except StripeUnavailableError:
            return False
        return True

    async def identify(self, *, livemode: bool, account_id: str) -> Account | None:
        """Retrieves the connected account; raises KeyRefusedError (not connected) or StripeUnavailableError."""
        if not self.serves(livemode=livemode):
            raise StripeUnavailableError
        client = self._gateway.client(self._platforms[livemode].secret_key)
        return await self._gateway.read_account(client, connected=account_id)

    def read_webhook(self, *, livemode: bool, payload: bytes, signature: str) -> Deauthorization | None:
        """Verifies a webhook; returns None for events of other kinds or modes. Raises BadSignatureError."""
        if not self.serves(livemode=livemode):
            raise BadSignatureError
        secret = self._platforms[livemode].webhook_secret.reveal()
        try:
            event = stripe.Webhook.construct_event(payload, signature, secret)
            relevant = event.type == _DEAUTHORIZED and event.livemode is livemode
            return Deauthorization(event.account, event.created) if relevant else None
        # Malformed events make the SDK fail in several ways; they are treated like forged ones.
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, KeyError):
            raise BadSignatureError from None


async def _post(client: stripe.StripeClient, path: str, form: dict[str, str]) -> dict[str, Any]:
    """Calls an OAuth endpoint of Connect, for which the SDK has no asynchronous method."""
    response = await client.raw_request_async("post", path, base="connect", **form)
    return dict(response.data)


async def _exchange(client: stripe.StripeClient, form: dict[str, str]) -> dict[str, Any]:
    """Returns Stripe's response to a code; raises GrantRefusedError if Stripe refuses it."""
    try:
        return await _post(client, "/oauth/token", form)
    except stripe.oauth_error.InvalidClientError:
        raise GrantRefusedError(GrantFault.MODE_MISMATCH) from None
    # The SDK raises AttributeError for OAuth errors that it does not know; these are refusals, too.
    except (stripe.oauth_error.OAuthError, AttributeError):
        raise GrantRefusedError(GrantFault.REJECTED) from None


def _grant(answer: dict[str, Any], *, livemode: bool) -> Grant:
    if answer["livemode"] is not livemode:
        raise GrantRefusedError(GrantFault.MODE_MISMATCH)
    return Grant(
        access_token=Secret(answer["access_token"]),
        account_id=checked_account_id(answer["stripe_user_id"]),
    )

"""Connecting other people's Stripe accounts by OAuth (https://docs.stripe.com/connect/oauth-reference)."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import stripe

from adapters.stripe.gateway import FAILURES, Account, StripeGateway, StripeUnavailableError, retry_after
from kit.secret import Secret

_SCOPE = "read_write"
_DEAUTHORIZED = "account.application.deauthorized"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Platform:
    """What Stripe knows this server by, in one mode."""

    secret_key: Secret
    client_id: str
    webhook_secret: Secret


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code was exchanged for."""

    access_token: Secret
    account_id: str


@dataclass(frozen=True, slots=True)
class Deauthorization:
    """A user has disconnected an account at Stripe. `created` is Stripe's time of it, in seconds since 1970."""

    account_id: str
    created: int


class GrantFault(Enum):
    """Why Stripe did not exchange a code."""

    REJECTED = auto()
    MODE_MISMATCH = auto()


class GrantRefusedError(Exception):
    """Stripe has looked at a code and not exchanged it."""

    def __init__(self, fault: GrantFault) -> None:
        """Takes the fault."""
        super().__init__(fault.name)
        self.fault = fault


class OutcomeUnknownError(Exception):
    """Stripe did not say whether it has exchanged a code. Asking again would revoke what it may have issued."""


class BadSignatureError(Exception):
    """A webhook that Stripe has not signed, or not lately."""


class StripeConnect:
    """Speaks for the platforms that are set up: one for live mode (True), one for test mode (False), or neither."""

    def __init__(self, gateway: StripeGateway, platforms: Mapping[bool, Platform], redirect_uri: str) -> None:
        """Takes the gateway, the platforms by livemode, and the redirect URI that is registered with Stripe."""
        self._gateway = gateway
        self._platforms = platforms
        self._redirect_uri = redirect_uri

    def serves(self, *, livemode: bool) -> bool:
        """Whether the mode is set up."""
        return livemode in self._platforms

    def authorization_url(self, *, livemode: bool, state: Secret) -> str:
        """Where to send the user."""
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
        """Exchanges a code, once.

        Raises GrantRefusedError, OutcomeUnknownError, or StripeUnavailableError if Stripe has not looked at the code.
        """
        client = self._gateway.client(self._platforms[livemode].secret_key, retries=0)
        form = {"grant_type": "authorization_code", "code": code.reveal()}
        try:
            async with asyncio.timeout(self._gateway.timeout):
                return _grant(await _exchange(client, form), livemode=livemode)
        except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
            if not isinstance(error, stripe.RateLimitError):
                _logger.error("Stripe refuses the platform's secret key (livemode: %s).", livemode)  # noqa: TRY400 - the trace would hold the code
            raise StripeUnavailableError(retry_after(error)) from None
        except FAILURES:
            raise OutcomeUnknownError from None

    async def deauthorize(self, *, livemode: bool, account_id: str) -> bool:
        """Disconnects an account at Stripe; False if Stripe could not be told."""
        if not self.serves(livemode=livemode):
            return False
        platform = self._platforms[livemode]
        form = {"client_id": platform.client_id, "stripe_user_id": account_id}
        try:
            async with self._gateway.patience():
                with suppress(stripe.oauth_error.InvalidClientError):  # it was not connected any more
                    await _post(self._gateway.client(platform.secret_key), "/oauth/deauthorize", form)
        except StripeUnavailableError:
            return False
        return True

    async def identify(self, *, livemode: bool, account_id: str) -> Account | None:
        """The connected account as it is now; raises KeyRefusedError (not connected) or StripeUnavailableError."""
        if not self.serves(livemode=livemode):
            raise StripeUnavailableError
        client = self._gateway.client(self._platforms[livemode].secret_key)
        return await self._gateway.read_account(client, connected=account_id)

    def read_webhook(self, *, livemode: bool, payload: bytes, signature: str) -> Deauthorization | None:
        """What a webhook tells, None if nothing that matters here; raises BadSignatureError."""
        if not self.serves(livemode=livemode):
            raise BadSignatureError
        secret = self._platforms[livemode].webhook_secret.reveal()
        try:
            event = stripe.Webhook.construct_event(payload, signature, secret)
            concerns = event.type == _DEAUTHORIZED and event.livemode is livemode
            return Deauthorization(event.account, event.created) if concerns else None
        # What is no event of Stripe's fails in the SDK in several ways, and is believed no more than a forged one.
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, KeyError):
            raise BadSignatureError from None


async def _post(client: stripe.StripeClient, path: str, form: dict[str, str]) -> dict[str, Any]:
    """Calls one of Connect's OAuth endpoints, for which the SDK has no asynchronous methods; raises what it raises."""
    response = await client.raw_request_async("post", path, base="connect", **form)
    return dict(response.data)


async def _exchange(client: stripe.StripeClient, form: dict[str, str]) -> dict[str, Any]:
    """Stripe's answer to the exchange of a code; raises GrantRefusedError where Stripe refuses it."""
    try:
        return await _post(client, "/oauth/token", form)
    except stripe.oauth_error.InvalidClientError:
        raise GrantRefusedError(GrantFault.MODE_MISMATCH) from None
    # The SDK fails with AttributeError at OAuth errors that it does not know: a refusal all the same.
    except (stripe.oauth_error.OAuthError, AttributeError):
        raise GrantRefusedError(GrantFault.REJECTED) from None


def _grant(answer: dict[str, Any], *, livemode: bool) -> Grant:
    if answer["livemode"] is not livemode:
        raise GrantRefusedError(GrantFault.MODE_MISMATCH)
    return Grant(
        access_token=Secret(answer["access_token"]),
        account_id=answer["stripe_user_id"],
    )

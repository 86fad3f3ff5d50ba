"""Connects customers' Stripe accounts with OAuth (https://docs.stripe.com/connect/oauth-reference)."""

from collections.abc import Mapping
from dataclasses import dataclass

from stripe import oauth_error

from adapters.stripe.gateway import StripeGateway, StripeUnavailableError
from adapters.stripe.grants import Grant, grant_of, post_form, requesting_grant
from adapters.stripe.key_format import KeyFault, KeyRefusedError
from adapters.stripe.webhooks import Deauthorization, WebhookOutcome, read_event
from kit.secret import Secret

_SCOPE = "read_write"


@dataclass(frozen=True, slots=True)
class Platform:
    """The credentials of this server as a Connect platform, in one mode."""

    secret_key: Secret
    client_id: str
    webhook_secret: Secret


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
        async with requesting_grant(self._gateway, "POST /oauth/token"):
            return grant_of(await post_form(client, "/oauth/token", form, base="connect"))

    async def end_access(self, *, livemode: bool, account_id: str, token: Secret | None) -> bool:
        """Disconnects an account at Stripe; returns False if the access that `token` was granted may remain.

        Stripe answers `invalid_client` both for an account that is not connected and for a wrong key or client id. The
        token shows which: it is dead if the account is not connected.
        """
        if not self.serves(livemode=livemode):
            return False
        platform = self._platforms[livemode]
        form = {"client_id": platform.client_id, "stripe_user_id": account_id}
        try:
            async with self._gateway.calling("POST /oauth/deauthorize", as_platform=True):
                try:
                    client = self._gateway.client(platform.secret_key)
                    await post_form(client, "/oauth/deauthorize", form, base="connect")
                except oauth_error.InvalidClientError:
                    if token is None or not await self._is_dead(token):
                        raise
        except StripeUnavailableError:
            return False
        return True

    async def _is_dead(self, token: Secret) -> bool:
        """Whether Stripe no longer accepts an access token."""
        try:
            await self._gateway.account_of(token)
        except KeyRefusedError as error:
            return error.fault is not KeyFault.IP_NOT_ALLOWED
        except StripeUnavailableError:
            return False
        return False

    def read_webhook(self, *, livemode: bool, payload: bytes, signature: str) -> Deauthorization | WebhookOutcome:
        """Verifies a webhook; returns what it reports, or the outcome if it changes nothing."""
        if not self.serves(livemode=livemode):
            return WebhookOutcome.NOT_CONFIGURED
        return read_event(payload, signature, self._platforms[livemode].webhook_secret, livemode=livemode)

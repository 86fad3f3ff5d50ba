"""Connects customers' Stripe accounts by installing a Stripe App (https://docs.stripe.com/stripe-apps).

An access token ends after an hour. A refresh token is used once: each refresh returns another, and ends both tokens
that were granted before. Unlike Connect's, the token endpoint is on api.stripe.com, and needs no client id.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import stripe

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeGateway, StripeUnavailableError
from adapters.stripe.grants import Grant, app_grant_of, post_form, requesting_grant
from adapters.stripe.webhooks import Deauthorization, WebhookOutcome, read_event
from kit.secret import Secret

_TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - a path
_TOKEN_CALL = f"POST {_TOKEN_PATH}"
# Older versions list no installations. https://docs.stripe.com/api/apps/installs
_INSTALL_API = "2026-10-28.endive"
_ENDED = {"uninstalling"}
# Stripe refuses a refresh as it refuses a code. The latter two refusals speak of this server, and not of the token: its
# grant may be sound.
_OF_REFRESH = {
    Cause.CODE_REFUSED: Cause.REFRESH_REFUSED,
    Cause.WRONG_MODE: Cause.PLATFORM_KEY_REFUSED,
    Cause.OAUTH_REFUSED: Cause.REQUEST_REFUSED,
}


@dataclass(frozen=True, slots=True)
class App:
    """A Stripe App of this server, in one mode. `authorize_link` is the link to its consent page, from the Dashboard.

    Without `app_id`, installations cannot be found, and stay until their users uninstall the app.
    """

    authorize_link: str
    secret_key: Secret
    webhook_secret: Secret
    app_id: str | None = None


class RefreshRefusedError(Exception):
    """Stripe does not accept a refresh token: it was used, was revoked, or has expired."""


class StripeApps:
    """Calls Stripe as a Stripe App. `apps` maps livemode to the app that is configured for it."""

    def __init__(self, gateway: StripeGateway, apps: Mapping[bool, App], redirect_uri: str) -> None:
        self._gateway = gateway
        self._apps = apps
        self._redirect_uri = redirect_uri

    def serves(self, *, livemode: bool) -> bool:
        return livemode in self._apps

    def authorization_url(self, *, livemode: bool, state: Secret) -> str:
        """Returns the URL of Stripe's consent page: the app's link, which cannot be derived, with our parameters."""
        own = {"redirect_uri": self._redirect_uri, "state": state.reveal()}
        return str(httpx.URL(self._apps[livemode].authorize_link).copy_merge_params(own))

    async def exchange(self, *, livemode: bool, code: Secret) -> Grant:
        """Exchanges a code without retries, because a code works once.

        Raises GrantRefusedError, OutcomeUnknownError, or StripeUnavailableError if Stripe did not process the code.
        """
        async with requesting_grant(self._gateway, _TOKEN_CALL):
            return await self._grant(livemode, {"grant_type": "authorization_code", "code": code.reveal()})

    async def refresh(self, *, livemode: bool, token: Secret) -> Grant:
        """Exchanges a refresh token without retries, because it works once.

        Raises RefreshRefusedError, or StripeUnavailableError if the token may still work.
        """
        try:
            async with self._gateway.calling(_TOKEN_CALL, as_platform=True, renamed=_OF_REFRESH):
                form = {"grant_type": "refresh_token", "refresh_token": token.reveal()}
                return await self._grant(livemode, form, refreshes=True)
        except StripeUnavailableError as error:
            if error.cause is Cause.REFRESH_REFUSED:
                raise RefreshRefusedError from None
            raise

    async def _grant(self, livemode: bool, form: dict[str, str], *, refreshes: bool = False) -> Grant:  # noqa: FBT001 - the mode, as Stripe calls it
        client = self._gateway.client(self._apps[livemode].secret_key, retries=0, refreshes=refreshes)
        return app_grant_of(await post_form(client, _TOKEN_PATH, form, base="api"))

    async def end_access(self, *, livemode: bool, account_id: str, token: Secret | None) -> bool:  # noqa: ARG002 - Connect's
        """Uninstalls the app from an account; returns False if it may still be installed.

        Connect's /oauth/deauthorize would leave the app installed with tokens that Stripe refuses.
        """
        app = self._apps.get(livemode)
        if app is None or app.app_id is None:
            return False
        try:
            async with self._gateway.calling("POST /v1/apps/installs/{id}/uninstall", as_platform=True):
                await self._uninstall(self._gateway.client(app.secret_key), app.app_id, account_id)
        except StripeUnavailableError:
            return False
        return True

    async def _uninstall(self, client: stripe.StripeClient, app_id: str, account_id: str) -> None:
        installs = client.v1.apps.installs
        wanted, version = {"app": app_id, "account": account_id}, {"stripe_version": _INSTALL_API}
        found = await installs.list_async(wanted, version)  # type: ignore[arg-type]  # its TypedDicts
        for install in found.data:
            if install.status not in _ENDED:
                await installs.uninstall_async(install.id, options={**version, "stripe_account": account_id})  # type: ignore[arg-type]

    def read_webhook(self, *, livemode: bool, payload: bytes, signature: str) -> Deauthorization | WebhookOutcome:
        """Verifies a webhook; returns what it reports, or the outcome if it changes nothing."""
        if not self.serves(livemode=livemode):
            return WebhookOutcome.NOT_CONFIGURED
        return read_event(payload, signature, self._apps[livemode].webhook_secret, livemode=livemode)

"""The only place that speaks to Stripe, through its own SDK."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import stripe

from adapters.stripe.calls import Called, TimedClient, unnoticed
from adapters.stripe.keys import KeyFault, KeyRefusedError, StripeKey
from kit.secret import Secret

# No usage statistics of ours travel to Stripe. The SDK has this switch for the whole process only.
stripe.enable_telemetry = False
# The SDK logs Stripe's error texts, which quote what was pasted for a key.
logging.getLogger("stripe").disabled = True

_RETRIES = 2
# Besides its own errors, the SDK fails with these at answers that are not of Stripe's shape, as from a proxy.
FAILURES = (stripe.StripeError, TimeoutError, AttributeError, TypeError, ValueError, KeyError)
_RETRY_AFTER = re.compile(r"\d{1,6}", re.ASCII)


class StripeUnavailableError(Exception):
    """Stripe could not be reached, failed or is limiting requests. `retry_after`: seconds, where Stripe named them."""

    def __init__(self, retry_after: int | None = None) -> None:
        """Takes Stripe's Retry-After, if there was one."""
        super().__init__("Stripe is away")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Account:
    """A Stripe account. `country` is ISO 3166-1 alpha-2, `default_currency` ISO 4217 in lower case."""

    id: str
    name: str | None
    country: str | None
    default_currency: str | None


class StripeGateway:
    """Asks Stripe, or what stands at `base`; gives up after `timeout` seconds, retries included."""

    def __init__(self, *, base: str | None, timeout: float, called: Called = unnoticed) -> None:
        """Opens one HTTP client for the process; close it with `close`. `called` is told of each call."""
        self._http = TimedClient(called, timeout)
        self._base = {"api": base, "connect": base} if base else None
        self.timeout = timeout

    def client(self, secret: Secret, *, retries: int = _RETRIES) -> stripe.StripeClient:
        """The SDK's client for calls with a key. Making one costs microseconds: they share the HTTP client."""
        return stripe.StripeClient(
            secret.reveal(),
            base_addresses=self._base,  # type: ignore[arg-type]  # its TypedDict is not exported
            http_client=self._http,
            max_network_retries=retries,
        )

    @asynccontextmanager
    async def patience(self) -> AsyncIterator[None]:
        """Raises StripeUnavailableError for what Stripe fails to answer within, and in time."""
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except FAILURES as error:
            raise StripeUnavailableError(retry_after(error)) from None

    async def identify(self, key: StripeKey) -> Account | None:
        """Whose key it is, or None where Stripe accepts the key but it may not read its own account.

        Raises KeyRefusedError or StripeUnavailableError.
        """
        return await self.read_account(self.client(key.secret), restricted=key.restricted)

    async def read_account(
        self, client: stripe.StripeClient, *, connected: str | None = None, restricted: bool = False
    ) -> Account | None:
        """The account of a client's key, or the connected one with this id; None where the key may not read it.

        Raises KeyRefusedError or StripeUnavailableError, never chained: the SDK's exceptions can hold the key.
        https://docs.stripe.com/api/accounts/retrieve
        """
        options: stripe.RequestOptions = {"stripe_account": connected} if connected else {}
        async with self.patience():
            try:
                return _account(await client.v1.accounts.retrieve_current_async(options=options))
            except stripe.PermissionError as error:
                if fault := _fault_of_permission_error(error, restricted=restricted):
                    raise KeyRefusedError(fault) from None
                return None
            except stripe.AuthenticationError as error:
                raise KeyRefusedError(_fault_of_authentication_error(error)) from None

    async def close(self) -> None:
        """Closes the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def _account(account: stripe.Account) -> Account:
    """Accounts lack what their owners have not filled in, or what the key may not see."""
    if account.object != "account":
        raise TypeError(account.object)
    profile, settings = getattr(account, "business_profile", None), getattr(account, "settings", None)
    display_name = getattr(getattr(settings, "dashboard", None), "display_name", None)
    return Account(
        id=account.id,
        name=getattr(profile, "name", None) or display_name,
        country=getattr(account, "country", None),
        default_currency=getattr(account, "default_currency", None),
    )


def _code(error: stripe.StripeError) -> str | None:
    """The error's code: on 401, 403 and 429 the SDK leaves it in the error object only."""
    return error.error.code if error.error else None


def _fault_of_authentication_error(error: stripe.AuthenticationError) -> KeyFault:
    return KeyFault.EXPIRED if _code(error) == "api_key_expired" else KeyFault.REJECTED


def _fault_of_permission_error(error: stripe.PermissionError, *, restricted: bool) -> KeyFault | None:
    """None means that the key is good, but restricted from reading its account: Stripe then names a permission."""
    message = error.user_message or ""
    if _code(error) == "account_invalid":
        return KeyFault.ACCESS_REVOKED
    if "IP address" in message:
        return KeyFault.IP_NOT_ALLOWED
    return None if restricted or "rak_" in message else KeyFault.REJECTED


def retry_after(error: Exception) -> int | None:
    """Stripe's advice on when to try again, in seconds."""
    headers = error.headers if isinstance(error, stripe.StripeError) else None
    seconds = (headers or {}).get("retry-after", "")
    return int(seconds) if _RETRY_AFTER.fullmatch(seconds) else None

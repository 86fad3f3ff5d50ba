"""The only module that calls Stripe's API, through Stripe's SDK."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import stripe

from adapters.stripe.calls import Called, TimedClient, unnoticed
from adapters.stripe.key_format import KeyFault, KeyRefusedError, StripeKey
from kit.secret import Secret

# Send no usage statistics to Stripe. The SDK only has a process-wide switch.
stripe.enable_telemetry = False
# The SDK logs Stripe's error messages, which can quote a pasted key.
logging.getLogger("stripe").disabled = True

_RETRIES = 2
# The SDK raises more than its own errors when a response is not in Stripe's format, for instance a proxy's.
FAILURES = (stripe.StripeError, TimeoutError, AttributeError, TypeError, ValueError, KeyError)
_RETRY_AFTER = re.compile(r"\d{1,6}", re.ASCII)


class StripeUnavailableError(Exception):
    """Stripe is unreachable, failing or rate limiting. `retry_after` is its Retry-After in seconds, if any."""

    def __init__(self, retry_after: int | None = None) -> None:
        super().__init__("Stripe is unavailable")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Account:
    """A Stripe account. `country` is ISO 3166-1 alpha-2, `default_currency` ISO 4217 in lower case."""

    id: str
    name: str | None
    country: str | None
    default_currency: str | None


class StripeGateway:
    """Calls Stripe, or the server at `base`. `timeout` limits a call with its retries, in seconds.

    `called` is notified of each HTTP request. One HTTP client serves the process; `close` closes it.
    """

    def __init__(self, *, base: str | None, timeout: float, called: Called = unnoticed) -> None:
        self._http = TimedClient(called, timeout)
        self._base = {"api": base, "connect": base} if base else None
        self.timeout = timeout

    def client(self, secret: Secret, *, retries: int = _RETRIES) -> stripe.StripeClient:
        """Returns the SDK's client for a key. Creating one is cheap because all share the HTTP client."""
        return stripe.StripeClient(
            secret.reveal(),
            base_addresses=self._base,  # type: ignore[arg-type]  # the SDK does not export its TypedDict
            http_client=self._http,
            max_network_retries=retries,
        )

    @asynccontextmanager
    async def translating_failures(self) -> AsyncIterator[None]:
        """Raises StripeUnavailableError if a call within fails or exceeds the timeout."""
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except FAILURES as error:
            raise StripeUnavailableError(retry_after(error)) from None

    async def identify(self, key: StripeKey) -> Account | None:
        """Returns the key's account, or None if the key is valid but lacks permission to read its account.

        Raises KeyRefusedError or StripeUnavailableError.
        """
        return await self.read_account(self.client(key.secret), restricted=key.restricted)

    async def read_account(
        self, client: stripe.StripeClient, *, connected: str | None = None, restricted: bool = False
    ) -> Account | None:
        """Retrieves the account of the client's key, or the connected account; None if the key may not read it.

        Raises KeyRefusedError or StripeUnavailableError, unchained: the SDK's exceptions can contain the key.
        https://docs.stripe.com/api/accounts/retrieve
        """
        options: stripe.RequestOptions = {"stripe_account": connected} if connected else {}
        async with self.translating_failures():
            try:
                return _account(await client.v1.accounts.retrieve_current_async(options=options))
            except stripe.PermissionError as error:
                if fault := _fault_of_permission_error(error, restricted=restricted):
                    raise KeyRefusedError(fault) from None
                return None
            except stripe.AuthenticationError as error:
                raise KeyRefusedError(_fault_of_authentication_error(error)) from None

    async def close(self) -> None:
        await self._http.close_async()


def _account(account: stripe.Account) -> Account:
    """Converts an account. Fields are absent if their owner left them empty or the key may not read them."""
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
    """Returns the error's code, which the SDK sets only on the error object for 401, 403 and 429."""
    return error.error.code if error.error else None


def _fault_of_authentication_error(error: stripe.AuthenticationError) -> KeyFault:
    return KeyFault.EXPIRED if _code(error) == "api_key_expired" else KeyFault.REJECTED


def _fault_of_permission_error(error: stripe.PermissionError, *, restricted: bool) -> KeyFault | None:
    """Returns None if the key is valid but restricted from reading its account; Stripe then names a permission."""
    message = error.user_message or ""
    if _code(error) == "account_invalid":
        return KeyFault.ACCESS_REVOKED
    if "IP address" in message:
        return KeyFault.IP_NOT_ALLOWED
    return None if restricted or "rak_" in message else KeyFault.REJECTED


def retry_after(error: Exception) -> int | None:
    """Returns Stripe's Retry-After, in seconds."""
    headers = error.headers if isinstance(error, stripe.StripeError) else None
    seconds = (headers or {}).get("retry-after", "")
    return int(seconds) if _RETRY_AFTER.fullmatch(seconds) else None

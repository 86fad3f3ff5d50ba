"""The client of Stripe's SDK, which every call to Stripe uses, and the calls that ask about keys."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import stripe

from adapters.stripe.calls import LAST_STATUS, Observer, StripeFailure, TimedClient
from adapters.stripe.causes import Cause, cause_of
from adapters.stripe.key_format import KeyFault, KeyRefusedError, StripeKey
from kit.secret import Secret
from kit.text import one_line

# Send no usage statistics to Stripe. The SDK only has a process-wide switch.
stripe.enable_telemetry = False
# The SDK logs Stripe's error messages, which can quote a pasted key.
logging.getLogger("stripe").disabled = True

_RETRIES = 2
_NOTHING = logging.CRITICAL  # a level that no cause has
# The SDK raises more than its own errors when a response is not in Stripe's format, for instance a proxy's.
FAILURES = (stripe.StripeError, TimeoutError, AttributeError, TypeError, ValueError, KeyError, RecursionError)
# The longest name of an account, and the longest code of a country or currency.
_MAX_NAME, _MAX_CODE = 300, 8
_RETRY_AFTER = re.compile(r"\d{1,6}", re.ASCII)
_REQUEST_ID = re.compile(r"req_\w{1,64}", re.ASCII)
_ACCOUNT_ID = re.compile(r"acct_\w{1,250}", re.ASCII)
# The account that the text of a missing permission names. The text quotes the key likewise, but a key begins otherwise.
_NAMED_ACCOUNT = re.compile(r"'(acct_[A-Za-z0-9]{1,250})'", re.ASCII)
# The causes that speak of the key itself.
_FAULTS = {
    Cause.KEY_REJECTED: KeyFault.REJECTED,
    Cause.KEY_EXPIRED: KeyFault.EXPIRED,
    Cause.ACCESS_REVOKED: KeyFault.ACCESS_REVOKED,
    Cause.IP_NOT_ALLOWED: KeyFault.IP_NOT_ALLOWED,
}

_logger = logging.getLogger(__name__)


class StripeUnavailableError(Exception):
    """A call to Stripe failed for the cause.

    `retry_after` is Stripe's Retry-After in seconds, if any. `account` is the id that a missing permission names.
    """

    def __init__(self, cause: Cause, retry_after: int | None = None, account: str | None = None) -> None:
        super().__init__(cause.text)
        self.cause = cause
        self.retry_after = retry_after
        self.account = account


@dataclass(frozen=True, slots=True)
class Account:
    """A Stripe account. `country` is ISO 3166-1 alpha-2, `default_currency` ISO 4217 in lower case.

    Of a key that may not read its account, only the id may be known.
    """

    id: str
    name: str | None = None
    country: str | None = None
    default_currency: str | None = None


class StripeGateway:
    """Calls Stripe, or the server at `base`. `timeout` limits a call with its retries, in seconds.

    Two HTTP clients serve the process; `close` closes them. Each has at most a hundred connections: refreshes of tokens
    have their own, because they come by the hundred, and might hang and leave the other calls none.
    """

    def __init__(self, *, base: str | None, timeout: float, observer: Observer | None = None) -> None:
        self._observer = observer or Observer()
        self._http = TimedClient(self._observer, timeout)
        self._refreshing = TimedClient(self._observer, timeout)
        self._base = {"api": base, "connect": base} if base else None
        self.timeout = timeout

    def client(self, secret: Secret, *, retries: int = _RETRIES, refreshes: bool = False) -> stripe.StripeClient:
        """Returns the SDK's client for a key. Creating one is cheap because all share an HTTP client."""
        return stripe.StripeClient(
            secret.reveal(),
            base_addresses=self._base,  # type: ignore[arg-type]  # the SDK does not export its TypedDict
            http_client=self._refreshing if refreshes else self._http,
            max_network_retries=retries,
        )

    @asynccontextmanager
    async def calling(
        self,
        call: str,
        *,
        as_platform: bool = False,
        log_from: int = logging.INFO,
        renamed: Mapping[Cause, Cause] = {},
    ) -> AsyncIterator[None]:
        """Limits the time of a call within, and logs and reports its failure. Raises StripeUnavailableError.

        `log_from` is the lowest level of causes that are logged. `renamed` maps causes to those of this call.
        """
        LAST_STATUS.set(None)
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except FAILURES as error:
            cause = cause_of(error, LAST_STATUS.get(), as_platform=as_platform)
            cause = renamed.get(cause, cause)
            self._observer.failed(StripeFailure(call, cause))
            if cause.level >= log_from:
                _log(call, cause, error)
            raise StripeUnavailableError(cause, _retry_after(error), _named_account(cause, error)) from None

    async def identify(self, key: StripeKey, *, quiet: bool = False) -> Account | None:
        """Does as `account_of`. `quiet`: what concerns only the user, such as a refused key, is not logged."""
        return await self._read_account(key.secret, log_from=logging.WARNING if quiet else logging.INFO)

    async def account_of(self, secret: Secret, *, unattended: bool = False) -> Account | None:
        """Returns the account of a key or access token.

        If the key may not read its account, returns its id alone, from Stripe's refusal, or None without one.
        `unattended`: nobody waits for it, so it is one call without retries, and its failure is the caller's to log.
        Raises KeyRefusedError or StripeUnavailableError, unchained: the SDK's exceptions can contain the key.
        """
        if unattended:
            return await self._read_account(secret, retries=0, log_from=_NOTHING)
        return await self._read_account(secret)

    async def _read_account(
        self, secret: Secret, *, retries: int = _RETRIES, log_from: int = logging.INFO
    ) -> Account | None:
        """https://docs.stripe.com/api/accounts/retrieve."""
        client = self.client(secret, retries=retries)
        try:
            async with self.calling("GET /v1/account", log_from=log_from):
                return _account(await client.v1.accounts.retrieve_current_async())
        except StripeUnavailableError as error:
            if error.cause is Cause.PERMISSION_MISSING:
                return Account(error.account) if error.account else None
            if error.cause in _FAULTS:
                raise KeyRefusedError(_FAULTS[error.cause]) from None
            raise

    async def close(self) -> None:
        await self._http.close_async()
        await self._refreshing.close_async()


def _log(call: str, cause: Cause, error: Exception) -> None:
    """Logs the cause, and not Stripe's text. The id of the request finds it in the Stripe Dashboard."""
    fields = {
        "cause": cause.label,
        "call": call,
        "status": LAST_STATUS.get(),
        "stripe_request_id": _header(error, "request-id", _REQUEST_ID),
    }
    present = {name: value for name, value in fields.items() if value is not None}
    _logger.log(cause.level, "%s.", cause.text, extra={"fields": present})


def _named_account(cause: Cause, error: Exception) -> str | None:
    """The account that the text of a missing permission names, and no other."""
    if cause is not Cause.PERMISSION_MISSING or not isinstance(error, stripe.StripeError):
        return None
    named = set(_NAMED_ACCOUNT.findall(str(error.user_message or "")))
    return named.pop() if len(named) == 1 else None


def _account(account: stripe.Account) -> Account:
    """Converts an account. Fields are absent if their owner left them empty or the key may not read them.

    Its owner chooses the name, so the texts are made printable and cut, whoever stores or shows them.
    """
    if account.object != "account":
        raise TypeError(account.object)
    profile, settings = getattr(account, "business_profile", None), getattr(account, "settings", None)
    display_name = getattr(getattr(settings, "dashboard", None), "display_name", None)
    return Account(
        id=account_id(account.id),
        name=_one_line(getattr(profile, "name", None)) or _one_line(display_name),
        country=_one_line(getattr(account, "country", None), _MAX_CODE),
        default_currency=_one_line(getattr(account, "default_currency", None), _MAX_CODE),
    )


def account_id(value: object) -> str:
    """Returns an account's id as it is; raises TypeError if it is none."""
    if not isinstance(value, str) or not _ACCOUNT_ID.fullmatch(value):
        raise TypeError(type(value))
    return value


def _one_line(text: str | None, max_length: int = _MAX_NAME) -> str | None:
    return one_line(text, max_length) if text else None


def _retry_after(error: Exception) -> int | None:
    seconds = _header(error, "retry-after", _RETRY_AFTER)
    return int(seconds) if seconds else None


def _header(error: Exception, name: str, form: re.Pattern[str]) -> str | None:
    """Returns a header of Stripe's response, if it has the form."""
    value = (error.headers or {}).get(name, "") if isinstance(error, stripe.StripeError) else ""
    return value if form.fullmatch(value) else None

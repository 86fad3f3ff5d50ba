"""Each cause for which a code is not exchanged has its own outcome, log line and figure."""

from pathlib import Path

import pytest

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeUnavailableError
from adapters.stripe.grants import GrantFault, GrantRefusedError, OutcomeUnknownError
from tests.adapters.test_stripe_causes import KEY_CAUSES, OTHER_CAUSES
from tests.support.ports import own_port
from tests.support.stripe_answers import Observed, answering, http_response, self_signed

# The SDK passes encoded forms to httpx in a way that httpx deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use .content=")

_TOKEN = "POST /oauth/token"


def _oauth(error: str, description: str = "x", status: str = "400 Bad Request") -> bytes:
    return http_response(status, f'{{"error": "{error}", "error_description": "{description}"}}')


_API = '{{"error": {{"type": "invalid_request_error", "message": "{}"}}}}'
EXCHANGES: dict[str, tuple[bytes, Cause, object]] = {
    "the code is unknown": (
        _oauth("invalid_grant", "Authorization code does not exist: ac_1"),
        Cause.CODE_REFUSED,
        GrantFault.REJECTED,
    ),
    "the code is of test mode": (
        _oauth("invalid_grant", "Passed in livemode API key but authorization code only supports returning test keys"),
        Cause.WRONG_MODE,
        GrantFault.MODE_MISMATCH,
    ),
    "the platform's key is wrong": (
        _oauth("invalid_client", "No such API key: sk_1", "401 Unauthorized"),
        Cause.PLATFORM_KEY_REFUSED,
        StripeUnavailableError,
    ),
    "the platform's key is wrong, as the API says it": (
        http_response("401 Unauthorized", _API.format("Invalid API Key provided")),
        Cause.PLATFORM_KEY_REFUSED,
        StripeUnavailableError,
    ),
    "the platform's key may not": (
        http_response("403 Forbidden", _API.format("The provided key does not have the required permissions")),
        Cause.PLATFORM_PERMISSION_MISSING,
        StripeUnavailableError,
    ),
    "the platform's address is not allowed": (
        http_response("401 Unauthorized", _API.format("This key does not allow requests from your IP address.")),
        Cause.IP_NOT_ALLOWED,
        StripeUnavailableError,
    ),
    "a limit": (http_response("429 Too Many Requests", ""), Cause.RATE_LIMITED, StripeUnavailableError),
    "an OAuth error that the SDK does not know": (
        _oauth("temporarily_refused"),
        Cause.OAUTH_REFUSED,
        GrantFault.REJECTED,
    ),
    "an OAuth error of the request": (_oauth("invalid_request"), Cause.OAUTH_REFUSED, GrantFault.REJECTED),
    "a bad request": (http_response("400 Bad Request", _API.format("x")), Cause.REQUEST_REFUSED, GrantFault.REJECTED),
    "nothing there": (http_response("404 Not Found", "<h1>x</h1>"), Cause.NOT_FOUND, GrantFault.REJECTED),
    "a failure": (http_response("500 Internal Server Error", ""), Cause.STRIPE_FAILED, OutcomeUnknownError),
    "a failure in OAuth's form": (
        _oauth("server_error", status="500 Internal Server Error"),
        Cause.STRIPE_FAILED,
        OutcomeUnknownError,
    ),
    "no answer": (b"", Cause.CONNECTION_LOST, OutcomeUnknownError),
    "a web page": (http_response("200 OK", "<h1>x</h1>"), Cause.MALFORMED_RESPONSE, OutcomeUnknownError),
    "an answer without a token": (http_response("200 OK", "{}"), Cause.MALFORMED_RESPONSE, OutcomeUnknownError),
}


@pytest.mark.parametrize("case", EXCHANGES)
async def test_refusals_of_a_code_are_told_apart(caplog: pytest.LogCaptureFixture, case: str) -> None:
    answer, cause, expected = EXCHANGES[case]
    async with answering(answer) as address:
        observed = Observed(address, caplog)
        outcome = await observed.exchange()
    observed.assert_reported(cause, _TOKEN)
    if isinstance(outcome, GrantRefusedError):
        assert outcome.fault is expected
    else:
        assert type(outcome) is expected


async def test_a_code_that_was_not_sent_can_be_sent_again(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    observed = Observed(f"http://127.0.0.1:{own_port()}", caplog)
    assert isinstance(await observed.exchange(), StripeUnavailableError)
    observed.assert_reported(Cause.UNREACHABLE, _TOKEN)
    caplog.clear()
    async with answering(b"", self_signed(tmp_path)) as address:
        observed = Observed(address, caplog)
        assert isinstance(await observed.exchange(), StripeUnavailableError)
    observed.assert_reported(Cause.TLS_FAILED, _TOKEN)


def test_every_cause_is_provoked() -> None:
    provoked = {cause for cause, _ in KEY_CAUSES.values()} | set(OTHER_CAUSES.values())
    provoked |= {cause for _, cause, _ in EXCHANGES.values()}
    elsewhere = {Cause.PERMISSION_MISSING, Cause.UNREACHABLE, Cause.TIMED_OUT, Cause.TLS_FAILED, Cause.PROXY_FAILED}
    assert set(Cause) == provoked | elsewhere | {Cause.REFRESH_REFUSED}  # of a refresh, in test_stripe_app_calls

"""Calls as a Stripe App: the meaning of Stripe's answers for codes and refresh tokens, and its Install API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.stripe.apps import App, RefreshRefusedError, StripeApps
from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeGateway, StripeUnavailableError
from adapters.stripe.grants import GrantRefusedError, app_grant_of
from kit.secret import Secret
from tests.adapters.test_stripe_grants import EXCHANGES
from tests.support.ports import own_port
from tests.support.secrecy import keep, secret_key
from tests.support.serving import running_app
from tests.support.stripe_answers import Observed, answering

# The SDK passes encoded forms to httpx in a way that httpx deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use .content=")

_TOKEN = "POST /v1/oauth/token"
_PINNED = "2026-10-28.endive"
# Causes of an exchange that speak of a code, and those that a refresh has instead.
_OF_REFRESH = {
    Cause.CODE_REFUSED: Cause.REFRESH_REFUSED,
    Cause.WRONG_MODE: Cause.PLATFORM_KEY_REFUSED,
    Cause.OAUTH_REFUSED: Cause.REQUEST_REFUSED,
}
_ANSWER = {
    "access_token": "rk_test_1",
    "refresh_token": "rt_1",
    "livemode": False,
    "stripe_user_id": "acct_1",
    "scope": "stripe_apps",
}


def _apps(gateway: StripeGateway, app_id: str | None = "app_1") -> StripeApps:
    app = App("http://127.0.0.1/authorize?client_id=ca_1", Secret(secret_key()), Secret("whsec_1"), app_id)
    return StripeApps(gateway, {False: app}, "http://127.0.0.1/stripe/callback")


async def _exchange(apps: StripeApps) -> object:
    return await apps.exchange(livemode=False, code=Secret(keep("ac_AppCodeThatMustNotBeLogged")))


async def _refresh(apps: StripeApps) -> object:
    return await apps.refresh(livemode=False, token=Secret(keep("rt_TokenThatMustNotBeLogged")))


@pytest.mark.parametrize("case", EXCHANGES)
async def test_a_code_of_an_app_is_refused_for_the_causes_of_connect(
    caplog: pytest.LogCaptureFixture, case: str
) -> None:
    answer, cause, expected = EXCHANGES[case]
    async with answering(answer) as address:
        observed = Observed(address, caplog)
        outcome = await observed.outcome(_exchange(_apps(observed.gateway)))
    observed.assert_reported(cause, _TOKEN)
    if isinstance(outcome, GrantRefusedError):
        assert outcome.fault is expected
    else:
        assert type(outcome) is expected


@pytest.mark.parametrize("case", EXCHANGES)
async def test_only_a_refused_token_ends_a_grant(caplog: pytest.LogCaptureFixture, case: str) -> None:
    answer, cause, _ = EXCHANGES[case]
    async with answering(answer) as address:
        observed = Observed(address, caplog)
        outcome = await observed.outcome(_refresh(_apps(observed.gateway)))
    observed.assert_reported(_OF_REFRESH.get(cause, cause), _TOKEN)
    if cause is Cause.CODE_REFUSED:
        assert isinstance(outcome, RefreshRefusedError)
        return
    assert isinstance(outcome, StripeUnavailableError)
    assert outcome.cause is _OF_REFRESH.get(cause, cause)


async def test_a_refresh_that_was_not_sent_may_be_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    observed = Observed(f"http://127.0.0.1:{own_port()}", caplog)
    outcome = await observed.outcome(_refresh(_apps(observed.gateway)))
    assert isinstance(outcome, StripeUnavailableError)
    assert outcome.cause is Cause.UNREACHABLE


@pytest.mark.parametrize(
    ("given", "lifetime"),
    [
        ({}, timedelta(hours=1)),
        ({"expires_in": 7200}, timedelta(hours=2)),
        ({"expires_in": "7200"}, timedelta(hours=1)),
        ({"expires_in": 0}, timedelta(hours=1)),
        ({"expires_in": True}, timedelta(hours=1)),
        ({"expires_in": 10**18}, timedelta(days=365)),
    ],
    ids=str,
)
def test_a_grant_is_not_lost_for_its_lifetime(given: dict[str, Any], lifetime: timedelta) -> None:
    assert app_grant_of(_ANSWER | given).lifetime == lifetime


@pytest.mark.parametrize("field", ["access_token", "refresh_token", "livemode", "stripe_user_id"])
@pytest.mark.parametrize("value", [None, 1, {}])
def test_an_answer_without_what_is_needed_is_no_grant(field: str, value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        app_grant_of({name: given for name, given in _ANSWER.items() if name != field})
    with pytest.raises((KeyError, TypeError, ValueError)):
        app_grant_of(_ANSWER | {field: value})


@dataclass(slots=True)
class _InstallAPI:
    """Stripe's Install API with one installation; records method, path, version and account of each call."""

    status: str
    code: int = 200
    calls: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        given = request.headers
        self.calls.append((request.method, request.url.path, given.get("stripe-version"), given.get("stripe-account")))
        install = {"object": "apps.install", "id": "appinst_1", "status": self.status}
        if request.method == "GET":
            assert dict(request.query_params) == {"app": "app_1", "account": "acct_1"}
            found = [] if self.status == "none" else [install]
            return JSONResponse({"object": "list", "data": found, "has_more": False, "url": "/v1/apps/installs"})
        return JSONResponse(install if self.code == 200 else {"error": {"type": "api_error"}}, self.code)

    @contextmanager
    def running(self) -> Iterator[str]:
        route = Route("/{path:path}", self.answer, methods=["GET", "POST"])
        with running_app(Starlette(routes=[route])) as port:
            yield f"http://127.0.0.1:{port}"


class _OlderGateway(StripeGateway):
    """A gateway whose SDK has another version of the API."""

    def client(self, secret: Secret, **_: object) -> stripe.StripeClient:  # one try is enough
        return stripe.StripeClient(
            secret.reveal(),
            stripe_version="2026-05-27.dahlia",
            base_addresses=self._base,  # type: ignore[arg-type]  # as in the gateway
            http_client=self._http,
        )


async def _end_access(api: _InstallAPI, app_id: str | None = "app_1") -> bool:
    with api.running() as base:
        gateway = _OlderGateway(base=base, timeout=10)
        try:
            return await _apps(gateway, app_id).end_access(livemode=False, account_id="acct_1", token=None)
        finally:
            await gateway.close()


_LIST = ("GET", "/v1/apps/installs", _PINNED, None)
_UNINSTALL = ("POST", "/v1/apps/installs/appinst_1/uninstall", _PINNED, "acct_1")


@pytest.mark.parametrize(
    ("status", "code", "ended", "calls"),
    [
        ("installed", 200, True, [_LIST, _UNINSTALL]),
        ("uninstall_failed", 200, True, [_LIST, _UNINSTALL]),
        ("uninstalling", 200, True, [_LIST]),
        ("none", 200, True, [_LIST]),
        ("installed", 403, False, [_LIST, _UNINSTALL]),
    ],
)
async def test_an_app_is_uninstalled_by_the_install_api_in_its_own_version(
    status: str, code: int, ended: bool, calls: list[object]
) -> None:
    api = _InstallAPI(status, code)
    assert await _end_access(api) is ended
    assert api.calls == calls


async def test_without_its_id_an_app_stays_installed(caplog: pytest.LogCaptureFixture) -> None:
    api = _InstallAPI("installed")
    assert not await _end_access(api, app_id=None)
    assert (api.calls, caplog.text) == ([], "")

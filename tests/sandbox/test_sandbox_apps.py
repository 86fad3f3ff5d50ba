"""The sandbox's Stripe App over real HTTP: links, consent, and who may call the token endpoint."""

import asyncio
import re

import pytest

from sandbox import registered_apps
from sandbox.apps.installs import REFRESHES
from sandbox.oauth import shortened
from tests.support.plain import plain_client
from tests.support.readme import commands, page, run_commands
from tests.support.servers import RunningServer
from tests.support.stripe import changed_at_stripe
from tests.support.stripe_api import StripeAPI
from tests.support.stripe_app import ACCOUNT, CLIENT_ID, SECRET_KEY, StripeApp, answer_of
from tests.support.stripe_schema import assert_is

_LINK = {"path": "/oauth/v2/chnlink_SandboxTest/authorize"}


async def test_the_page_asks_to_log_in_and_then_for_what_is_installed(app: StripeApp) -> None:
    first = (await app.authorize()).text
    assert "This is not Stripe." in first
    assert "Get started with Stripe" in first
    assert "← Return to Drawbridge</button>" in first
    assert ">Log in</button>" in first
    assert "Install</button>" not in first
    second = (await app.authorize("POST", decision="login", state="s")).text
    assert "This is not Stripe." in second
    assert '<input type="hidden" name="state" value="s">' in second
    for words in ("test mode", "external test", "<code>customer_read</code>", ">Install</button>", ">Decline</button>"):
        assert words in second


async def test_a_published_app_is_installed_by_the_form_without_a_channel(live: StripeApp) -> None:
    assert "external test" not in (await live.authorize("POST", decision="login")).text
    answer = await live.tokens()
    assert answer["livemode"] is True
    assert answer["access_token"].startswith("rk_live_")
    customer = await StripeAPI(live.base, answer["access_token"]).create("customers", {})
    assert customer["livemode"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/oauth/v2/authorize"},
        {"path": "/oauth/v2/chnlink_Other/authorize"},
        {"client_id": "ca_nobody"},
        {"client_id": "ca_SandboxAppLive", **_LINK},
        {"client_id": "ca_SandboxTest"},
        {"redirect_uri": "https://evil.example/callback"},
        {"response_type": "code"},
        {"scope": "read_write"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_link_is_invalid_for_no_stated_reason(
    app: StripeApp, method: str, changes: dict[str, str]
) -> None:
    response = await app.authorize(method, **changes)
    assert response.status_code == 400
    assert "The provided OAuth link is invalid." in response.text
    assert "This is not Stripe." in response.text


async def test_a_decline_returns_without_the_state(app: StripeApp) -> None:
    for decision in ("deny", ""):
        response = await app.authorize("POST", decision=decision, state="s", redirect_uri=_callback(app))
        assert response.status_code == 303
        assert response.headers["location"] == (
            f"{_callback(app)}?error=access_denied&error_description=The+user+denied+your+request"
        )


def _callback(app: StripeApp) -> str:
    return app.base.replace("/sandbox", "/stripe/callback")


async def test_an_installation_returns_with_a_code_and_with_the_state_if_there_was_one(app: StripeApp) -> None:
    answer = await app.approve(state="s")
    assert answer["code"].startswith("ac_")
    assert (answer["state"], answer["account_id"], answer["stripe_user_id"]) == ("s", ACCOUNT, ACCOUNT)
    assert "state" not in await app.approve()


async def test_the_marketplace_begins_without_a_state(app: StripeApp) -> None:
    page = (await app.send("GET", "/apps")).text
    links = re.findall(r'<li><a href="\./(.*?)">', page)
    assert [link.partition("?")[0] for link in links] == [
        "oauth/v2/authorize",
        "oauth/v2/chnlink_SandboxTest/authorize",
    ]
    for link in links:
        assert "state" not in link
        assert "Get started with Stripe" in (await app.send("GET", f"/{link}")).text


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password", "code": "ac_1"}, "unsupported_grant_type"),
    ],
    ids=str,
)
async def test_a_bad_call_is_refused(app: StripeApp, form: dict[str, str], error: str) -> None:
    response = await app.token(**form)
    assert (response.status_code, response.json()["error"]) == (400, error)


async def test_only_a_secret_key_exchanges(app: StripeApp) -> None:
    answer = await app.tokens()
    for key in ("rk_test_51Sandbox4242", answer["access_token"], answer["refresh_token"]):
        response = await app.refresh(answer["refresh_token"], key=key)
        assert (response.status_code, response.json()["error"]["type"]) == (403, "invalid_request_error")
        assert_is("error", response.json())
        assert key not in response.text
    assert (await app.refresh("rt_1", key="pk_test_1")).json()["error"]["code"] == "secret_key_required"
    unknown = await app.refresh("rt_1", key="nonsense")
    assert (unknown.status_code, unknown.json()["error"]) == (401, "invalid_client")
    async with plain_client(base_url=app.base) as http:
        without = await http.post("/v1/oauth/token", data={"grant_type": "refresh_token"})
    assert without.status_code == 401
    assert without.json()["error"]["message"].startswith("You did not provide an API key.")


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        ("rejected", 401, "invalid_client"),
        ("expired", 401, None),
        ("unavailable", 500, None),
        ("restricted", 403, None),
    ],
)
async def test_the_developer_s_key_decides_what_becomes_of_its_calls(
    any_server: RunningServer, app: StripeApp, behaviour: str, status: int, error: str
) -> None:
    async with changed_at_stripe(any_server, SECRET_KEY, behaviour):
        response = await app.refresh("rt_1")
    assert response.status_code == status
    assert not error or response.json()["error"] == error


def test_the_documentation_names_the_app_and_the_outcomes_of_refreshes() -> None:
    text = page("sandbox")
    for each in registered_apps("http://127.0.0.1", "http://127.0.0.1"):
        for value in (each.authorize_link(""), each.secret_key, each.webhook_secret, each.app_id):
            assert f"`{value}`" in text
    assert re.findall(r"^\| `(\w+)` \| (?:Is|Succeeds)", text, re.MULTILINE) == list(REFRESHES)


async def test_the_documentation_s_commands_move_the_clock_and_make_refreshes_fail(app: StripeApp) -> None:
    answer = await app.tokens()
    shown, token = (
        {"http://127.0.0.1:8000": app.base.removesuffix("/sandbox")},
        {"rk_test_app…": answer["access_token"]},
    )
    await asyncio.to_thread(run_commands, commands(containing="sandbox/apps/refreshes"), shown | token)
    assert (await app.refresh(answer["refresh_token"])).status_code == 500
    await asyncio.to_thread(run_commands, commands(containing="sandbox/clock"), shown)
    assert not await app.works(answer["access_token"])


async def test_the_page_counts_exchanges_and_refreshes(app: StripeApp) -> None:
    code = (await app.approve())["code"]
    answer = answer_of(await app.exchange(code))
    await app.refresh(answer["refresh_token"])
    await app.refresh(answer["refresh_token"])
    page = (await app.send("GET", "/apps")).text
    counts = rf"<code>{shortened(code)}</code></td><td>{ACCOUNT}</td><td>1</td><td>1</td>"
    assert re.search(counts, page)
    assert code not in page
    assert answer["access_token"] not in page


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/", {}),
        ("/accounts", {}),
        ("/apps", {}),
        ("/keys", {"key": ""}),
        ("/clock", {"seconds": ""}),
        ("/oauth/v2/authorize?client_id=ca_SandboxAppLive", {}),
        ("/oauth/v2/authorize", {"client_id": "ca_SandboxAppLive", "decision": "login"}),
        ("/oauth/v2/authorize", {"client_id": "ca_SandboxAppLive", "decision": "approve"}),
        ("/oauth/authorize?client_id=ca_SandboxTest&response_type=code", {}),
        ("/oauth/authorize", {"client_id": "ca_SandboxTest", "response_type": "code", "decision": "login"}),
        ("/oauth/authorize", {"client_id": "ca_SandboxTest", "response_type": "code", "decision": "approve"}),
        ("/oauth/authorize", {"client_id": "ca_nobody"}),
        ("/apps/uninstall", {"client_id": CLIENT_ID, "account": "acct_1Nobody"}),
    ],
    ids=str,
)
async def test_each_page_says_that_it_is_not_stripe(app: StripeApp, path: str, form: dict[str, str]) -> None:
    page = await app.send("POST" if form else "GET", path, data=form or None)
    assert page.headers["content-type"].startswith("text/html")
    assert "This is not Stripe." in page.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/clock", {}),
        ("/clock", {"seconds": "-1"}),
        ("/clock", {"seconds": "a while"}),
        ("/apps/refreshes", {}),
        ("/apps/refreshes", {"token": "rt_nobody", "refresh": "works"}),
        ("/apps/send", {"client_id": CLIENT_ID, "event": "loud"}),
        (_LINK["path"], {"client_id": CLIENT_ID, "decision": "approve", "permissions": "all"}),
        (_LINK["path"], {"client_id": CLIENT_ID, "decision": "approve", "expires_in": "soon"}),
    ],
    ids=str,
)
async def test_a_bad_choice_is_refused(app: StripeApp, path: str, form: dict[str, str]) -> None:
    assert (await app.send("POST", path, data=form)).status_code == 400

"""The sandbox over real HTTP: responses in Stripe's format, and a page that changes the behaviour of keys."""

import re

import httpx
import pytest

from sandbox.keys import MAGIC_KEYS, Behaviour
from sandbox.permissions import Wording
from tests.support.plain import plain_client
from tests.support.secrecy import leaks, secret_key, show
from tests.support.servers import RunningServer
from tests.support.stripe import restrict_at_stripe

_ERRORS = [
    ("rejected", 401, "invalid_request_error", None),
    ("expired", 401, "invalid_request_error", "api_key_expired"),
    ("restricted", 403, "invalid_request_error", None),
    ("revoked", 403, "invalid_request_error", "account_invalid"),
    ("ipblocked", 403, "invalid_request_error", None),
    ("unauthorizedip", 401, "invalid_request_error", None),
    ("permissiondenied", 403, "invalid_request_error", None),
    ("morepermissions", 403, "invalid_request_error", "more_permissions_required_for_application"),
    ("forbidden", 403, "invalid_request_error", None),
    ("platformexpired", 401, "invalid_request_error", "platform_api_key_expired"),
    ("badrequest", 400, "invalid_request_error", "parameter_unknown"),
    ("failedrequest", 402, "card_error", None),
    ("notfound", 404, "invalid_request_error", None),
    ("ratelimited", 429, "invalid_request_error", "rate_limit"),
    ("retryafter", 429, "invalid_request_error", "rate_limit"),
    ("locked", 429, "invalid_request_error", "lock_timeout"),
    ("publishable", 403, "invalid_request_error", "secret_key_required"),
    ("unavailable", 500, "api_error", None),
]


async def _ask(server: RunningServer, path: str, method: str = "GET", **request: object) -> httpx.Response:
    async with plain_client(base_url=f"{server.address}/sandbox") as http:
        response = await http.request(method, path, **request)  # type: ignore[arg-type]  # passed on as they are
    show(f"{response.headers} {response.text}")
    assert not leaks(f"{response.headers} {response.text}"), "no answer holds a whole key"
    return response


async def _account(server: RunningServer, key: str) -> httpx.Response:
    return await _ask(server, "/v1/account", headers={"Authorization": f"Bearer {key}"})


async def _change(server: RunningServer, **form: str) -> httpx.Response:
    return await _ask(server, "/keys", "POST", data=form)


async def test_the_page_lists_all_magic_keys_and_offers_all_behaviours(server: RunningServer) -> None:
    page = await _ask(server, "/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"<tr><td><code>([^<]+)</code></td>", page.text) == list(MAGIC_KEYS)
    assert re.findall(r"<option>(\w+)</option>", page.text) == [*Behaviour, *Wording]


def test_every_misbehaviour_has_a_magic_key_on_the_page() -> None:
    begins = {key.split("_", 2)[2].rstrip("…") for key in MAGIC_KEYS}
    assert begins == set(Behaviour) - {Behaviour.ACCEPTED}


@pytest.mark.parametrize(("behaviour", "status", "type_", "code"), _ERRORS)
async def test_errors_have_stripes_shape(
    server: RunningServer, behaviour: str, status: int, type_: str, code: str | None
) -> None:
    key = secret_key("sk_live_", behaviour)
    response = await _account(server, key)
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert (error["type"], error.get("code")) == (type_, code)
    assert error["message"]
    assert set(error) <= {"type", "message", "code"}


@pytest.mark.parametrize(
    ("behaviour", "reason", "seconds", "should_retry"),
    [
        ("ratelimited", "endpoint-rate", None, None),
        ("retryafter", "endpoint-rate", "7", None),
        ("locked", None, None, "true"),
        ("expired", None, None, "false"),
        ("unavailable", None, None, None),
    ],
)
async def test_headers_say_why_and_whether_to_try_again(
    server: RunningServer, behaviour: str, reason: str | None, seconds: str | None, should_retry: str | None
) -> None:
    headers = (await _account(server, secret_key(behaviour=behaviour))).headers
    assert headers.get("stripe-rate-limited-reason") == reason
    assert headers.get("retry-after") == seconds
    assert headers.get("stripe-should-retry") == should_retry


@pytest.mark.parametrize("behaviour", ["51Sandbox", "rejected", "unavailable"])
async def test_each_answer_has_a_request_id_of_its_own(server: RunningServer, behaviour: str) -> None:
    ids = [(await _account(server, secret_key(behaviour=behaviour))).headers["request-id"] for _ in range(2)]
    assert all(re.fullmatch(r"req_\w{14}", id_) for id_ in ids)
    assert len(set(ids)) == 2


async def test_a_good_key_gets_an_account_of_stripes_shape(server: RunningServer) -> None:
    account = (await _account(server, secret_key())).json()
    assert account["object"] == "account"
    assert account["id"].startswith("acct_")
    assert account["business_profile"]["name"]
    assert re.fullmatch(r"[A-Z]{2} [a-z]{3}", f"{account['country']} {account['default_currency']}")


@pytest.mark.slow
async def test_a_slow_key_gets_its_answer_after_the_servers_time_out(server: RunningServer) -> None:
    response = await _account(server, secret_key(behaviour="slow"))
    assert response.status_code == 200
    assert response.elapsed.total_seconds() > server.settings.stripe.stripe_timeout_seconds


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}])
async def test_a_call_without_a_key_is_refused(server: RunningServer, headers: dict[str, str]) -> None:
    response = await _ask(server, "/v1/account", headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert "request-id" in response.headers


async def test_a_publishable_key_is_told_by_its_code(server: RunningServer) -> None:
    response = await _account(server, "pk_test_51Sandbox4242424242")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "secret_key_required")


@pytest.mark.parametrize("key", ["whsec_51Sandbox4242424242", "sk_test", "no-key"])
async def test_what_is_no_secret_key_is_rejected(server: RunningServer, key: str) -> None:
    assert (await _account(server, key)).status_code == 401


@pytest.mark.parametrize("key", ["hunter2", "sk_test_12"])
async def test_what_is_short_is_not_echoed_whole_either(server: RunningServer, key: str) -> None:
    assert key not in (await _account(server, key)).text


async def test_the_form_changes_what_becomes_of_a_key_and_of_no_other(server: RunningServer) -> None:
    key, other = secret_key(), secret_key()
    response = await _change(server, key=f" {key}\n", behaviour="expired")
    assert (response.status_code, response.headers["location"]) == (303, "./")
    assert (await _account(server, key)).json()["error"]["code"] == "api_key_expired"
    assert (await _account(server, other)).status_code == 200
    await _change(server, key=key, behaviour="accepted")
    assert (await _account(server, key)).status_code == 200


async def test_the_page_lists_the_keys_that_were_changed(server: RunningServer) -> None:
    changed, restricted = secret_key(), secret_key("rk_test_")
    await _change(server, key=changed, behaviour="rejected")
    await restrict_at_stripe(server, restricted, "customer_read")
    page = (await _ask(server, "/")).text
    for key, change in ((changed, "rejected"), (restricted, "customer_read")):
        assert f"{key[-4:]}</td><td>{change}</td>" in page


async def test_the_form_goes_before_how_a_key_begins(server: RunningServer) -> None:
    key = secret_key(behaviour="rejected")
    await _change(server, key=key, behaviour="accepted")
    assert (await _account(server, key)).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"key": "sk_test_51Sandbox4242"},
        {"behaviour": "expired"},
        {"key": "", "behaviour": "expired"},
        {"key": "  ", "behaviour": "expired"},
        {"key": "sk_test_51Sandbox4242", "behaviour": "EXPIRED"},
        {"key": "sk_test_51Sandbox4242", "behaviour": "exploded"},
    ],
    ids=str,
)
async def test_a_bad_form_is_refused(server: RunningServer, form: dict[str, str]) -> None:
    assert (await _change(server, **form)).status_code == 400


async def test_a_body_that_is_no_form_is_refused(server: RunningServer) -> None:
    for body in (b"", b"\xff\xfe\0", b"%%%=%%%&&&", b"{}", b"key"):
        assert (await _ask(server, "/keys", "POST", content=body)).status_code == 400


async def test_the_form_cannot_be_sent_by_a_link(server: RunningServer) -> None:
    assert (await _ask(server, "/keys", params={"key": "sk_test_1", "behaviour": "expired"})).status_code == 404

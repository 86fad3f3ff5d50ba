"""The sandbox authenticates, names and repeats calls as Stripe does."""

import re
from base64 import b64encode

import pytest

from sandbox.headers import API_VERSION
from tests.support.client import Client
from tests.support.oauth import connect, disconnect_at_stripe
from tests.support.plain import plain_client
from tests.support.secrecy import leaks, secret_key
from tests.support.servers import RunningServer
from tests.support.stripe_api import StripeAPI
from tests.support.stripe_schema import assert_is

_ACCOUNT = "acct_1SandboxDrawbridge"
_OTHER = "acct_1SandboxOther"
_PLATFORM = "sk_test_SandboxPlatform"


@pytest.fixture
def stripe(any_server: RunningServer) -> StripeAPI:
    """The API with a key of its own."""
    return StripeAPI(f"{any_server.address}/sandbox", secret_key())


def _basic(user: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:'.encode()).decode()}"}


async def test_a_key_may_be_the_user_of_http_basic(stripe: StripeAPI) -> None:
    assert (await stripe.call("GET", "/v1/account", headers=_basic(stripe.key))).json()["id"] == _ACCOUNT
    assert (await stripe.call("GET", "/v1/account", headers=_basic(""))).status_code == 401
    assert (await stripe.call("GET", "/v1/account", headers={"Authorization": "Basic %%%"})).status_code == 401
    rejected = await stripe.call("GET", "/v1/account", headers=_basic("sk_test_rejected1234567890"))
    assert rejected.json()["error"]["message"] == "Invalid API Key provided: sk_test_********7890"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("GET", "/v1/customers/cus_1/nothing"),
        ("GET", "/v1/"),
        ("GET", "/v2/core/events"),
        ("POST", "/v1/events"),
        ("POST", "/v1/account"),
        ("POST", "/v1/customers/cus_1"),
        ("DELETE", "/v1/customers"),
        ("PUT", "/v1/customers"),
        ("GET", "/nowhere"),
        ("GET", "/oauth/token"),
        ("DELETE", "/oauth/token"),
    ],
)
@pytest.mark.parametrize("authorization", [{}, {"Authorization": "Bearer sk_test_51Sandbox4242"}], ids=["none", "key"])
async def test_an_unknown_url_is_refused_in_json(
    any_server: RunningServer, method: str, path: str, authorization: dict[str, str]
) -> None:
    async with plain_client() as http:
        response = await http.request(method, f"{any_server.address}/sandbox{path}", headers=authorization)
    assert response.status_code == 404
    assert_is("error", response.json())
    assert response.json()["error"]["message"].startswith(f"Unrecognized request URL ({method}: {path}).")
    assert response.headers["request-id"].startswith("req_")


async def test_every_answer_has_an_id_and_a_version_and_repeats_the_idempotency_key(stripe: StripeAPI) -> None:
    plain = (await stripe.call("GET", "/v1/account")).headers
    assert re.fullmatch(r"req_\w{14}", plain["request-id"])
    assert (plain["stripe-version"], plain.get("idempotency-key")) == (API_VERSION, None)
    given = {"Stripe-Version": "2026-10-28.clover", "Idempotency-Key": "k1"}
    for path in ("/v1/account", "/v1/customers/cus_nobody"):
        headers = (await stripe.call("GET", path, headers=given)).headers
        assert (headers["stripe-version"], headers["idempotency-key"]) == ("2026-10-28.clover", "k1")


async def test_a_repeated_request_changes_nothing_and_gets_the_first_answer(stripe: StripeAPI) -> None:
    given, headers = {"amount": "700", "currency": "usd", "source": "tok_visa"}, {"Idempotency-Key": stripe.key[-12:]}
    first = await stripe.call("POST", "/v1/charges", given, headers)
    assert first.headers["original-request"] == first.headers["request-id"]
    assert "idempotent-replayed" not in first.headers
    await stripe.create("refunds", {"charge": first.json()["id"]})
    again = await stripe.call("POST", "/v1/charges", given, headers)
    assert again.json() == first.json(), "the first answer, and not the charge as it is now"
    assert again.headers["original-request"] == first.headers["request-id"] != again.headers["request-id"]
    assert again.headers["idempotent-replayed"] == "true"
    other = await StripeAPI(stripe.base, secret_key("sk_live_")).call("POST", "/v1/charges", given, headers)
    assert other.json()["id"] != first.json()["id"], "a key counts in its account and mode"
    (event,) = (await stripe.get("events", type="charge.succeeded", limit="1"))["data"]
    assert event["request"] == {
        "id": first.headers["request-id"],
        "idempotency_key": headers["Idempotency-Key"],
    }


async def test_a_key_is_for_one_request(stripe: StripeAPI) -> None:
    headers = {"Idempotency-Key": stripe.key[-12:]}
    assert (await stripe.call("POST", "/v1/products", {"colour": "red"}, headers)).status_code == 400
    assert (await stripe.call("POST", "/v1/products", {"name": "Gold"}, headers)).status_code == 200
    for path, given in (("products", {"name": "Silver"}), ("customers", {"name": "Gold"})):
        refused = await stripe.call("POST", f"/v1/{path}", given, headers)
        assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")
    long = await stripe.call("POST", "/v1/products", {"name": "Gold"}, {"Idempotency-Key": "k" * 256})
    assert (long.status_code, long.json()["error"]["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize("header", ["Stripe-Account", "Stripe-Context"])
async def test_only_a_platform_calls_for_another_account(client: Client, server: RunningServer, header: str) -> None:
    own = StripeAPI(f"{server.address}/sandbox", secret_key())
    assert (await own.call("GET", "/v1/account", headers={header: _ACCOUNT})).status_code == 200
    for account in (_OTHER, "acct_1Nobody"):
        refused = await own.call("GET", "/v1/customers", headers={header: account})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "account_invalid")
        assert f"'{account}'" in refused.json()["error"]["message"]
    await connect(client, exchange="other account")
    platform = StripeAPI(f"{server.address}/sandbox", _PLATFORM)
    assert (await platform.call("GET", "/v1/account", headers={header: _OTHER})).json()["id"] == _OTHER
    created = await platform.create("customers", {}, **{header: _OTHER})
    assert (await platform.call("GET", f"/v1/customers/{created['id']}")).status_code == 404
    assert (await platform.call("GET", f"/v1/accounts/{_OTHER}")).json()["id"] == _OTHER
    assert _OTHER in [each["id"] for each in (await platform.get("accounts"))["data"]]
    await disconnect_at_stripe(client, _OTHER)
    assert (await platform.call("GET", "/v1/account", headers={header: _OTHER})).status_code == 403
    assert (await platform.call("GET", f"/v1/accounts/{_OTHER}")).status_code == 403


async def test_a_key_retrieves_its_own_account_by_id(stripe: StripeAPI) -> None:
    account = await stripe.get(f"accounts/{_ACCOUNT}")
    assert account == await stripe.get("account")
    assert {"branding", "card_payments", "dashboard", "payments"} <= set(account["settings"])
    assert {"capabilities", "created", "metadata", "requirements"} <= set(account)
    assert (await stripe.call("GET", "/v1/accounts/acct_1Nobody")).status_code == 403


async def test_what_is_no_form_is_refused(stripe: StripeAPI) -> None:
    async with plain_client(base_url=stripe.base) as http:
        for body, status in ((b"\xff\xfe\0", 400), (b"&".join([b"a=1"] * 1001), 400), (b"[]=1&[]=2", 400), (b"", 200)):
            response = await http.post("/v1/customers", content=body, headers={"Authorization": f"Bearer {stripe.key}"})
            assert response.status_code == status
            assert not leaks(response.text)

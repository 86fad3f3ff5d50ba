"""Stripe's own SDKs work with the sandbox: with its path, and, as the one for Node takes no path, with its port."""

import re
from urllib.parse import urlsplit

import pytest
import stripe

from tests.sandbox.conftest import Ported
from tests.support.node import running
from tests.support.plain import plain_client
from tests.support.secrecy import keep, secret_key
from tests.support.stripe_app import OTHER_ACCOUNT, SECRET_KEY, StripeApp
from tests.support.waiting import PATIENCE


@pytest.mark.slow
async def test_the_sdk_for_node_works_with_the_port(ported: Ported) -> None:
    address = urlsplit(ported.address)
    assert address.hostname
    async with running("stripe.mjs", address.hostname, str(address.port), secret_key("rk_test_")) as program:
        assert await program.rest() == [
            {"account": "acct_1SandboxDrawbridge"},
            {"name": "Jane", "team": "red", "status": "active", "price": True},
            {"same": True},
            {"refund": "succeeded", "amount": 2500},
            {"invoices": 4},
            {"type": "StripeInvalidRequestError", "code": "resource_missing", "statusCode": 404},
            {"type": "StripeInvalidRequestError", "statusCode": 404},
            {"type": "StripeCardError", "code": "card_declined", "statusCode": 402},
        ]


@pytest.mark.slow
async def test_the_sdk_for_node_works_as_the_developer_of_an_app(ported: Ported) -> None:
    address, app = urlsplit(ported.address), StripeApp(ported.address)
    assert address.hostname
    code = (await app.approve(exchange="other account"))["code"]
    async with running("stripe_app.mjs", address.hostname, str(address.port), SECRET_KEY, code) as program:
        assert await program.rest() == [
            {"account": OTHER_ACCOUNT, "scope": "stripe_apps", "expires": None},
            {"rolled": True},
            {"type": "StripeInvalidGrantError", "statusCode": 400},
            {"account": OTHER_ACCOUNT, "customer": "Jane"},
            {"installs": [{"status": "installed", "channel": "testing"}]},
            {"status": "uninstalling"},
        ]


async def test_the_sdk_for_python_exchanges_a_code_of_connect_and_ends_its_access(ported: Ported) -> None:
    given = {"client_id": "ca_SandboxTest", "response_type": "code", "decision": "approve", "exchange": "other account"}
    page = await StripeApp(ported.address).send("POST", "/oauth/authorize", data=given)
    (code,) = re.findall(r"code=(ac_[\w-]+)", page.text)
    http = stripe.RequestsClient(timeout=PATIENCE)
    client = stripe.StripeClient(
        "sk_test_SandboxPlatform", base_addresses={"connect": ported.address}, http_client=http
    )
    answer = client.oauth.token({"grant_type": "authorization_code", "code": code})
    assert (answer["stripe_user_id"], answer["livemode"]) == (OTHER_ACCOUNT, False)
    keep(answer["access_token"])
    ended = client.oauth.deauthorize({"client_id": "ca_SandboxTest", "stripe_user_id": OTHER_ACCOUNT})
    assert ended["stripe_user_id"] == OTHER_ACCOUNT
    with pytest.raises(stripe.oauth_error.InvalidGrantError):
        client.oauth.token({"grant_type": "authorization_code", "code": code})
    http.close()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("path", ["/sandbox", None], ids=["path", "port"])
def test_the_sdk_for_python_works_with_the_path_and_with_the_port(ported: Ported, path: str | None) -> None:
    base = f"{ported.server.address}{path}" if path else ported.address
    http = stripe.RequestsClient(timeout=PATIENCE)
    client = stripe.StripeClient(secret_key("rk_live_"), base_addresses={"api": base}, http_client=http)
    assert client.v1.accounts.retrieve_current().id == "acct_1SandboxDrawbridge"
    customer = client.v1.customers.create({"name": "Jane", "metadata": {"team": "red"}})
    assert customer.livemode
    metadata = client.v1.customers.retrieve(customer.id).metadata
    assert metadata
    assert metadata["team"] == "red"
    price = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 900, "product_data": {"name": "Gold"}, "recurring": {"interval": "month"}}
    )
    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id, "quantity": 2}]}
    )
    assert subscription["items"].data[0].quantity == 2
    ids = {client.v1.invoices.create({"customer": customer.id}).id for _ in range(5)}
    pages = client.v1.invoices.list({"customer": customer.id, "limit": 2})
    assert {invoice.id for invoice in pages.auto_paging_iter()} == ids
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.customers.retrieve("cus_nobody")
    assert (missing.value.code, missing.value.param) == ("resource_missing", "id")
    with pytest.raises(stripe.CardError) as declined:
        client.v1.charges.create({"amount": 1, "currency": "eur", "source": "tok_chargeDeclined"})
    assert declined.value.code == "card_declined"
    http.close()  # type: ignore[no-untyped-call]


async def test_the_port_serves_the_sandbox_alone_with_its_pages(ported: Ported) -> None:
    async with plain_client(base_url=ported.address) as http:
        assert "This is not Stripe." in (await http.get("/")).text
        for path in ("/graphql", "/console/", "/healthz", "/sandbox/", "/metrics"):
            assert (
                (await http.get(path)).json()["error"]["message"].startswith(f"Unrecognized request URL (GET: {path})")
            )
        key = secret_key()
        form = {"key": key, "behaviour": "expired"}
        changed = await http.post("/keys", data=form, headers={"Origin": ported.address})
        assert (changed.status_code, changed.headers["location"]) == (303, "./")
        by_path = f"{ported.server.address}/sandbox/v1/account"
        expired = await http.get(by_path, headers={"Authorization": f"Bearer {key}"})
        assert expired.json()["error"]["code"] == "api_key_expired", "both addresses lead to one sandbox"
        assert (await http.get("/", headers={"Host": "evil.example"})).status_code == 421

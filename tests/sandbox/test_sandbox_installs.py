"""Installations of the sandbox's Stripe App: calls for their accounts, Stripe's Install API, and their end."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import create_sandbox, registered_apps
from sandbox.apps.app import APP_ID, DEVELOPER_ID
from sandbox.permissions import PERMISSION_OF_PATH
from sandbox.resources.table import RESOURCES
from sandbox.webhooks import sign
from tests.support.plain import plain_client
from tests.support.secrecy import secret_key
from tests.support.serving import running_app
from tests.support.stripe_api import StripeAPI
from tests.support.stripe_app import ACCOUNT, OTHER_ACCOUNT, SECRET_KEY, StripeApp, answer_of, is_refused
from tests.support.stripe_schema import assert_is
from tests.support.waiting import PATIENCE

_VERSION = {"Stripe-Version": "2026-10-28.endive"}
_OTHER = {"exchange": "other account"}


@dataclass(slots=True)
class Own:
    """A sandbox of its own, and the webhooks that its app receives."""

    app: StripeApp
    status: int = 200
    received: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def own() -> Iterator[Own]:
    """A sandbox whose app is registered with a receiver of webhooks in this test."""
    own = Own(StripeApp(""))

    async def receive(request: Request) -> Response:
        own.received.append(((await request.body()).decode(), request.headers["stripe-signature"]))
        return Response(status_code=own.status)

    with running_app(Starlette(routes=[Route("/hook", receive, methods=["POST"])])) as port:
        hook = f"http://127.0.0.1:{port}/hook"
        apps = [replace(each, webhook_url=hook) for each in registered_apps("http://127.0.0.1", "http://127.0.0.1")]
        with running_app(create_sandbox(1, [], apps)) as sandbox:
            own.app = StripeApp(f"http://127.0.0.1:{sandbox}")
            yield own


def _calls(app: StripeApp, key: str = SECRET_KEY) -> StripeAPI:
    return StripeAPI(app.base, key)


async def _installs(app: StripeApp, key: str = SECRET_KEY, /, **query: str) -> list[dict[str, Any]]:
    response = await app.send("GET", "/v1/apps/installs", params=query, headers=_VERSION, auth=(key, ""))
    assert response.status_code == 200, response.text
    return list(response.json()["data"])


async def _uninstall(app: StripeApp, id: str, **headers: str) -> httpx.Response:
    path = f"/v1/apps/installs/{id}/uninstall"
    return await app.send("POST", path, headers={**_VERSION, **headers}, auth=(SECRET_KEY, ""))


async def _first(own: Own, **query: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Installs the app; returns its tokens and its installation."""
    tokens = await own.app.tokens(**query)
    return tokens, (await _installs(own.app))[0]


@pytest.mark.parametrize("path", [*RESOURCES, "balance", "account"])
async def test_a_token_reads_what_its_user_granted(app: StripeApp, path: str) -> None:
    name = f"{PERMISSION_OF_PATH[path]}_read"
    token = (await app.tokens(permissions=name))["access_token"]
    await _calls(app, token).get(path)
    await app.approve(permissions="tax_rate_read")
    status, error = await _calls(app, token).refused(path, {}, "GET")
    assert (status, error["code"]) == (403, "more_permissions_required_for_application")
    assert error["message"] == f"Having the '{name}' permission would allow this request to continue."


async def test_a_token_writes_for_its_account_and_mode(app: StripeApp) -> None:
    tokens = await app.tokens(**_OTHER)
    customer = await _calls(app, tokens["access_token"]).create("customers", {"name": "Jane"})
    assert customer["livemode"] is False
    assert (await _calls(app, tokens["access_token"]).get("account"))["id"] == OTHER_ACCOUNT
    assert await _calls(app, secret_key(behaviour="otheraccount")).get(f"customers/{customer['id']}") == customer
    status, error = await _calls(app, tokens["access_token"]).refused(f"accounts/{OTHER_ACCOUNT}", {}, "GET")
    assert (status, error["code"]) == (403, "more_permissions_required_for_application"), "as reported"


@pytest.mark.parametrize("header", ["Stripe-Account", "Stripe-Context"])
async def test_the_developer_s_key_calls_for_accounts_with_the_app(own: Own, header: str) -> None:
    developer, named = _calls(own.app), {header: OTHER_ACCOUNT}
    assert (await developer.get("account"))["id"] == DEVELOPER_ID
    assert (await developer.call("GET", "/v1/account", headers=named)).status_code == 403
    tokens = await own.app.tokens(**_OTHER, permissions="customer_write accounts_kyc_basic_read")
    assert (await developer.call("GET", "/v1/account", headers=named)).json()["id"] == OTHER_ACCOUNT
    customer = await developer.create("customers", {}, **named)
    assert await _calls(own.app, tokens["access_token"]).get(f"customers/{customer['id']}") == customer
    refused = (await developer.call("GET", "/v1/products", headers=named)).json()["error"]
    assert refused["code"] == "more_permissions_required_for_application"
    assert (await own.app.uninstall(OTHER_ACCOUNT)).status_code == 303
    gone = await developer.call("GET", "/v1/account", headers=named)
    assert (gone.status_code, gone.json()["error"]["code"]) == (403, "account_invalid")
    assert gone.json()["error"]["message"].endswith("Application access may have been revoked.")


async def test_the_user_uninstalls_which_ends_the_tokens_and_sends_a_webhook(own: Own) -> None:
    tokens = await own.app.tokens(**_OTHER)
    assert (await own.app.uninstall(OTHER_ACCOUNT)).status_code == 303
    assert not await own.app.works(tokens["access_token"])
    assert is_refused(await own.app.refresh(tokens["refresh_token"]), "Refresh token does not exist")
    assert await _installs(own.app) == []
    ((payload, signature),) = own.received
    event = json.loads(payload)
    assert_is("event", event)
    assert (event["type"], event["account"]) == ("account.application.deauthorized", OTHER_ACCOUNT)
    assert (event["livemode"], event["data"]["object"]["object"]) == (False, "application")
    assert signature == sign(payload, "whsec_SandboxAppTest", int(signature[2:].partition(",")[0]))
    assert (await own.app.uninstall(OTHER_ACCOUNT)).status_code == 404
    again = await own.app.tokens(**_OTHER)
    assert await own.app.works(again["access_token"])
    assert not await own.app.works(tokens["access_token"])


async def test_an_app_that_may_not_read_events_is_not_notified(own: Own) -> None:
    await own.app.tokens(permissions="customer_read")
    assert (await own.app.uninstall(ACCOUNT)).status_code == 303
    assert own.received == []


async def test_a_webhook_that_is_not_accepted_is_reported(own: Own) -> None:
    await own.app.tokens()
    own.status = 400
    response = await own.app.uninstall(ACCOUNT)
    assert response.status_code == 502
    assert "status 400" in response.text


async def test_webhooks_are_sent_without_an_uninstallation(own: Own) -> None:
    tokens = await own.app.tokens()
    for event in ("late", "thin", "forged"):
        form = {"client_id": own.app.client_id, "account": ACCOUNT, "event": event}
        assert (await own.app.send("POST", "/apps/send", data=form)).status_code == 200
    assert [json.loads(payload)["object"] for payload, _ in own.received] == ["event", "v2.core.event", "event"]
    assert await own.app.works(tokens["access_token"])


async def test_the_developer_lists_installations_with_a_version_that_knows_them(own: Own) -> None:
    _, install = await _first(own, permissions="customer_read event_read")
    await own.app.tokens(**_OTHER)
    fields = {"object": "apps.install", "account": ACCOUNT, "app": APP_ID, "channel": "testing", "status": "installed"}
    assert fields.items() <= install.items()
    assert install["id"].startswith("appinst_test_")
    assert (install["livemode"], install["permissions_granted"]) == (False, ["customer_read", "event_read"])
    assert [each["account"] for each in await _installs(own.app)] == [OTHER_ACCOUNT, ACCOUNT]
    assert await _installs(own.app, app=APP_ID, account=ACCOUNT, status="installed") == [install]
    assert await _installs(own.app, app="app_other") == []
    assert await _installs(own.app, account="acct_1Nobody") == []
    assert len(await _installs(own.app, limit="1")) == 1
    assert await _installs(own.app, "sk_live_SandboxApp") == [], "a live key lists live installations"
    for headers in ({}, {"Stripe-Version": "2026-05-27.dahlia"}):
        old = await own.app.send("GET", "/v1/apps/installs", headers=headers, auth=(SECRET_KEY, ""))
        assert (old.status_code, old.json()["data"]) == (200, [])
    path = f"/v1/apps/installs/{install['id']}"
    found = await own.app.send("GET", path, headers=_VERSION, auth=(SECRET_KEY, ""))
    assert found.json() == install
    assert (await own.app.send("GET", path, auth=(SECRET_KEY, ""))).status_code == 404


async def test_the_developer_uninstalls_within_seconds(own: Own) -> None:
    tokens, install = await _first(own)
    answer = await _uninstall(own.app, install["id"], **{"Stripe-Account": ACCOUNT})
    assert answer.json() == install | {"status": "uninstalling"}
    assert await own.app.works(tokens["access_token"]), "until it is gone"
    assert [each["status"] for each in await _installs(own.app)] == ["uninstalling"]
    await own.app.move_clock(15)
    assert await _installs(own.app) == []
    assert not await own.app.works(tokens["access_token"])
    assert is_refused(await own.app.refresh(tokens["refresh_token"]), "Refresh token does not exist")
    assert (await _uninstall(own.app, install["id"], **{"Stripe-Account": ACCOUNT})).status_code == 403


async def test_an_app_is_installed_again_while_it_is_being_uninstalled(own: Own) -> None:
    first, install = await _first(own)
    await _uninstall(own.app, install["id"], **{"Stripe-Account": ACCOUNT})
    second = answer_of(await own.app.exchange((await own.app.approve())["code"]))
    await own.app.move_clock(15)
    assert not await own.app.works(first["access_token"])
    assert await own.app.works(second["access_token"])


async def test_uninstalling_needs_the_account_and_the_developer(own: Own) -> None:
    _, install = await _first(own)
    missing = await _uninstall(own.app, install["id"])
    assert_is("error", missing.json())
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")
    assert (await _uninstall(own.app, "appinst_nobody", **{"Stripe-Account": ACCOUNT})).status_code == 404
    stranger = await _uninstall(own.app, install["id"], **{"Stripe-Account": "acct_1Nobody"})
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (403, "account_invalid")
    for key, status in ((secret_key(), 403), (secret_key(behaviour="expired"), 401), ("", 401)):
        async with plain_client(base_url=own.app.base) as http:
            refused = await http.get("/v1/apps/installs", headers=_VERSION, auth=(key, ""))
        assert refused.status_code == status
        assert_is("error", refused.json())
    unknown = await own.app.send("GET", "/v1/apps/installs?colour=red", headers=_VERSION, auth=(SECRET_KEY, ""))
    assert unknown.json()["error"]["code"] == "parameter_unknown"
    assert [each["status"] for each in await _installs(own.app)] == ["installed"]


async def test_stripe_s_sdk_exchanges_refreshes_lists_and_uninstalls(own: Own) -> None:
    http = stripe.RequestsClient(timeout=PATIENCE)
    client = stripe.StripeClient(SECRET_KEY, base_addresses={"api": own.app.base}, http_client=http)
    code = (await own.app.approve())["code"]
    answer = client.raw_request("post", "/v1/oauth/token", grant_type="authorization_code", code=code).data
    form = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    assert client.raw_request("post", "/v1/oauth/token", **form).data["scope"] == "stripe_apps"
    with pytest.raises(stripe.oauth_error.InvalidGrantError):
        client.raw_request("post", "/v1/oauth/token", **form)
    (install,) = client.v1.apps.installs.list({"app": APP_ID, "account": ACCOUNT}).data
    assert set(install.to_dict()) == set(stripe.apps.Install.__annotations__) - {"OBJECT_NAME"}, "the document is older"
    gone = client.v1.apps.installs.uninstall(install.id, options={"stripe_account": ACCOUNT})
    assert (gone.id, gone.status) == (install.id, "uninstalling")
    http.close()  # type: ignore[no-untyped-call]

"""The sandbox answers a restricted key by its permissions, which its page changes, in each of Stripe's wordings."""

import httpx
import pytest

from sandbox.permissions import PERMISSION_OF_PATH, Wording
from tests.support.plain import plain_client
from tests.support.secrecy import leaks, secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe, restrict_at_stripe

_ACCOUNT = "acct_1SandboxDrawbridge"
_CUSTOMERS = {
    "older": "Having the 'rak_customer_read' permission would allow this request to continue.",
    "newer": "Enabling \"Customers Read\" ('customer_read') permissions on this key would allow this request to "
    "continue.",
    "app": "Having the 'customer_read' permission would allow this request to continue.",
    "other": "the required permissions are not available for use by restricted keys.",
}


async def _get(server: RunningServer, path: str, key: str) -> httpx.Response:
    async with plain_client(base_url=f"{server.address}/sandbox") as http:
        limit = {} if path in {"/v1/account", "/v1/balance"} else {"limit": 1}
        response = await http.get(path, params=limit, headers={"Authorization": f"Bearer {key}"})
    assert not leaks(response.text), "no answer holds a whole key"
    return response


@pytest.mark.parametrize("path", PERMISSION_OF_PATH)
async def test_each_path_needs_its_permission(any_server: RunningServer, path: str) -> None:
    key, name = secret_key("rk_test_"), f"{PERMISSION_OF_PATH[path]}_read"
    assert (await _get(any_server, f"/v1/{path}", key)).status_code == 200, "by default a key has every permission"
    await restrict_at_stripe(any_server, key, "")
    refused = await _get(any_server, f"/v1/{path}", key)
    assert refused.status_code == 403
    assert f"'rak_{name}'" in refused.json()["error"]["message"]
    await restrict_at_stripe(any_server, key, name)
    assert (await _get(any_server, f"/v1/{path}", key)).status_code == 200


@pytest.mark.parametrize("wording", Wording)
async def test_a_missing_permission_is_reported_in_the_chosen_words(any_server: RunningServer, wording: str) -> None:
    key = secret_key("rk_live_")
    await restrict_at_stripe(any_server, key, "rak_charge_write, plan_read", wording)
    refused = await _get(any_server, "/v1/customers", key)
    error = refused.json()["error"]
    assert (refused.status_code, error["type"]) == (403, "invalid_request_error")
    assert error["message"].endswith(_CUSTOMERS[wording])
    assert (f"'{_ACCOUNT}'" in error["message"]) == (wording in {"older", "newer"})
    assert error.get("code") == ("more_permissions_required_for_application" if wording == "app" else None)
    for path in ("charges", "refunds", "prices"):
        assert (await _get(any_server, f"/v1/{path}", key)).status_code == 200, "write includes read"


async def test_one_permission_includes_others(any_server: RunningServer) -> None:
    key = secret_key("rk_test_")
    await restrict_at_stripe(any_server, key, "balance_transaction_source_read")
    statuses = [
        (await _get(any_server, f"/v1/{path}", key)).status_code for path in ("balance", "transfers", "payouts")
    ]
    assert statuses == [200, 200, 403]


@pytest.mark.parametrize("behaviour", ["restricted", "permissiondenied", "morepermissions"])
async def test_a_key_that_may_not_read_its_account_may_read_the_rest(any_server: RunningServer, behaviour: str) -> None:
    key = secret_key("rk_test_", behaviour)
    assert (await _get(any_server, "/v1/account", key)).status_code == 403
    assert (await _get(any_server, "/v1/customers", key)).status_code == 200


@pytest.mark.parametrize(
    ("behaviour", "status"), [("expired", 401), ("unauthorizedip", 401), ("ipblocked", 403), ("unavailable", 500)]
)
async def test_the_behaviour_of_a_key_comes_before_its_permissions(
    any_server: RunningServer, behaviour: str, status: int
) -> None:
    key = secret_key("rk_test_")
    await restrict_at_stripe(any_server, key, "charge_read")
    await change_at_stripe(any_server, key, behaviour)
    for path in ("account", "charges", "customers"):
        assert (await _get(any_server, f"/v1/{path}", key)).status_code == status
    await change_at_stripe(any_server, key, "accepted")
    statuses = [(await _get(any_server, f"/v1/{path}", key)).status_code for path in ("charges", "customers")]
    assert statuses == [200, 403], "its permissions are as they were"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"permissions": "customer_read"},
        {"key": "rk_test_1", "wording": "loud"},
        {"key": "rk_test_1", "permissions": "all"},
    ],
    ids=str,
)
async def test_a_bad_choice_is_refused(any_server: RunningServer, form: dict[str, str]) -> None:
    async with plain_client() as http:
        assert (await http.post(f"{any_server.address}/sandbox/keys/permissions", data=form)).status_code == 400


async def test_the_page_shows_each_path_with_its_permission(any_server: RunningServer) -> None:
    async with plain_client() as http:
        page = (await http.get(f"{any_server.address}/sandbox/")).text
    for path, noun in PERMISSION_OF_PATH.items():
        assert f"<tr><td>/v1/{path}</td><td><code>{noun}_read</code></td></tr>" in page

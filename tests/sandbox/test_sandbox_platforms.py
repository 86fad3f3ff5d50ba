"""The sandbox's OAuth endpoints answer as Stripe does if the platform, the code or the token is wrong."""

import itertools
from collections.abc import Mapping

import httpx
import pytest

from sandbox.oauth import EXCHANGES
from tests.support.client import Client
from tests.support.oauth import begin, returned
from tests.support.plain import PLAIN
from tests.support.secrecy import keep
from tests.support.servers import RunningServer
from tests.support.stripe import platform_key
from tests.support.waiting import PATIENCE

_PLATFORM = "sk_test_SandboxPlatform"
_ACCOUNT = "acct_1SandboxOther"
_CLIENT_ID = "ca_SandboxTest"
_numbers = itertools.count()


async def _call(server: RunningServer, path: str, form: Mapping[str, str], key: str = _PLATFORM) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"{server.address}/sandbox", timeout=PATIENCE, verify=PLAIN) as http:
        method = "POST" if form else "GET"
        headers = {"Authorization": f"Bearer {key}"}
        return await http.request(method, path, data=form or None, headers=headers)


async def _exchange(server: RunningServer, client: Client, exchange: str) -> httpx.Response:
    code = (await returned(await begin(client, f"Acme {next(_numbers)}"), exchange=exchange))["code"]
    return await _call(server, "/oauth/token", {"grant_type": "authorization_code", "code": code})


async def _token(server: RunningServer, client: Client) -> str:
    return keep(str((await _exchange(server, client, "other account")).json()["access_token"]))


async def _works(server: RunningServer, token: str) -> bool:
    response = await _call(server, "/v1/account", {}, token)
    if response.status_code == 200:
        assert response.json()["id"] == _ACCOUNT
        return True
    assert (response.status_code, response.json()["error"]["code"]) == (401, "platform_api_key_expired")
    return False


async def test_a_token_ends_with_its_connection_and_does_not_come_back(client: Client, server: RunningServer) -> None:
    first = await _token(server, client)
    assert await _works(server, first)
    form = {"client_id": _CLIENT_ID, "stripe_user_id": _ACCOUNT}
    assert (await _call(server, "/oauth/deauthorize", form)).json() == {"stripe_user_id": _ACCOUNT}
    assert not await _works(server, first)
    second = await _token(server, client)
    assert await _works(server, second)
    assert not await _works(server, first)


async def test_a_code_that_is_used_again_ends_the_token(client: Client, server: RunningServer) -> None:
    code = (await returned(await begin(client), exchange="other account"))["code"]
    form = {"grant_type": "authorization_code", "code": code}
    token = keep(str((await _call(server, "/oauth/token", form)).json()["access_token"]))
    again = await _call(server, "/oauth/token", form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not await _works(server, token)


async def test_a_token_of_an_earlier_run_is_dead(server: RunningServer) -> None:
    assert not await _works(server, keep("sk_test_oauth0123456789abcdef0123456789abcdef"))


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [("rejected", 401, "invalid_client"), ("expired", 401, "invalid_client"), ("restricted", 403, None)],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/deauthorize"])
async def test_the_platform_s_key_decides_what_becomes_of_its_calls(
    server: RunningServer, path: str, behaviour: str, status: int, error: str | None
) -> None:
    form = {"client_id": _CLIENT_ID, "stripe_user_id": "acct_1", "code": "ac_1", "grant_type": "authorization_code"}
    async with platform_key(server, behaviour):
        response = await _call(server, path, form)
    assert response.status_code == status
    assert error is None or response.json()["error"] == error
    assert response.headers["request-id"].startswith("req_")


async def test_an_unknown_platform_and_an_unknown_account_are_told_apart_by_their_words_alone(
    server: RunningServer,
) -> None:
    form = {"client_id": _CLIENT_ID, "stripe_user_id": "acct_1Unknown"}
    answers = [await _call(server, "/oauth/deauthorize", form, key) for key in ("sk_test_nobody's", _PLATFORM)]
    assert [(each.status_code, each.json()["error"]) for each in answers] == [(401, "invalid_client")] * 2
    assert answers[0].json()["error_description"] != answers[1].json()["error_description"]


async def test_deauthorizing_needs_both_parameters(server: RunningServer) -> None:
    response = await _call(server, "/oauth/deauthorize", {"client_id": _CLIENT_ID})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_code_of_the_other_mode_is_told_by_words(client: Client, server: RunningServer) -> None:
    assert "wrong mode" in EXCHANGES
    answer = (await _exchange(server, client, "wrong mode")).json()
    assert answer["error"] == "invalid_grant"
    assert "testmode API key" in answer["error_description"]


@pytest.mark.parametrize("form", [{}, {"client_id": _CLIENT_ID}, {"client_id": "ca_x", "event": "thin"}])
async def test_sending_a_webhook_needs_a_platform_and_an_event(server: RunningServer, form: dict[str, str]) -> None:
    response = await _call(server, "/accounts/send", {"account": _ACCOUNT, **form})
    assert response.status_code == 400

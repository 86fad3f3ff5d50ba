"""Tokens of the company's identity provider, genuine and forged, over HTTP and WebSocket."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from models import Scope
from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_integration, history
from tests.support.client import Client, Socket
from tests.support.documents import FOLLOW, INTEGRATIONS
from tests.support.identity import CONFIGURE, READ, Provider, new_key
from tests.support.organizations import new_tenant
from tests.support.secrecy import keep, leaks
from tests.support.servers import RunningServer, running_server
from tests.web.forged_tokens import REFUSED, in_seconds

pytestmark = [pytest.mark.usefixtures("acme"), pytest.mark.slow]

_VIEWER = "{ viewer { name organization { name } scopes } }"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider with a partner's service, and with services of unknown organizations."""
    clients: dict[str, dict[str, Any]] = {
        "partner": {"organization": "Acme", "preferred_username": "Partner's service"},
        "nameless": {"organization": "Acme"},
        "stray": {},
        "foreign": {"organization": "Nobody knows them"},
    }
    provider = Provider(tmp_path_factory.mktemp("provider"), clients, [new_key("ES256"), new_key("RS256")])
    with provider.running():
        yield provider


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that accepts the provider's tokens; asserts that none is logged."""
    folder = tmp_path_factory.mktemp("server")
    database = f"sqlite:///{folder}/drawbridge.sqlite3"
    with running_server(folder, DATABASE_URL=database, **provider.settings(IDENTITY_LEEWAY_SECONDS="60")) as running:
        yield running
    assert leaks(running.log.read_text()) == []


@pytest.fixture(scope="module")
async def acme(server: RunningServer) -> Client:
    """A client with all scopes in the provider's organization."""
    return await replace(await new_tenant(server), name="Acme").client_with(*Scope)


async def test_a_token_of_the_provider_says_who_is_asking(provider: Provider, acme: Client) -> None:
    client = replace(acme, token=provider.token("partner", READ, CONFIGURE, "other"))
    viewer = {"name": "Partner's service", "organization": {"name": "Acme"}, "scopes": ["READ", "CONFIGURE"]}
    assert await client.result(_VIEWER) == viewer
    async with client.socket() as socket:
        await socket.subscribe(_VIEWER)
        assert await socket.next() == {"viewer": viewer}


async def test_a_user_has_no_api_token_and_ends_with_the_jwt(provider: Provider, acme: Client) -> None:
    token = provider.token("partner", READ)
    ends = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["exp"]
    viewer = await replace(acme, token=token).result("{ viewer { kind expiresAt token { id } } }")
    assert (viewer["kind"], viewer["token"]) == ("USER", None)
    assert datetime.fromisoformat(viewer["expiresAt"]).timestamp() == ends


async def test_what_they_change_is_seen_by_api_tokens_under_their_name(provider: Provider, acme: Client) -> None:
    async with acme.socket() as socket:
        await socket.subscribe(FOLLOW, after=await cursor_now(acme))
        added = await add_integration(replace(acme, token=provider.token("partner", CONFIGURE)), "By a partner")
        assert (await socket.next())["events"]["kind"] == "CREDENTIAL_CREATED"
    assert added["name"] in [node["name"] for node in (await acme.result(INTEGRATIONS))["nodes"]]
    actor = {"kind": "USER", "id": "partner", "name": "Partner's service"}
    assert (await history(acme))[-1]["actor"] == actor


async def test_without_a_name_the_subject_is_the_name(provider: Provider, acme: Client) -> None:
    assert (await replace(acme, token=provider.token("nameless")).result(_VIEWER))["name"] == "nameless"


async def test_a_scope_that_it_lacks_is_told(provider: Provider, acme: Client) -> None:
    client = replace(acme, token=provider.token("partner", CONFIGURE))
    error = await client.error('mutation { revealSecret(input: {integrationId: "x", reason: "y"}) { __typename } }')
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_a_key_for_a_repeated_mutation_belongs_to_the_subject(provider: Provider, acme: Client) -> None:
    tokens = [provider.token("partner", CONFIGURE), provider.token("partner", CONFIGURE)]
    body = {
        "query": 'mutation { createCredential(input: {name: "Once", secretKey: "sk_test_51SandboxO"}) { __typename } }'
    }
    headers = {"Idempotency-Key": "one-and-the-same"}
    answers = [await replace(acme, token=token).send(json=body, headers=headers) for token in tokens]
    told = [answer.json()["data"] for answer in answers]
    assert told == [{"createCredential": {"__typename": "CreateCredentialSuccess"}}] * 2
    assert answers[1].headers["Idempotency-Replayed"] == "true"


async def _answer(server: RunningServer, token: str) -> httpx.Response:
    return await Client(server.address, keep(token)).post(_VIEWER)


@pytest.mark.parametrize("cause", REFUSED)
async def test_whatever_is_wrong_with_a_token_the_answer_is_that_to_any_other(
    server: RunningServer, provider: Provider, cause: str
) -> None:
    token = REFUSED[cause](provider)
    answers = [await _answer(server, token), await _answer(server, f"drawbridge_{'x' * 49}")]
    assert [answer.status_code for answer in answers] == [401, 401]
    told = [
        {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
        for answer in answers
    ]
    assert (answers[0].content, told[0]) == (answers[1].content, told[1])
    assert await _close_code(server, token) == 4403
    assert (await _answer(server, provider.sign("partner"))).status_code == 200


async def _close_code(server: RunningServer, token: str) -> int | None:
    """The close code of a socket whose connection_init has this token."""
    url = server.address.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as connection:
        init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
        await Socket(connection).send(init)
        await connection.wait_closed()
        return connection.close_code


async def test_clocks_may_differ_by_the_leeway(server: RunningServer, provider: Provider) -> None:
    late, early = (
        provider.sign("partner", exp=in_seconds(-2)),
        provider.sign("partner", nbf=in_seconds(3), iat=in_seconds(3)),
    )
    assert [(await _answer(server, token)).status_code for token in (late, early)] == [200, 200]


async def test_the_operator_is_told_why_what_the_provider_signed_is_refused(
    server: RunningServer, provider: Provider
) -> None:
    for cause in ("another issuer", "another audience", "no organization", "no scope", "expired", "three words"):
        await _answer(server, REFUSED[cause](provider))
    reasons = re.findall(r"A token .* was refused: (.*?)\.", server.log.read_text())[-4:]
    assert reasons == [
        "it names another issuer",
        "it is for another audience",
        "it names no known organization",
        "it has no known scope",
    ]


async def test_api_tokens_never_go_to_the_provider(tmp_path: Path) -> None:
    """Nothing listens at the provider's address, so a JWT cannot be verified."""
    provider = Provider(tmp_path, {"partner": {}})
    database = f"sqlite:///{tmp_path}/drawbridge.sqlite3"
    with running_server(tmp_path, DATABASE_URL=database, **provider.settings()) as server:
        client = (await new_tenant(server)).client
        answer = await _answer(server, provider.sign("partner"))
        code = await _close_code(server, provider.sign("partner"))
        assert (await client.result(_VIEWER))["scopes"]
        assert (await _answer(server, "nonsense")).status_code == 401
    assert (answer.status_code, code) == (503, 1013)
    assert answer.json()["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE"}
    fetches = [line for line in server.log.read_text().splitlines() if "Could not fetch the identity provider" in line]
    assert fetches
    assert not [line for line in fetches if "client=" in line], "the keys are fetched for all who wait"


async def test_keys_are_rotated_and_the_provider_goes_away_while_the_server_runs(tmp_path: Path) -> None:
    provider = Provider(tmp_path, {"partner": {"organization": "Acme"}})
    database = f"sqlite:///{tmp_path}/drawbridge.sqlite3"
    with running_server(tmp_path, DATABASE_URL=database, **provider.settings()) as server:
        await replace(await new_tenant(server), name="Acme").client_with(Scope.READ)
        with provider.running():
            before = provider.token("partner")
            assert (await _answer(server, before)).status_code == 200
        provider.keys.insert(0, new_key("RS256"))
        with provider.running():
            after = provider.token("partner")
            assert (await _answer(server, after)).status_code == 200
        assert [(await _answer(server, token)).status_code for token in (before, after)] == [200, 200]

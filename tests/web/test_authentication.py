"""Authentication over HTTP: a refusal reveals nothing about the token."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from models import Scope
from resolvers import organizations, tokens
from resolvers.context import Context, Viewer
from resolvers.tokens.text import new_token
from startup.database import open_database
from startup.services import create_services
from tests.support.client import Client
from tests.support.documents import ISSUE_TOKEN, REVOKE_TOKEN
from tests.support.organizations import Tenant
from tests.support.plain import plain_client
from tests.support.secrecy import keep
from tests.support.servers import RunningServer

_VIEWER = "{ viewer { name } }"


async def _revoked(client: Client) -> str:
    issued = await client.result(ISSUE_TOKEN, input={"name": "Lost", "scopes": ["READ"]})
    await client.result(REVOKE_TOKEN, input={"id": issued["token"]["id"]})
    return keep(issued["secret"])


async def _expired(tenant: Tenant) -> str:
    """A token issued an hour ago that was valid for half an hour."""
    then = datetime.now(UTC) - timedelta(hours=1)
    async with open_database(tenant.server.settings):
        organization, _ = await organizations.ensure(tenant.name, then)
        services = create_services(tenant.server.settings)
        context = Context(services, Viewer("test", organization, "cli", frozenset(Scope)), now=lambda: then)
        ends = then + timedelta(minutes=30)
        _, token = await tokens.issue(context, name="Past", scopes=[Scope.READ], expires_at=ends)
        await services.stripe.close()
    return keep(token.reveal())


def _misspelt(token: str) -> str:
    return token[:-1] + ("a" if token[-1] != "a" else "b")


async def _post(server: RunningServer, authorization: str) -> httpx.Response:
    async with plain_client() as http:
        headers = [(b"Authorization", authorization.encode())]
        return await http.post(f"{server.address}/graphql", json={"query": _VIEWER}, headers=headers)


async def test_every_token_that_does_not_work_is_refused_in_the_very_same_way(
    server: RunningServer, tenant: Tenant
) -> None:
    good = str(tenant.client.token)
    bad = [await _revoked(tenant.client), await _expired(tenant), _misspelt(good), new_token().reveal()]
    bad += ["x", good[:-1], f"{good}a", f"x{good}", good.swapcase(), f"{good} {good}", "é", "'; --", "a" * 10_000]
    schemes = [f"Basic {good}", "Bearer", good, f"Bearer: {good}"]
    answers = [await _post(server, value) for value in [*(f"Bearer {token}" for token in bad), *schemes]]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    assert len({answer.content for answer in answers}) == 1
    (error,) = answers[0].json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert (await _post(server, f"Bearer {good}")).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
async def test_the_scheme_s_case_does_not_matter(server: RunningServer, client: Client, scheme: str) -> None:
    assert "errors" not in (await _post(server, f"{scheme} {client.token}")).json()


async def test_a_bad_token_is_refused_before_the_request_is_looked_at(server: RunningServer) -> None:
    response = await Client(server.address, "x").send(content=b"1", headers={"Content-Type": "text/plain"})
    assert response.status_code == 401

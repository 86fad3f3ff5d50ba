"""Security headers of every response: no scripts, no type sniffing, no frames, no caching."""

import base64
import hashlib
import re

import httpx
import pytest

from tests.support.client import Client
from tests.support.oauth import begin
from tests.support.plain import plain_client

_PATHS = ("/graphql", "/healthz", "/readyz", "/metrics", "/nope", "/stripe/callback", "/sandbox/", "/sandbox/accounts")
_PAGES = ("/stripe/callback", "/sandbox/", "/sandbox/accounts")


def _assert_safe(answer: httpx.Response) -> dict[str, str]:
    """Returns the policy's directives."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "script-src" not in policy
    assert "unsafe" not in str(policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in answer.headers
    return policy


async def _get(client: Client, path: str) -> httpx.Response:
    async with plain_client() as http:
        return await http.get(client.address + path)


@pytest.mark.parametrize("path", _PATHS)
async def test_every_answer_has_them(client: Client, path: str) -> None:
    _assert_safe(await _get(client, path))


async def test_answers_to_operations_have_them_well_or_not(client: Client) -> None:
    for document in ("{ viewer { name } }", "{ nope }"):
        _assert_safe(await client.post(document))
    _assert_safe(await client.send(content=b"1", headers={"Content-Type": "application/json"}))


async def _pages(client: Client) -> list[httpx.Response]:
    consent = (await begin(client))["authorizationUrl"].removeprefix(client.address)
    return [await _get(client, path) for path in (*_PAGES, consent)]


async def test_a_page_may_use_its_own_style_and_no_other(client: Client) -> None:
    for page in await _pages(client):
        (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert _assert_safe(page)["style-src"] == f"'sha256-{digest}'"
        assert "style=" not in page.text
        assert "<script" not in page.text

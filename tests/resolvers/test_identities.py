"""The mapping of an identity provider's claims, with the settings that different providers need."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning

from kit.secret import Secret
from models import ApiToken, Organization, Scope
from models.migrations import migrate
from resolvers import identities, organizations, tokens
from resolvers.context import Context, Viewer
from resolvers.refusals import Unauthenticated
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.identity import Provider, public
from tests.support.jwks import running_jwks

pytestmark = pytest.mark.usefixtures("sqlite")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """An identity provider: the test signs its tokens, and an endpoint publishes its keys."""
    with running_jwks() as jwks:
        provider = Provider(tmp_path, {"jane": {"organization": "Acme"}}, issuer=jwks.address)
        jwks.answers["/jwks"] = {"keys": [public(provider.keys[0])]}
        yield provider


@asynccontextmanager
async def _database(provider: Provider, **changes: str) -> AsyncIterator[Services]:
    jwks_url = f"{provider.issuer}/jwks"
    settings = settings_in(provider.folder, **provider.settings(IDENTITY_JWKS_URL=jwks_url, **changes))
    async with opened(settings):
        await migrate()
        await organizations.ensure("Acme", datetime.now(UTC))
        yield create_services(settings)


async def _viewer(provider: Provider, claims: dict[str, Any], **changes: str) -> Viewer:
    async with _database(provider, **changes) as services:
        token = Secret(provider.sign("jane", **claims))
        return await identities.authenticate(services, token, datetime.now(UTC))


@pytest.mark.parametrize(
    ("claims", "changes", "scopes"),
    [
        ({"scope": "drawbridge.read other drawbridge.manage_tokens"}, {}, {"READ", "MANAGE_TOKENS"}),
        ({"scope": ["drawbridge.reveal_secrets"]}, {}, {"REVEAL_SECRETS"}),
        ({"scope": ["drawbridge.read", 1, None, ["x"]]}, {}, {"READ"}),
        (
            {"realm_access": {"roles": ["admin"]}},
            {"IDENTITY_SCOPE_CLAIM": "realm_access.roles", "IDENTITY_SCOPES": "admin=CONFIGURE+MANAGE_TOKENS"},
            {"CONFIGURE", "MANAGE_TOKENS"},
        ),
        (
            {"https://acme.example/roles": ["https://acme.example/r?x=1"]},
            {
                "IDENTITY_SCOPE_CLAIM": "https://acme.example/roles",
                "IDENTITY_SCOPES": "https://acme.example/r?x=1=READ, b=CONFIGURE",
            },
            {"READ"},
        ),
    ],
    ids=["a text", "a list", "an odd list", "roles within a claim", "names that are URLs"],
)
async def test_scopes(provider: Provider, claims: dict[str, Any], changes: dict[str, str], scopes: set[str]) -> None:
    assert (await _viewer(provider, claims, **changes)).scopes == scopes


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": " Jane "}, "Jane"),
        ({}, "jane"),
        ({"preferred_username": ""}, "jane"),
        ({"preferred_username": "System"}, "jane"),
        ({"preferred_username": "a\nb"}, "jane"),
        ({"preferred_username": "x" * 101}, "jane"),
        ({"preferred_username": ["Jane"]}, "jane"),
    ],
    ids=range(7),
)
async def test_a_name_that_the_log_cannot_have_gives_way_to_the_subject(
    provider: Provider, claims: dict[str, Any], name: str
) -> None:
    viewer = await _viewer(provider, claims)
    assert (viewer.id, viewer.name) == (f"{provider.issuer} jane", name)


async def test_nobody_calls_themselves_the_system(provider: Provider) -> None:
    with pytest.raises(Unauthenticated):
        await _viewer(provider, {"sub": "system"})


@pytest.mark.parametrize("claim", ["Acme", ["Acme"], " Acme "])
async def test_the_organization_is_found_by_its_name(provider: Provider, claim: object) -> None:
    assert (await _viewer(provider, {"organization": claim})).organization.name == "Acme"


async def test_organizations_are_made_only_where_a_setting_says_so(provider: Provider) -> None:
    async with _database(provider) as services:
        with pytest.raises(Unauthenticated):
            await _ask(services, provider)
        assert await Organization.all().count() == 1
    async with _database(provider, IDENTITY_CREATE_ORGANIZATIONS="yes") as services:
        viewers = await asyncio.gather(*(_ask(services, provider) for _ in range(5)))
        assert {viewer.organization.name for viewer in viewers} == {"New"}
        assert await Organization.all().count() == 2


async def _ask(services: Services, provider: Provider) -> Viewer:
    token = Secret(provider.sign("jane", organization="New"))
    return await identities.authenticate(services, token, datetime.now(UTC))


async def test_a_key_that_is_too_short_verifies_nothing(tmp_path: Path) -> None:
    short = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024), as_dict=True)  # noqa: S505 - to be refused
    key = {**short, "kid": "short", "alg": "RS256", "use": "sig"}
    del key["key_ops"]
    with running_jwks() as jwks:
        provider = Provider(tmp_path, {"jane": {"organization": "Acme"}}, [key], issuer=jwks.address)
        jwks.answers["/jwks"] = {"keys": [public(key)]}
        with pytest.warns(InsecureKeyLengthWarning):
            token = provider.sign("jane")
        async with _database(provider) as services:
            with pytest.raises(Unauthenticated):
                await identities.authenticate(services, Secret(token), datetime.now(UTC))


async def test_the_right_of_a_user_ends_with_the_time_of_their_token(provider: Provider) -> None:
    now = datetime.now(UTC)
    end = now.replace(microsecond=0) + timedelta(minutes=5)
    scope = "drawbridge.read drawbridge.manage_tokens"
    token = Secret(provider.sign("jane", exp=int(end.timestamp()) - 60, scope=scope))
    async with _database(provider, IDENTITY_LEEWAY_SECONDS="60") as services:
        viewer = await identities.authenticate(services, token, now)
        just_before = Context(services, viewer, lambda: end - timedelta(microseconds=1))
        await tokens.issue(just_before, name="In time", scopes=[Scope.READ], expires_at=None)
        for late in (
            Context(services, viewer, lambda: end),
            Context(services, viewer, lambda: end + timedelta(days=1)),
        ):
            with pytest.raises(Unauthenticated):
                await tokens.issue(late, name="Late", scopes=[Scope.READ], expires_at=None)
        assert [row.name for row in await ApiToken.all()] == ["In time"]


@pytest.mark.parametrize("exp", [10**18, 10**400, 253402300799, "253402300799"], ids=range(4))
async def test_a_token_of_the_provider_may_end_with_all_calendars(provider: Provider, exp: object) -> None:
    viewer = await _viewer(provider, {"exp": exp}, IDENTITY_LEEWAY_SECONDS="60")
    assert viewer.refused_from is None


@pytest.mark.parametrize("name", ["stripe\u200b", "ＳＹＳＴＥＭ", "\u3164"])  # noqa: RUF001 - full width
async def test_a_name_that_looks_like_an_actor_without_a_token_gives_way_to_the_subject(
    provider: Provider, name: str
) -> None:
    assert (await _viewer(provider, {"preferred_username": name})).name == "jane"

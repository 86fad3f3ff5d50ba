"""What open connections cost while nothing happens, and how each way of losing a token is noticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from models import ApiToken, Scope
from models.migrations import migrate
from resolvers import organizations, tokens
from resolvers.context import Context, Viewer
from resolvers.refusals import Forbidden, Refusal, Unauthenticated
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.identity import Provider, new_key, public
from tests.support.jwks import running_jwks
from tests.support.plans import Statements, is_version
from tests.support.secrecy import keep
from tests.support.waiting import PATIENCE, until
from web.auth import revalidation
from web.auth.authenticator import Authenticator
from web.auth.revalidation import Revalidation

_SECONDS = 0.05
_names = count(1)


class _Authenticator(Authenticator):
    """Fails first, if it has to, like an authenticator whose database is away, and waits, like one that is slow."""

    failures = 0
    look_ups = 0
    slow = False

    async def authenticate_again(self, authorization: object) -> Viewer:
        self.look_ups += 1
        await until(lambda: not self.slow)
        if self.failures:
            self.failures -= 1
            raise OSError
        return await super().authenticate_again(authorization)


@dataclass
class _World:
    """A database with a process's services."""

    services: Services
    refused: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.authenticator = _Authenticator(self.services, 100)
        self.revalidation = Revalidation(self.authenticator, self.services.tails, _SECONDS)

    async def issued(self, *scopes: Scope, expires_at: datetime | None = None) -> tuple[str, Viewer]:
        """The header of a new token of an organization of its own, and its viewer."""
        organization, _ = await organizations.ensure(f"Quiet {next(_names)}", datetime.now(UTC))
        context = Context(self.services, Viewer("cli", organization, "cli", frozenset(Scope)))
        _, secret = await tokens.issue(context, name="x", scopes=scopes or list(Scope), expires_at=expires_at)
        header = f"Bearer {keep(secret.reveal())}"
        viewer = await self.authenticator.authenticate_again(header)
        return header, viewer

    async def revoke(self, viewer: Viewer) -> None:
        await tokens.revoke(Context(self.services, viewer), viewer.id)

    def watch(self, header: str, viewer: Viewer) -> None:
        self.revalidation.when_lost(header, viewer, self.refused.append)

    async def lost(self, header: str, viewer: Viewer) -> Refusal:
        return await asyncio.wait_for(self.revalidation.lost(header, viewer), PATIENCE)


class _Clock:
    """The time by which a revalidation knows that a token has ended. It asks once a round."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._rounds = 0

    def __call__(self) -> datetime:
        self._rounds += 1
        return self.now

    async def rounds(self, count: int) -> None:
        """Waits until so many rounds have begun."""
        before = self._rounds
        await until(lambda: self._rounds >= before + count)


class _Notify:
    """A connection of its own: functions that are equal count once."""

    def __init__(self, refused: list[Refusal]) -> None:
        self._refused = refused

    def __call__(self, refusal: Refusal) -> None:
        self._refused.append(refusal)


@asynccontextmanager
async def _world(folder: Path, **changes: str) -> AsyncIterator[_World]:
    settings = settings_in(folder, **changes)
    async with opened(settings):
        await migrate()
        yield _World(create_services(settings))


pytestmark = pytest.mark.usefixtures("engine")


async def test_open_connections_cost_one_statement_now_and_then_however_many_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, engine: str
) -> None:
    async with _world(tmp_path) as world:
        for end in [None, datetime.now(UTC) + timedelta(days=1)] * 15:
            world.watch(*await world.issued(expires_at=end))
        statements = Statements(caplog)
        await until(lambda: len(_versions(statements)) >= 10)
        assert all("AS asked" in text for text in _about_tokens(statements)), "nobody is looked up alone"
        if engine == "sqlite":  # other tests change other databases of the same PostgreSQL
            assert len(_about_tokens(statements)) <= 1, "the file has not changed"
        assert world.refused == []


def _versions(statements: Statements) -> list[str]:
    return [text for text in map(str, (sent[0] for sent in statements.sent())) if is_version(text)]


def _about_tokens(statements: Statements) -> list[str]:
    texts = [str(sent[0]) for sent in statements.sent()]
    return [text for text in texts if "FROM api_tokens" in text or "JOIN api_tokens" in text]


async def test_a_revocation_is_found_in_the_log_by_one_look_up_for_all_connections(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with _world(tmp_path) as world:
        header, viewer = await world.issued()
        other = await world.issued()
        for _ in range(20):
            world.revalidation.when_lost(header, viewer, _Notify(world.refused))
        world.watch(*other)
        await world.revoke(viewer)
        statements = Statements(caplog)
        await until(lambda: len(world.refused) >= 20)
        assert {type(refusal) for refusal in world.refused} == {Unauthenticated}
        looked_up = [text for text in _about_tokens(statements) if "token_hash IN" in text]
        assert len(looked_up) == 1
        assert len(world.refused) == 20, "the other token stands"


async def test_a_revocation_before_the_connection_is_watched_is_not_overlooked(tmp_path: Path) -> None:
    async with _world(tmp_path) as world:
        header, viewer = await world.issued()
        with world.services.tails.follow(viewer.organization) as tail:  # somebody else follows the log already
            await world.revoke(viewer)
            await until(lambda: tail.position > viewer.organization.position)
            world.revalidation = Revalidation(world.authenticator, world.services.tails, 3600)  # no round finds it
            assert isinstance(await world.lost(header, viewer), Unauthenticated)


async def test_an_expiry_needs_no_event(tmp_path: Path) -> None:
    async with _world(tmp_path) as world:
        granted = await world.issued(expires_at=datetime.now(UTC) + timedelta(seconds=0.5))
        assert isinstance(await world.lost(*granted), Unauthenticated)


async def test_scopes_that_an_operator_has_taken_are_found_without_an_event_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock(datetime.now(UTC))
    monkeypatch.setattr(revalidation, "utc_now", clock)
    async with _world(tmp_path) as world:
        header, viewer = await world.issued(Scope.READ, Scope.CONFIGURE)
        world.watch(header, viewer)
        await clock.rounds(25)
        async with opened(settings_in(tmp_path)):  # connections of their own
            await ApiToken.filter(id=viewer.id).update(scopes=["READ"])
        refusal = await world.lost(header, viewer)
        assert isinstance(refusal, Forbidden)


async def test_a_look_up_that_fails_is_tried_again(tmp_path: Path) -> None:
    async with _world(tmp_path) as world:
        header, viewer = await world.issued()
        world.watch(header, viewer)
        world.authenticator.failures = 1
        await world.revoke(viewer)
        await until(lambda: len(world.refused) == 1)
        assert world.authenticator.failures == 0


async def test_what_happens_during_a_look_up_causes_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _world(tmp_path) as world:
        now = datetime.now(UTC)
        clock, authenticator = _Clock(now + timedelta(days=1)), world.authenticator
        header, viewer = await world.issued(expires_at=clock.now)
        monkeypatch.setattr(revalidation, "utc_now", clock)
        authenticator.slow, before = True, authenticator.look_ups
        world.watch(header, viewer)
        await until(lambda: authenticator.look_ups > before)
        await clock.rounds(2)
        clock.now, authenticator.slow = now, False
        await until(lambda: authenticator.look_ups > before + 1)
        await clock.rounds(2)
        assert authenticator.look_ups == before + 2


async def test_a_key_that_the_provider_has_withdrawn_ends_its_connections(tmp_path: Path) -> None:
    with running_jwks() as jwks:
        provider = Provider(tmp_path, {"jane": {"organization": "Acme"}}, issuer=jwks.address)
        async with _world(tmp_path, **provider.settings(IDENTITY_JWKS_URL=f"{jwks.address}/jwks")) as world:
            await organizations.ensure("Acme", datetime.now(UTC))

            async def signed_in() -> tuple[str, Viewer]:
                jwks.answers["/jwks"] = {"keys": [public(key) for key in provider.keys]}
                header = f"Bearer {provider.sign('jane')}"
                return header, await world.authenticator.authenticate_again(header)

            withdrawn = await signed_in()
            provider.keys = [new_key()]
            await signed_in()  # with a key that is unknown, for which the keys are fetched
            assert isinstance(await world.lost(*withdrawn), Unauthenticated)


async def test_nothing_goes_on_once_the_last_connection_has_left(tmp_path: Path) -> None:
    async with _world(tmp_path) as world:
        before = asyncio.all_tasks()
        header, viewer = await world.issued()
        waiting = [asyncio.create_task(world.revalidation.lost(header, viewer)) for _ in range(2)]
        await until(lambda: len(asyncio.all_tasks() - before) > 2)
        for task in waiting:
            task.cancel()
        await until(lambda: asyncio.all_tasks() == before)
        await world.revoke(viewer)
        assert isinstance(await world.lost(header, viewer), Unauthenticated), "who comes later is judged as well"

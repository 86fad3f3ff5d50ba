"""Tokens and incomplete credentials expire with an event, and their names are free at once, before any daemon runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from adapters.stripe.key_format import parse_key
from kit.secret import Secret
from models import ApiToken, Credential, Destination, Event, EventKind, Organization, Scope
from resolvers import credentials, tokens
from resolvers.context import Context, Viewer
from resolvers.credentials.create import free_name, insert_credential
from resolvers.credentials.keys import CheckedKey
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import NameTaken
from resolvers.services import Services
from resolvers.stripe_auth.begin import NewCredential, begin
from resolvers.tokens.expire import expire_due, next_expiry
from tests.resolvers.test_events import cursor_now
from tests.support.client import Client
from tests.support.documents import FOLLOW, ISSUE_TOKEN, REVOKE_TOKEN, TOKENS
from tests.support.rows import connected_credential, incomplete_credential
from tests.support.secrecy import keep, secret_key

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_END = _NOW + timedelta(hours=1)


async def _viewer() -> Viewer:
    row = await Organization.create(name=datetime.now(UTC).isoformat(), created_at=_NOW)
    return Viewer("test", row, "test", frozenset(Scope))


async def _issue(services: Services, viewer: Viewer, now: datetime, name: str = "CI") -> ApiToken:
    context = Context(services, viewer, lambda: now)
    expires_at = _END if now < _END else None
    return (await tokens.issue(context, name=name, scopes=[Scope.READ], expires_at=expires_at))[0]


async def _told(viewer: Viewer) -> list[tuple[EventKind, str, str]]:
    """Returns the kind, name and actor of each event."""
    events = await Event.filter(organization_id=viewer.organization.id).order_by("position")
    return [(event.kind, event.name, event.actor) for event in events]


async def test_the_name_of_a_token_is_free_when_it_has_expired_and_not_before(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        viewer = await _viewer()
        await _issue(services, viewer, _NOW)
        with pytest.raises(NameTaken):
            await _issue(services, viewer, _END - timedelta(microseconds=1), "Ci")
        await _issue(services, viewer, _END, "Ci")
        expected = [
            (EventKind.TOKEN_ISSUED, "CI", "test"),
            (EventKind.TOKEN_EXPIRED, "CI", "system"),
            (EventKind.TOKEN_ISSUED, "Ci", "test"),
        ]
        assert await _told(viewer) == expected
        await expire_due(services, _END)
        assert await _told(viewer) == expected


async def test_daemons_that_expire_tokens_at_once_tell_each_end_once(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        viewer = await _viewer()
        for number in range(30):
            await _issue(services, viewer, _NOW, f"{number}")
        revoked = await _issue(services, viewer, _NOW, "revoked")
        await tokens.revoke(Context(services, viewer, lambda: _NOW), revoked.id)
        assert await next_expiry() == _END
        await asyncio.gather(*(expire_due(services, _END) for _ in range(3)))
        assert await next_expiry() is None
        told = [name for kind, name, _ in await _told(viewer) if kind is EventKind.TOKEN_EXPIRED]
        assert sorted(told) == sorted(f"{number}" for number in range(30))


async def test_revoking_an_expired_token_only_tells_that_it_has_expired(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        viewer = await _viewer()
        token = await _issue(services, viewer, _NOW)
        for _ in range(2):
            row = await tokens.revoke(Context(services, viewer, lambda: _END), token.id)
            assert (row.revoked_at, row.ended_at) == (None, _END)
        assert [kind for kind, _, _ in await _told(viewer)] == [EventKind.TOKEN_ISSUED, EventKind.TOKEN_EXPIRED]


async def _create(context: Context, viewer: Viewer) -> str:
    checked = CheckedKey(parse_key(Secret(secret_key())), None, {}, context.now())
    async with unit_of_work(context, viewer) as log:
        return (await insert_credential(context, viewer, log, "DUE 1", checked)).name


async def _name_after_an_integration(context: Context, viewer: Viewer) -> str:
    async with unit_of_work(context, viewer) as log:
        return await free_name(viewer, log, "DUE 1")


async def _rename(context: Context, viewer: Viewer) -> str:
    credential = connected_credential(viewer.organization.id, "Other", lambda _: "v1.another.sealed")
    await credential.save(force_create=True)
    return (await credentials.update(context, id_=credential.id, name="DUE 1")).name


async def _begin(context: Context, _: Viewer) -> str:
    (return_url, *_others) = sorted(context.services.return_urls)
    target = NewCredential("DUE 1", Destination.STRIPE_TEST_MODE)
    return (await begin(context, target=target, return_url=return_url)).credential.name


@pytest.mark.parametrize("use", [_create, _name_after_an_integration, _rename, _begin])
async def test_the_name_of_an_expired_credential_is_free_for_every_use(
    database: TortoiseContext, services: Services, use: Callable[[Context, Viewer], Awaitable[str]]
) -> None:
    with database:
        viewer = await _viewer()
        due = incomplete_credential(viewer.organization.id, 1, _END)
        await due.save(force_create=True)
        assert await use(Context(services, viewer, lambda: _END), viewer) == "DUE 1"
        assert not await Credential.filter(id=due.id).exists()
        assert (await _told(viewer))[0] == (EventKind.CREDENTIAL_EXPIRED, "Due 1", "system")


async def test_a_token_that_expires_is_told_to_followers(client: Client) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=2)
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=await cursor_now(client))
        issued = await client.result(
            ISSUE_TOKEN, input={"name": "CI", "scopes": ["READ"], "expiresAt": ends.isoformat()}
        )
        keep(issued["secret"])
        events = [(await socket.next())["events"] for _ in range(2)]
    assert [(event["kind"], event["tokenId"]) for event in events] == [
        ("TOKEN_ISSUED", issued["token"]["id"]),
        ("TOKEN_EXPIRED", issued["token"]["id"]),
    ]
    assert events[1]["actor"]["kind"] == "SYSTEM"
    assert datetime.fromisoformat(events[1]["occurredAt"]) >= ends
    assert (await replace(client, token=issued["secret"]).post(TOKENS)).status_code == 401
    again = await client.result(REVOKE_TOKEN, input={"id": issued["token"]["id"]})
    assert (again["message"], again["token"]["revokedAt"]) == ("Token “CI” has expired.", None)

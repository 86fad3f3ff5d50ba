"""A viewer's right is looked at again: in each unit of work, for each of many reveals, for a stored response."""

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from kit.secret import Secret
from models import ApiToken, Event, EventKind, Organization, Scope
from resolvers import tokens
from resolvers.context import Context, Viewer
from resolvers.credentials.sealing import secret_context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.idempotency import Idempotency, once
from resolvers.refusals import Forbidden, Unauthenticated
from resolvers.rights import refusals_of
from resolvers.secrets import RevealedSecret, WantedSecret, reveal_together
from resolvers.services import Services
from tests.support.plans import Statements
from tests.support.rows import connected_credential, integration_using

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def _organization() -> Organization:
    return await Organization.create(name=datetime.now(UTC).isoformat(), created_at=_NOW)


async def _viewer(services: Services, organization: Organization, name: str, *scopes: Scope) -> Viewer:
    """A viewer as it was when its request began."""
    operator = Context(services, Viewer("cli", organization, "cli", frozenset(Scope)), lambda: _NOW)
    _, token = await tokens.issue(operator, name=name, scopes=scopes, expires_at=_NOW + timedelta(days=1))
    return await tokens.authenticate(services, token, _NOW)


async def _change(viewer: Viewer, **changes: object) -> None:
    assert await ApiToken.filter(id=viewer.id).update(**changes) == 1


async def _work(services: Services, viewer: Viewer, scope: Scope = Scope.CONFIGURE, now: datetime = _NOW) -> None:
    context = Context(services, viewer, lambda: now)
    async with unit_of_work(context, context.require(scope)):
        pass


async def test_a_unit_of_work_begins_only_while_the_right_lasts(database: TortoiseContext, services: Services) -> None:
    with database:
        viewer = await _viewer(services, await _organization(), "CI", Scope.CONFIGURE, Scope.MANAGE_TOKENS)
        await _work(services, viewer)
        with pytest.raises(Unauthenticated):
            await _work(services, viewer, now=_NOW + timedelta(days=1))
        await _change(viewer, scopes=["CONFIGURE"])
        await _work(services, viewer)
        await _work(services, viewer, Scope.READ)
        with pytest.raises(Forbidden, match="MANAGE_TOKENS"):
            await _work(services, viewer, Scope.MANAGE_TOKENS)
        await _change(viewer, revoked_at=_NOW, ended_at=_NOW)
        with pytest.raises(Unauthenticated):
            await _work(services, viewer)
        await ApiToken.filter(id=viewer.id).delete()
        with pytest.raises(Unauthenticated):
            await _work(services, viewer)


async def test_of_many_who_reveal_together_only_those_with_a_right_are_served(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        organization = await _organization()
        credential = connected_credential(
            organization.id, "Keys", lambda row: services.vault.seal(Secret("sk_test_51Sandbox"), secret_context(row))
        )
        await credential.save(force_create=True)
        integration = integration_using(credential)
        await integration.save(force_create=True)
        names = ["good", "revoked", "narrowed", "also good"]
        viewers = [await _viewer(services, organization, name, Scope.REVEAL_SECRETS) for name in names]
        await _change(viewers[1], revoked_at=_NOW, ended_at=_NOW)
        await _change(viewers[2], scopes=["READ"])
        contexts = [Context(services, viewer, lambda: _NOW) for viewer in viewers]
        for order in (contexts, contexts[::-1]):
            wanted = [WantedSecret(each, each.require(Scope.REVEAL_SECRETS), integration.id, "test") for each in order]
            outcomes = [type(outcome) for outcome in await reveal_together(wanted)]
            expected = [RevealedSecret, Unauthenticated, Forbidden, RevealedSecret]
            assert outcomes == (expected if order is contexts else expected[::-1])
        revealed = Event.filter(organization_id=organization.id, kind=EventKind.SECRET_REVEALED)
        events = await revealed.order_by("position")
        assert [event.actor for event in events] == ["good", "also good", "also good", "good"]


async def test_the_tokens_of_many_are_read_by_one_statement(
    database: TortoiseContext, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        organization = await _organization()
        viewers = [await _viewer(services, organization, f"{number}", Scope.READ) for number in range(3)]
        statements = Statements(caplog)
        assert await refusals_of(viewers, _NOW) == [None] * 3
        assert len(statements.sent()) == 1
        await refusals_of([Viewer("https://issuer.example jane", organization, "Jane", frozenset())], _NOW)
        assert len(statements.sent()) == 1


async def test_a_stored_response_is_for_a_token_that_has_not_ended(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        viewer = await _viewer(services, await _organization(), "CI", Scope.MANAGE_TOKENS, Scope.READ)
        context, request = Context(services, viewer, lambda: _NOW), Idempotency("key", "fingerprint")
        async with once(context, request) as attempt:
            await tokens.issue(context, name="Other", scopes=[Scope.READ], expires_at=None)
            await attempt.keep(Secret("answer"))
        async with once(context, request) as attempt:
            assert attempt.answer == Secret("answer")
        await _change(viewer, revoked_at=_NOW, ended_at=_NOW)
        with pytest.raises(Unauthenticated):
            async with once(context, request):
                pass

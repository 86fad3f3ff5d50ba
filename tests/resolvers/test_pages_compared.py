"""Pages of all lists, in both directions, have the rows that Tortoise's query sets find, with one statement each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.expressions import Q

from kit.text import name_key
from models import (
    ActorKind,
    ApiToken,
    Credential,
    CredentialProblem,
    CredentialStatus,
    Destination,
    Event,
    EventKind,
    Integration,
    Organization,
    Scope,
    is_id,
)
from resolvers import credentials, integrations, tokens
from resolvers.context import Context, Viewer, utc_now
from resolvers.credentials.read import CredentialFilter
from resolvers.events import read as log
from resolvers.events.read import EventFilter, LogOrder
from resolvers.integrations.read import IntegrationFilter
from resolvers.kit.ordering import NounOrder, OrderDirection, OrderField
from resolvers.kit.paging import Order, Page, Window
from startup.services import create_services
from tests.resolvers.compared_filters import (
    ACCOUNT,
    CREDENTIAL_IDS,
    CREDENTIALS,
    EVENTS,
    IDS,
    INTEGRATIONS,
    NAMES,
    SUBJECT,
    time_of,
)
from tests.support.databases import settings_in
from tests.support.plans import Statements
from tests.support.rows import connected_credential, incomplete_credential, integration_using

pytestmark = pytest.mark.usefixtures("engine")

_SIZE = 3
_OF_INTEGRATIONS, _OF_CREDENTIALS = (
    [NounOrder(column, direction) for column in OrderField if column is not other for direction in OrderDirection]
    for other in (OrderField.STATUS, OrderField.STATUS_COPY)
)


async def _fill(name: str) -> Organization:
    """An organization with rows of every kind: expired, switched off, live, disconnected."""
    now = utc_now()
    organization = await Organization.create(name=name, created_at=now, position=3 * len(NAMES))
    for number, each in enumerate(NAMES):
        credential = connected_credential(organization.id, each, lambda _: "v1.another." + "x" * 140)
        credential.id = CREDENTIAL_IDS[number] if name == "mine" else credential.id
        credential.name_key = name_key(each)
        credential.masked_secret = f"sk_test_…{each[:2]}{number:02}"
        # Some were updated at the same moment, and some at whole seconds, which SQLite stores in a shorter form.
        credential.updated_at = now.replace(microsecond=number % 4 // 2) + timedelta(seconds=number // 4)
        if number % 3 == 1:
            credential.account_id, credential.account_known = ACCOUNT, number != 7
        credential.destination = Destination.STRIPE if number % 3 == 0 else Destination.STRIPE_TEST_MODE
        if number == 4:
            credential.status, credential.problem = CredentialStatus.DISCONNECTED, CredentialProblem.KEY_EXPIRED
        await credential.save(force_create=True)
        integration = integration_using(credential)
        integration.active = number % 4 != 0
        integration.id = IDS[number] if name == "mine" else integration.id
        await integration.save(force_create=True)
        due = now + timedelta(hours=1 if number % 2 else -1)
        await incomplete_credential(organization.id, number, due).save(force_create=True)
        token = ApiToken(organization_id=organization.id, name=each, scopes=[], token_hash=f"{name} {each}")
        token.name_key, token.masked_token, token.created_at = name_key(each), "…", now
        await token.save(force_create=True)
    for position in range(1, 3 * len(NAMES) + 1):
        event = Event(organization_id=organization.id, position=position, name="n", actor="a")
        event.kind, event.occurred_at = list(EventKind)[position % len(EventKind)], time_of(position)
        event.actor_kind = (ActorKind.TOKEN, ActorKind.TOKEN, ActorKind.STRIPE, ActorKind.SYSTEM)[position % 4]
        event.actor_id = f"token_{position % 2}" if event.actor_kind is ActorKind.TOKEN else None
        event.subject = (SUBJECT, CREDENTIAL_IDS[0], "token_1")[position % 3]
        await event.save()
    return organization


@pytest.fixture(scope="module")
async def context(database: TortoiseContext, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Context]:
    """A viewer of one of two organizations with equal names of rows."""
    with database:
        mine, _ = await _fill("mine"), await _fill("other")
    services = create_services(settings_in(tmp_path_factory.mktemp("services")))
    yield Context(services, Viewer("test", mine, "test", frozenset(Scope)))
    await services.stripe.close()


async def _walk(
    ask: Callable[[Window], Awaitable[Page[Any]]], order: Order, *, backwards: bool
) -> AsyncIterator[list[Any]]:
    """Returns the rows of each page. Asserts that its neighbouring pages are reported."""
    cursor, more = None, True
    while more:
        window = Window(last=_SIZE, before=cursor) if backwards else Window(first=_SIZE, after=cursor)
        page = await ask(window)
        more = bool(page.is_preceded if backwards else page.is_followed)
        assert (page.is_followed if backwards else page.is_preceded) == (cursor is not None)
        yield list(page.rows)
        cursor = order.encode(page.rows[0 if backwards else -1]) if more else None


async def _compare(
    ask: Callable[[Window], Awaitable[Page[Any]]],
    order: Order,
    expected: list[Any],
    caplog: pytest.LogCaptureFixture,
    statements: int = 1,
) -> None:
    for backwards in (False, True):
        shown: list[Any] = []
        sent = Statements(caplog)
        pages = 0
        async for rows in _walk(ask, order, backwards=backwards):
            shown = rows + shown if backwards else shown + rows
            pages += 1
        assert len(sent.sent()) == pages * statements
        assert [row.id for row in shown] == [row.id for row in expected]
        assert pages == max(1, -(-len(expected) // _SIZE))
    page = await ask(Window())
    assert await page.count() == len(expected)


def _columns(order: NounOrder) -> list[str]:
    return [("-" if order.descending else "") + column for column in order.columns]


@pytest.mark.parametrize("order", _OF_INTEGRATIONS, ids=lambda order: f"{order.field} {order.direction}")
@pytest.mark.parametrize("kind", INTEGRATIONS)
async def test_integrations(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, kind: str, order: NounOrder
) -> None:
    wanted, conditions = INTEGRATIONS[kind]
    with database:
        mine = Integration.filter(organization_id=context.viewer().organization.id, **conditions)
        expected = await mine.select_related("credential").order_by(*_columns(order))
        assert expected

        async def ask(window: Window) -> Page[Integration]:
            page = await integrations.page(context, IntegrationFilter(**wanted), order, window)
            assert [row.credential.name for row in page.rows] == [row.name for row in page.rows]
            return page

        await _compare(ask, order, expected, caplog)
        found = {row.id: row for row in await integrations.by_ids(context, [row.id for row in expected])}
        assert [found[row.id].status for row in expected] == [row.status for row in expected]


@pytest.mark.parametrize("order", _OF_CREDENTIALS, ids=lambda order: f"{order.field} {order.direction}")
@pytest.mark.parametrize("kind", CREDENTIALS)
async def test_credentials(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, kind: str, order: NounOrder
) -> None:
    wanted, conditions = CREDENTIALS[kind]
    with database:
        alive = Q(expires_at__isnull=True) | Q(expires_at__gt=utc_now())
        mine = Credential.filter(alive, organization_id=context.viewer().organization.id, **conditions)
        expected = await mine.order_by(*_columns(order))
        assert expected
        await _compare(
            lambda window: credentials.page(context, CredentialFilter(**wanted), order, window),
            order,
            expected,
            caplog,
        )


async def test_tokens(database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture) -> None:
    with database:
        mine = ApiToken.filter(organization_id=context.viewer().organization.id)
        await _compare(lambda window: tokens.page(context, window), NounOrder(), await mine.order_by("-id"), caplog)
        (named,) = await tokens.named(context, "Alpha")
        assert named.id == (await mine.get(name="Alpha")).id


@pytest.mark.parametrize("kind", EVENTS)
async def test_events(database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    wanted, conditions = EVENTS[kind]
    with database:
        mine = context.viewer().organization
        expected = await Event.filter(organization_id=mine.id, **conditions).order_by("position")
        await _compare(
            lambda window: log.page(context, EventFilter(**wanted), window),
            LogOrder(mine),
            expected,
            caplog,
            statements=3 if is_id("integration", wanted.get("integration", "")) else 2,  # the log's end is read first
        )


async def test_what_is_looked_up_by_ids_is_ones_own_and_one_statement(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        mine = context.viewer().organization.id
        look_ups = {Integration: integrations.by_ids, Credential: credentials.by_ids, ApiToken: tokens.by_ids}
        for model, look_up in look_ups.items():
            rows: list[Any] = await model.all()
            sent = Statements(caplog)
            found: Sequence[Any] = await look_up(context, [row.id for row in rows])
            assert len(sent.sent()) == 1
            assert {row.organization_id for row in found} == {mine}
            assert len(found) == (15 if model is Credential else 10)  # half of the incomplete ones have expired
        hashes = [f"{name} {each}" for name in ("mine", "other", "nobody") for each in NAMES]
        sent = Statements(caplog)
        found_by_hash = await tokens.by_hashes(hashes)
        assert len(sent.sent()) == 1
        assert [(row.name, row.organization.name) for row in map(found_by_hash.__getitem__, hashes[:20])] == [
            (each, name) for name in ("mine", "other") for each in NAMES
        ]
        assert len(found_by_hash) == 20

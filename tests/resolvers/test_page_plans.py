"""PostgreSQL's plan for a page of a large organization: it reads the page's rows by an index, and few others."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext, require_context
from tortoise.transactions import in_transaction

from models import (
    ActorKind,
    AuthenticationMethod,
    CredentialStatus,
    Destination,
    Event,
    EventKind,
    Integration,
    IntegrationStatus,
    Organization,
    Scope,
)
from resolvers import credentials, integrations
from resolvers.context import Context, Viewer
from resolvers.credentials.read import CredentialFilter
from resolvers.events import read as log
from resolvers.events.read import EventFilter, LogOrder
from resolvers.integrations.read import IntegrationFilter
from resolvers.kit.ordering import NounOrder, OrderDirection, OrderField
from resolvers.kit.paging import Page, Window
from startup.services import create_services
from tests.support.databases import settings_in
from tests.support.many_rows import fill, fill_log, fill_log_of, fill_reveals, numbered
from tests.support.plans import Statements, rows_looked_at

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True, scope="session")

_BLOCK = 3_000
# The organization has the second and the fourth block of rows, so that the way through all rows by their ids is long.
_AFTER_MINE, _AFTER_OTHERS = (_BLOCK, 3 * _BLOCK), (0, 2 * _BLOCK, 4 * _BLOCK)
_LOWER, _UPPER = 2 * _BLOCK, 3 * _BLOCK + 1  # where its two blocks end and begin
_LOOKED_AT = 200  # a search for a word that one name in eight has takes most
_NEWEST, _OLDEST = NounOrder(), NounOrder(direction=OrderDirection.ASC)
_A_TO_Z, _Z_TO_A = NounOrder(OrderField.NAME, OrderDirection.ASC), NounOrder(OrderField.NAME)
_UPDATED = NounOrder(OrderField.UPDATED_AT)
_BY_STATUS, _BY_OWN_STATUS = NounOrder(OrderField.STATUS_COPY), NounOrder(OrderField.STATUS)
_INACTIVE, _IN_NEED = IntegrationStatus.INACTIVE, IntegrationStatus.NEEDS_ATTENTION
_REVEALED, _ISSUED, _REVOKED = EventKind.SECRET_REVEALED, EventKind.TOKEN_ISSUED, EventKind.TOKEN_REVOKED
_CREATED = EventKind.INTEGRATION_CREATED
_LAST = Window(last=20)
_BUSY = numbered("integration", _BLOCK + 2)  # has many events
_ACCOUNT = "acct_1Shared"
_REVEALED_OFTEN = numbered("credential", _BLOCK + 2)
_KEY_ENDING = f"{(_BLOCK + 13) * 7919 % 65536:04X}"  # 12EB, which no name contains

Asking = Callable[[Context], Awaitable[Page[Any]]]


def _integrations(order: NounOrder = _NEWEST, window: Window | None = None, **wanted: Any) -> Asking:
    return lambda context: integrations.page(context, IntegrationFilter(**wanted), order, window or Window())


def _credentials(order: NounOrder = _NEWEST, window: Window | None = None, **wanted: Any) -> Asking:
    return lambda context: credentials.page(context, CredentialFilter(**wanted), order, window or Window())


def _events(window: Window | None = None, *, deep: bool = False, **wanted: Any) -> Asking:
    async def ask(context: Context) -> Page[Event]:
        place = LogOrder(context.viewer().organization).encode(Event(position=_BLOCK))
        return await log.page(context, EventFilter(**wanted), window or Window(after=place if deep else None))

    return ask


def _consumers(window: Window | None = None) -> Asking:
    return lambda context: credentials.consumers(context, _REVEALED_OFTEN, window or Window())


def _minute(number: int) -> datetime:
    """When the event at this position happened."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)


def _place(order: NounOrder, number: int, noun: str = "integration") -> str:
    updated_at = datetime(2026, 1, 1, 1, tzinfo=UTC)
    row = Integration(id=numbered(noun, number), name_key=f"payments oslo {number}", updated_at=updated_at)
    row.status_copy = IntegrationStatus.ACTIVE
    return order.encode(row)


def _after(order: NounOrder, number: int, noun: str = "integration") -> tuple[NounOrder, Window]:
    return order, Window(after=_place(order, number, noun))


def _before(order: NounOrder, number: int) -> tuple[NounOrder, Window]:
    return order, Window(last=20, before=_place(order, number))


# The pages that each index is there for.
_PAGES: dict[str, dict[str, Asking]] = {
    "integrations_by_creation": {
        "first": _integrations(),
        "oldest": _integrations(_OLDEST),
        "last": _integrations(_NEWEST, _LAST),
        "deep": _integrations(*_after(_NEWEST, _UPPER)),
        "deep, oldest first": _integrations(*_after(_OLDEST, _LOWER)),
        "deep, backwards": _integrations(*_before(_NEWEST, _LOWER)),
        "with a common name": _integrations(name_contains="PARIS"),
        "with a common name, deep": _integrations(*_after(_NEWEST, _UPPER), name_contains="paris"),
        "with a common name, of the length of a key's ending": _integrations(search="shop"),
    },
    "integrations_name_key": {
        "first": _integrations(_A_TO_Z),
        "downwards": _integrations(_Z_TO_A),
        "last": _integrations(_A_TO_Z, _LAST),
        "deep": _integrations(*_after(_A_TO_Z, _LOWER)),
        "deep, downwards": _integrations(*_after(_Z_TO_A, _LOWER)),
        "deep, backwards": _integrations(*_before(_A_TO_Z, _LOWER)),
    },
    "integrations_by_status": {
        "inactive": _integrations(status=_INACTIVE),
        "inactive, deep": _integrations(*_after(_NEWEST, _UPPER), status=_INACTIVE),
        "in need": _integrations(status=_IN_NEED),
        "in need, backwards": _integrations(*_before(_NEWEST, _LOWER), status=_IN_NEED),
        "all, in order": _integrations(_BY_STATUS),
        "all, in order, deep": _integrations(*_after(_BY_STATUS, _UPPER)),
    },
    "integrations_by_update": {
        "first": _integrations(_UPDATED),
        "last": _integrations(_UPDATED, _LAST),
        "deep": _integrations(*_after(_UPDATED, _UPPER)),
        "deep, backwards": _integrations(*_before(_UPDATED, _LOWER)),
    },
    "integrations_of_credential": {"of an account": _integrations(account_id=f"acct_{_BLOCK + 4}")},
    "integrations_by_destination": {
        "live": _integrations(destination=Destination.STRIPE),
        "live, deep": _integrations(*_after(_NEWEST, _UPPER), destination=Destination.STRIPE),
    },
    "integrations_by_part_of_name": {
        "rare": _integrations(name_contains="1777"),
        "rare, by name": _integrations(_A_TO_Z, name_contains="1777"),
        "none": _integrations(name_contains="Wellington"),
    },
    "integrations_by_key_ending": {
        "of a key": _integrations(search=_KEY_ENDING),
        "of a key, by name": _integrations(_A_TO_Z, search=_KEY_ENDING),
    },
    "credentials_by_key_ending": {"of a key": _credentials(search=_KEY_ENDING)},
    "credentials_by_creation": {
        "first": _credentials(),
        "deep": _credentials(*_after(_NEWEST, _UPPER, "credential")),
    },
    "credentials_name_key": {
        "first": _credentials(_A_TO_Z),
        "deep": _credentials(*_after(_Z_TO_A, _LOWER, "credential")),
    },
    "credentials_by_status": {
        "disconnected": _credentials(status=CredentialStatus.DISCONNECTED),
        "incomplete": _credentials(status=CredentialStatus.INCOMPLETE),
        "all, in order": _credentials(_BY_OWN_STATUS),
    },
    "credentials_by_update": {
        "first": _credentials(_UPDATED),
        "deep": _credentials(*_after(_UPDATED, _UPPER, "credential")),
    },
    "credentials_by_account": {
        "of one that another organization has often": _credentials(account_id=_ACCOUNT),
    },
    "credentials_by_destination": {"live": _credentials(destination=Destination.STRIPE)},
    "credentials_by_method": {"by OAuth": _credentials(method=AuthenticationMethod.OAUTH)},
    "credentials_by_part_of_name": {"rare": _credentials(name_contains="1777")},
    "events_position": {"first": _events(), "last": _events(_LAST), "deep": _events(deep=True)},
    "events_of_kind": {
        "reveals": _events(kinds=[_REVEALED]),
        "reveals, deep": _events(deep=True, kinds=[_REVEALED]),
        "tokens": _events(kinds=[_ISSUED, _REVOKED]),
    },
    "events_of_subject": {
        "of one": _events(subject=numbered("integration", _BLOCK)),
        "of an integration": _events(integration=_BUSY),
        "of an integration, last": _events(_LAST, integration=_BUSY),
        "of an integration, deep": _events(deep=True, integration=_BUSY),
    },
    "events_of_consumers": {"first": _consumers(), "last": _consumers(Window(last=2))},
    "events_of_actor": {
        "of a token": _events(actor_id="token_rare"),
        "of a token, last": _events(_LAST, actor_id="token_rare"),
        "of a token, in a period": _events(_LAST, actor_id="token_rare", occurred_before=_minute(2 * _BLOCK)),
    },
    "events_of_actor_kind": {
        "of Stripe": _events(actor_kind=ActorKind.STRIPE),
        "of Stripe, last": _events(_LAST, actor_kind=ActorKind.STRIPE),
    },
    "events_by_time": {
        "before a time, last": _events(_LAST, occurred_before=_minute(_BLOCK // 2)),
        "after a time": _events(occurred_after=_minute(2 * _BLOCK)),
        "in a period": _events(_LAST, occurred_after=_minute(_BLOCK - 9), occurred_before=_minute(_BLOCK)),
        "in a period, of kinds": _events(
            _LAST, occurred_after=_minute(_BLOCK - 9), occurred_before=_minute(2 * _BLOCK), kinds=[_CREATED, _REVEALED]
        ),
        "in a period, of a common token": _events(
            _LAST, occurred_before=_minute(_BLOCK), actor_id="token_common", actor_kind=ActorKind.TOKEN
        ),
    },
}


@pytest.fixture(scope="module")
async def context(database: TortoiseContext, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Context]:
    """A viewer of a large organization, beside an even larger one."""
    with database:
        made = [await Organization.create(name=name, created_at=datetime.now(UTC)) for name in ("Mine", "Other")]
        for organization, places in zip(made, (_AFTER_MINE, _AFTER_OTHERS), strict=True):
            for after in places:
                await fill(organization.id, _BLOCK, after)
            await fill_log(organization.id, 2 * _BLOCK)
            await fill_log_of(organization.id, _BLOCK, _BUSY)
        await fill_reveals(made[0].id, _BLOCK, _REVEALED_OFTEN)
        await require_context().db().execute_script("ANALYZE")
        await made[0].refresh_from_db()
    services = create_services(settings_in(Path(tmp_path_factory.mktemp("services"))))
    yield Context(services, Viewer("test", made[0], "test", frozenset(Scope)))
    await services.stripe.close()


async def _read(ask: Asking, context: Context) -> None:
    """Reads a page, and whether rows precede and follow it."""
    page = await ask(context)
    await page.has_next()
    await page.has_previous()


class _UndoneError(Exception):
    """Rolls a transaction back."""


@pytest.mark.parametrize(("index", "kind"), [(index, kind) for index, kinds in _PAGES.items() for kind in kinds])
async def test_a_page_looks_at_little_more_than_it_shows_by_the_index_that_is_there_for_it(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, index: str, kind: str
) -> None:
    with database:
        statements = Statements(caplog)
        await _read(_PAGES[index][kind], context)
        sent = statements.sent()
        assert sent
        assert max([await rows_looked_at(statement) for statement in sent]) <= _LOOKED_AT
        with suppress(_UndoneError):
            async with in_transaction() as connection:
                await connection.execute_query(f"DROP INDEX {index} CASCADE")
                assert max([await rows_looked_at(statement) for statement in sent]) > _LOOKED_AT
                raise _UndoneError


@pytest.mark.parametrize("ask", [_integrations, _credentials])
async def test_an_exact_name_is_found_by_the_index_of_names_or_of_their_parts(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, ask: Callable[..., Asking]
) -> None:
    with database:
        statements = Statements(caplog)
        await _read(ask(name=f"Billing Oslo {_BLOCK + 4}"), context)
        assert max([await rows_looked_at(statement) for statement in statements.sent()]) <= _LOOKED_AT

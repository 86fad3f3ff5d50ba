"""The pages of a large organization, by the index that each is there for."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from models import (
    ActorKind,
    AuthenticationMethod,
    CredentialStatus,
    Destination,
    Event,
    EventKind,
    Integration,
    IntegrationStatus,
)
from resolvers import credentials, integrations
from resolvers.context import Context
from resolvers.credentials.read import CredentialFilter
from resolvers.events import read as log
from resolvers.events.read import EventFilter, LogOrder
from resolvers.integrations.read import IntegrationFilter
from resolvers.kit.ordering import NounOrder, OrderDirection, OrderField
from resolvers.kit.paging import Page, Window
from tests.support.many_rows import numbered

BLOCK = 3_000
_LOWER, _UPPER = 2 * BLOCK, 3 * BLOCK + 1  # where its two blocks end and begin
_NEWEST, _OLDEST = NounOrder(), NounOrder(direction=OrderDirection.ASC)
_A_TO_Z, _Z_TO_A = NounOrder(OrderField.NAME, OrderDirection.ASC), NounOrder(OrderField.NAME)
_UPDATED = NounOrder(OrderField.UPDATED_AT)
_BY_STATUS, _BY_OWN_STATUS = NounOrder(OrderField.STATUS_COPY), NounOrder(OrderField.STATUS)
_INACTIVE, _IN_NEED = IntegrationStatus.INACTIVE, IntegrationStatus.NEEDS_ATTENTION
_REVEALED, _ISSUED, _REVOKED = EventKind.SECRET_REVEALED, EventKind.TOKEN_ISSUED, EventKind.TOKEN_REVOKED
_CREATED = EventKind.INTEGRATION_CREATED
_LAST = Window(last=20)
BUSY = numbered("integration", BLOCK + 2)  # has many events
_ACCOUNT = "acct_1Shared"
REVEALED_OFTEN = numbered("credential", BLOCK + 2)
_KEY_ENDING = f"{(BLOCK + 13) * 7919 % 65536:04X}"  # 12EB, which no name contains

Asking = Callable[[Context], Awaitable[Page[Any]]]


def integrations_page(order: NounOrder = _NEWEST, window: Window | None = None, **wanted: Any) -> Asking:
    return lambda context: integrations.page(context, IntegrationFilter(**wanted), order, window or Window())


def credentials_page(order: NounOrder = _NEWEST, window: Window | None = None, **wanted: Any) -> Asking:
    return lambda context: credentials.page(context, CredentialFilter(**wanted), order, window or Window())


def _events(window: Window | None = None, *, deep: bool = False, **wanted: Any) -> Asking:
    async def ask(context: Context) -> Page[Event]:
        place = LogOrder(context.viewer().organization).encode(Event(position=BLOCK))
        return await log.page(context, EventFilter(**wanted), window or Window(after=place if deep else None))

    return ask


def _consumers(window: Window | None = None) -> Asking:
    return lambda context: credentials.consumers(context, REVEALED_OFTEN, window or Window())


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
PAGES: dict[str, dict[str, Asking]] = {
    "integrations_by_creation": {
        "first": integrations_page(),
        "oldest": integrations_page(_OLDEST),
        "last": integrations_page(_NEWEST, _LAST),
        "deep": integrations_page(*_after(_NEWEST, _UPPER)),
        "deep, oldest first": integrations_page(*_after(_OLDEST, _LOWER)),
        "deep, backwards": integrations_page(*_before(_NEWEST, _LOWER)),
        "with a common name": integrations_page(name_contains="PARIS"),
        "with a common name, deep": integrations_page(*_after(_NEWEST, _UPPER), name_contains="paris"),
        "with a common name, of the length of a key's ending": integrations_page(search="shop"),
    },
    "integrations_name_key": {
        "first": integrations_page(_A_TO_Z),
        "downwards": integrations_page(_Z_TO_A),
        "last": integrations_page(_A_TO_Z, _LAST),
        "deep": integrations_page(*_after(_A_TO_Z, _LOWER)),
        "deep, downwards": integrations_page(*_after(_Z_TO_A, _LOWER)),
        "deep, backwards": integrations_page(*_before(_A_TO_Z, _LOWER)),
    },
    "integrations_by_status": {
        "inactive": integrations_page(status=_INACTIVE),
        "inactive, deep": integrations_page(*_after(_NEWEST, _UPPER), status=_INACTIVE),
        "in need": integrations_page(status=_IN_NEED),
        "in need, backwards": integrations_page(*_before(_NEWEST, _LOWER), status=_IN_NEED),
        "all, in order": integrations_page(_BY_STATUS),
        "all, in order, deep": integrations_page(*_after(_BY_STATUS, _UPPER)),
    },
    "integrations_by_update": {
        "first": integrations_page(_UPDATED),
        "last": integrations_page(_UPDATED, _LAST),
        "deep": integrations_page(*_after(_UPDATED, _UPPER)),
        "deep, backwards": integrations_page(*_before(_UPDATED, _LOWER)),
    },
    "integrations_of_credential": {"of an account": integrations_page(account_id=f"acct_{BLOCK + 4}")},
    "integrations_by_destination": {
        "live": integrations_page(destination=Destination.STRIPE),
        "live, deep": integrations_page(*_after(_NEWEST, _UPPER), destination=Destination.STRIPE),
    },
    "integrations_by_part_of_name": {
        "rare": integrations_page(name_contains="1777"),
        "rare, by name": integrations_page(_A_TO_Z, name_contains="1777"),
        "none": integrations_page(name_contains="Wellington"),
    },
    "integrations_by_key_ending": {
        "of a key": integrations_page(search=_KEY_ENDING),
        "of a key, by name": integrations_page(_A_TO_Z, search=_KEY_ENDING),
    },
    "credentials_by_key_ending": {"of a key": credentials_page(search=_KEY_ENDING)},
    "credentials_by_creation": {
        "first": credentials_page(),
        "deep": credentials_page(*_after(_NEWEST, _UPPER, "credential")),
    },
    "credentials_name_key": {
        "first": credentials_page(_A_TO_Z),
        "deep": credentials_page(*_after(_Z_TO_A, _LOWER, "credential")),
    },
    "credentials_by_status": {
        "disconnected": credentials_page(status=CredentialStatus.DISCONNECTED),
        "incomplete": credentials_page(status=CredentialStatus.INCOMPLETE),
        "all, in order": credentials_page(_BY_OWN_STATUS),
    },
    "credentials_by_update": {
        "first": credentials_page(_UPDATED),
        "deep": credentials_page(*_after(_UPDATED, _UPPER, "credential")),
    },
    "credentials_by_account": {
        "of one that another organization has often": credentials_page(account_id=_ACCOUNT),
    },
    "credentials_by_destination": {"live": credentials_page(destination=Destination.STRIPE)},
    "credentials_by_method": {"by OAuth": credentials_page(method=AuthenticationMethod.OAUTH)},
    "credentials_by_part_of_name": {"rare": credentials_page(name_contains="1777")},
    "events_position": {"first": _events(), "last": _events(_LAST), "deep": _events(deep=True)},
    "events_of_kind": {
        "reveals": _events(kinds=[_REVEALED]),
        "reveals, deep": _events(deep=True, kinds=[_REVEALED]),
        "tokens": _events(kinds=[_ISSUED, _REVOKED]),
    },
    "events_of_subject": {
        "of one": _events(subject=numbered("integration", BLOCK)),
        "of an integration": _events(integration=BUSY),
        "of an integration, last": _events(_LAST, integration=BUSY),
        "of an integration, deep": _events(deep=True, integration=BUSY),
    },
    "events_of_consumers": {"first": _consumers(), "last": _consumers(Window(last=2))},
    "events_of_actor": {
        "of a token": _events(actor_id="token_rare"),
        "of a token, last": _events(_LAST, actor_id="token_rare"),
        "of a token, in a period": _events(_LAST, actor_id="token_rare", occurred_before=_minute(2 * BLOCK)),
    },
    "events_of_actor_kind": {
        "of Stripe": _events(actor_kind=ActorKind.STRIPE),
        "of Stripe, last": _events(_LAST, actor_kind=ActorKind.STRIPE),
    },
    "events_by_time": {
        "before a time, last": _events(_LAST, occurred_before=_minute(BLOCK // 2)),
        "after a time": _events(occurred_after=_minute(2 * BLOCK)),
        "in a period": _events(_LAST, occurred_after=_minute(BLOCK - 9), occurred_before=_minute(BLOCK)),
        "in a period, of kinds": _events(
            _LAST, occurred_after=_minute(BLOCK - 9), occurred_before=_minute(2 * BLOCK), kinds=[_CREATED, _REVEALED]
        ),
        "in a period, of a common token": _events(
            _LAST, occurred_before=_minute(BLOCK), actor_id="token_common", actor_kind=ActorKind.TOKEN
        ),
    },
}

"""Claims of webhook endpoints that have events to deliver, and the results of attempts.

A claim is a time until which other processes leave an endpoint alone, and a token of its owner. A result counts only
if the claim is still its owner's and the endpoint is where it was: a user may have moved it meanwhile. Claims are set
and compared by the database's clock, because those of processes differ.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from models.querying.statements import dialect, run_statement
from models.querying.tables import as_time, table_of
from models.webhook_endpoint import WebhookEndpoint, WebhookEndpointStatus

_ITEMS = {"postgres": "SELECT value FROM json_array_elements_text(?::json)", "sqlite": "SELECT value FROM json_each(?)"}
_PAIRS = {"postgres": "json_each_text(?::json)", "sqlite": "json_each(?)"}
# SQLite's is its machine's, with milliseconds. It compares times as texts.
_NOW = {"postgres": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
_LATER = {
    "postgres": "clock_timestamp() + make_interval(secs => ?)",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', ? || ' seconds')",
}
_LOCK = {"postgres": "FOR NO KEY UPDATE SKIP LOCKED", "sqlite": ""}
UNCLAIMED = "(webhook_endpoints.claimed_until IS NULL OR webhook_endpoints.claimed_until <= {now})"
_READY = f"""webhook_endpoints.status = 'ENABLED' AND {UNCLAIMED}
    AND (webhook_endpoints.next_attempt_at IS NULL OR webhook_endpoints.next_attempt_at <= ?)"""
_LAGGING = """FROM webhook_endpoints JOIN organizations ON organizations.id = webhook_endpoints.organization_id
    AND organizations.position > webhook_endpoints.position"""
# The longest waiting come first: since their last turn, or since a failure's pause has ended.
_WAITING_SINCE = "COALESCE(webhook_endpoints.next_attempt_at, webhook_endpoints.claimed_until)"
_DUE = f"""WITH due AS (
    SELECT webhook_endpoints.id, webhook_endpoints.organization_id, {_WAITING_SINCE} AS since, ROW_NUMBER() OVER (
        PARTITION BY webhook_endpoints.organization_id ORDER BY {_WAITING_SINCE} NULLS FIRST) AS place
    {_LAGGING} WHERE {_READY} {{of}})
    SELECT due.id, due.organization_id FROM due LEFT JOIN {{rooms}} AS rooms ON rooms.key = due.organization_id
    WHERE place <= COALESCE(CAST(rooms.value AS INTEGER), ?) ORDER BY since NULLS FIRST LIMIT ?"""  # noqa: S608 - our own SQL
_CLAIM = f"""UPDATE webhook_endpoints SET claimed_until = {{later}}, claimed_by = ? WHERE id IN
    (SELECT id FROM webhook_endpoints WHERE id IN ({{items}}) AND {_READY} {{lock}}) RETURNING {{columns}}"""  # noqa: S608 - our own SQL
# The columns that the result of an attempt changes.
RECORDED = ("position", "attempts", "next_attempt_at", "problem", "failing_since", "last_success_at")
_RECORD = f"""UPDATE webhook_endpoints SET {" = ?, ".join(RECORDED)} = ?, claimed_until = {{later}}
    WHERE id = ? AND claimed_by = ? AND position = ? AND status = 'ENABLED' RETURNING {{columns}}"""  # noqa: S608 - our own SQL
_RELEASE = "UPDATE webhook_endpoints SET claimed_until = NULL, claimed_by = NULL WHERE claimed_by = ?"
_RESTART = """UPDATE webhook_endpoints SET attempts = 0, next_attempt_at = ?, problem = NULL, failing_since = NULL
    WHERE id = ?"""
_RETRY = """UPDATE webhook_endpoints SET next_attempt_at = ?
    WHERE id = ? AND status = 'ENABLED' AND next_attempt_at > ? RETURNING id"""
_MOVE = "UPDATE webhook_endpoints SET position = ? WHERE id = ?"
_END_CLAIM = "UPDATE webhook_endpoints SET claimed_until = NULL, claimed_by = NULL WHERE id = ?"
_NEXT = """SELECT next_attempt_at FROM webhook_endpoints WHERE status = 'ENABLED' AND next_attempt_at > ?
    ORDER BY next_attempt_at LIMIT 1"""
_ANY = "SELECT EXISTS (SELECT 1 FROM webhook_endpoints WHERE status = 'ENABLED') AS found"
_BACKLOG = f"""SELECT COALESCE(MAX(organizations.position - webhook_endpoints.position), 0) AS events,
    MIN(events.occurred_at) AS since,
    (SELECT COUNT(*) FROM webhook_endpoints AS others WHERE others.status = 'DISABLED') AS disabled
    {_LAGGING} AND webhook_endpoints.status = 'ENABLED' LEFT JOIN events ON events.position =
    webhook_endpoints.position + 1 AND events.organization_id = webhook_endpoints.organization_id"""  # noqa: S608 - our own SQL


class Due(NamedTuple):
    """An endpoint that has events to be sent."""

    id: str
    organization_id: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """The most events that an endpoint has yet to be sent, the time of the oldest, and how many are disabled."""

    events: int
    since: datetime | None
    disabled: int


async def due_endpoints(
    organizations: Collection[str] | None, now: datetime, rooms: Mapping[str, int], room: int, limit: int
) -> list[Due]:
    """The endpoints that have events to be sent now; of these organizations, or of all.

    Of an organization, at most as many as it has room, which is `room` if it is not among `rooms`.
    """
    of = "" if organizations is None else f"AND webhook_endpoints.organization_id IN ({_ITEMS[dialect()]})"
    given = [] if organizations is None else [_json(organizations)]
    statement = _DUE.format(of=of, rooms=_PAIRS[dialect()], now=_NOW[dialect()])
    rows = await run_statement(statement, now, *given, orjson.dumps(rooms).decode(), room, limit)
    return [Due(**row) for row in rows]


async def claim_endpoints(ids: Collection[str], owner: str, now: datetime, seconds: float) -> list[WebhookEndpoint]:
    """Claims those of the endpoints that are still due and unclaimed, for so long, and returns them."""
    name = dialect()
    statement = _CLAIM.format(
        items=_ITEMS[name], lock=_LOCK[name], columns=_columns(), now=_NOW[name], later=_LATER[name]
    )
    return _read(await run_statement(statement, seconds, owner, _json(ids), now))


async def record_attempt(
    endpoint: WebhookEndpoint, changed: Mapping[str, str | int | datetime | None], owner: str, seconds: float
) -> WebhookEndpoint | None:
    """Stores the RECORDED columns, and lets the owner's claim last for so long.

    Returns the row as it is now; None if the claim was lost, or the endpoint was moved, disabled or deleted.
    """
    statement = _RECORD.format(columns=_columns(), later=_LATER[dialect()])
    values = [changed[name] for name in RECORDED]
    rows = await run_statement(statement, *values, seconds, endpoint.id, owner, endpoint.position)
    return next(iter(_read(rows)), None)


async def release_endpoints(owner: str) -> None:
    """Ends all claims of an owner."""
    await run_statement(_RELEASE, owner)


async def restart_deliveries(endpoint: WebhookEndpoint, due: datetime | None) -> None:
    """Makes an endpoint due at a time, as if nothing had failed, and ends its claim. None: once its log grows.

    One that is disabled says still why, and is due once it is switched on.
    """
    await end_claim(endpoint)
    if endpoint.status is WebhookEndpointStatus.ENABLED:
        await run_statement(_RESTART, due, endpoint.id)
        endpoint.attempts, endpoint.next_attempt_at = 0, due
        endpoint.problem = endpoint.failing_since = None


async def retry_delivery(id_: str, now: datetime) -> bool:
    """Ends the pause after a failure; returns False if there is none. The attempts and the failures count on."""
    return bool(await run_statement(_RETRY, now, id_, now))


async def move_endpoint(endpoint: WebhookEndpoint, position: int) -> None:
    """Moves an endpoint to another position of its log. Its deliveries have to be restarted."""
    await run_statement(_MOVE, position, endpoint.id)
    endpoint.position = position


async def end_claim(endpoint: WebhookEndpoint) -> None:
    """Ends an endpoint's claim: the result of an attempt that is being made does not count."""
    await run_statement(_END_CLAIM, endpoint.id)


async def next_attempt(now: datetime) -> datetime | None:
    """The time of the next attempt after a failure; those that are due now do not count."""
    return next((as_time(row["next_attempt_at"]) for row in await run_statement(_NEXT, now)), None)


async def any_enabled() -> bool:
    """Whether an endpoint is enabled."""
    (row,) = await run_statement(_ANY)
    return bool(row["found"])


async def delivery_backlog() -> Backlog:
    """The backlog of all enabled endpoints."""
    (row,) = await run_statement(_BACKLOG)
    return Backlog(row["events"], row["since"] and as_time(row["since"]), row["disabled"])


def _json(ids: Collection[str]) -> str:
    return orjson.dumps(list(ids)).decode()


def _columns() -> str:
    return ", ".join(table_of(WebhookEndpoint, dialect()).columns)


def _read(rows: list[dict[str, Any]]) -> list[WebhookEndpoint]:
    table = table_of(WebhookEndpoint, dialect())
    read = (table.read(tuple(row.values())) for row in rows)
    return [row for row in read if isinstance(row, WebhookEndpoint)]

"""Migration 0009: computes the keys of names, and renames rows whose names look like that of an older row.

It also makes the stored names of Stripe accounts printable and cuts them, as the gateway does from now on.

Of the rows with one key, the oldest keeps its name; another one called "Billing" becomes "Billing (2)". The log records
this as an update, so that followers and caches learn the new name. A token's new name has no kind of event.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from kit.text import name_key, one_line
from models.querying import marks, numbered

_BATCH = 1000
_MAX_LENGTH = 100
_MAX_ACCOUNT_NAME = 300
# The keys of the names that actors without a token have in the log.
_RESERVED = ("cli", "server", "stripe", "system")


@dataclass(frozen=True, slots=True)
class _Noun:
    """A table. `live` selects the rows that have their names to themselves.

    `kind` is the event of an update, and `details` its columns, as they were after migration 0007.
    """

    table: str
    live: str = "TRUE"
    kind: str | None = None
    details: str = "NULL AS status"
    reserved: tuple[str, ...] = ()


_NOUNS = (
    _Noun("integrations", kind="INTEGRATION_UPDATED", details="status_copy AS status"),
    _Noun("credentials", kind="CREDENTIAL_UPDATED", details="status, problem, expires_at, secret_version"),
    _Noun("api_tokens", live="ended_at IS NULL", reserved=_RESERVED),
)


class _Database:
    """Runs statements with a question mark for each value, on either database."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self._connection = connection
        self._is_postgres = connection.capabilities.dialect == "postgres"

    async def ask(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return await self._connection.execute_query_dict(self._own(sql), list(values))

    async def run(self, sql: str, *values: object) -> None:
        await self._connection.execute_query(self._own(sql), list(values))

    async def run_each(self, sql: str, values: list[list[object]]) -> None:
        await self._connection.execute_many(self._own(sql), values)

    def _own(self, sql: str) -> str:
        return numbered(sql) if self._is_postgres else sql


async def fill_name_keys(connection: BaseDBAsyncClient) -> None:
    """Fills the keys of all names, then makes them unique."""
    database = _Database(connection)
    for noun in _NOUNS:
        async for rows in _batches(database, noun.table):
            changed = [[name_key(row["name"]), row["id"]] for row in rows if name_key(row["name"]) != row["name_key"]]
            if changed:
                await database.run_each(f"UPDATE {noun.table} SET name_key = ? WHERE id = ?", changed)  # noqa: S608 - our own tables
        await _rename_alike(database, noun)
    await _clean_account_names(database)


async def _clean_account_names(database: _Database) -> None:
    named = await database.ask("SELECT DISTINCT account_name AS name FROM credentials WHERE account_name IS NOT NULL")
    changed = [row["name"] for row in named if one_line(row["name"], _MAX_ACCOUNT_NAME) != row["name"]]
    for name in changed:
        shown = one_line(name, _MAX_ACCOUNT_NAME)
        await database.run("UPDATE credentials SET account_name = ? WHERE account_name = ?", shown, name)


async def _batches(database: _Database, table: str) -> AsyncIterator[list[dict[str, Any]]]:
    select = f"SELECT id, name, name_key FROM {table} WHERE id > ? ORDER BY id LIMIT {_BATCH}"  # noqa: S608 - likewise
    last = ""
    while rows := await database.ask(select, last):
        yield rows
        last = rows[-1]["id"]


async def _rename_alike(database: _Database, noun: _Noun) -> None:
    """Renames each row that is not the first of its key, oldest first, or whose key is reserved."""
    keys = f"SELECT organization_id, name_key FROM {noun.table} WHERE {noun.live} GROUP BY 1, 2 HAVING COUNT(*) > 1"  # noqa: S608 - likewise
    reserved = f" OR name_key IN ({marks(noun.reserved)})" if noun.reserved else ""
    alike = await database.ask(
        f"SELECT id, organization_id, name, name_key, {noun.details} FROM {noun.table}"  # noqa: S608 - likewise
        f" WHERE {noun.live} AND ((organization_id, name_key) IN ({keys}){reserved}) ORDER BY id",
        *noun.reserved,
    )
    kept = set[tuple[str, str]]()
    for row in alike:
        place = row["organization_id"], row["name_key"]
        if row["name_key"] in noun.reserved or place in kept:
            await _rename(database, noun, row)
        kept.add(place)


async def _rename(database: _Database, noun: _Noun, row: dict[str, Any]) -> None:
    name = await _free_name(database, noun, row)
    update = f"UPDATE {noun.table} SET name = ?, name_key = ?"  # noqa: S608 - likewise
    if noun.kind is None:
        await database.run(f"{update} WHERE id = ?", name, name_key(name), row["id"])
        return
    now = datetime.now(UTC)
    update += ", version = version + 1, updated_at = ? WHERE id = ?"
    await database.run(update, name, name_key(name), now, row["id"])
    await _append(database, noun.kind, row, name, now)


async def _free_name(database: _Database, noun: _Noun, row: dict[str, Any]) -> str:
    taken = f"SELECT 1 FROM {noun.table} WHERE {noun.live} AND organization_id = ? AND name_key = ?"  # noqa: S608 - likewise
    number = 2
    while True:
        suffix = f" ({number})"
        name = str(row["name"])[: _MAX_LENGTH - len(suffix)].rstrip() + suffix
        if not await database.ask(taken, row["organization_id"], name_key(name)):
            return name
        number += 1


async def _append(database: _Database, kind: str, row: dict[str, Any], name: str, now: datetime) -> None:
    """Appends an event of the system to the organization's log."""
    organization = row["organization_id"]
    await database.run("UPDATE organizations SET position = position + 1 WHERE id = ?", organization)
    (end,) = await database.ask("SELECT position FROM organizations WHERE id = ?", organization)
    await database.run(
        "INSERT INTO events (organization_id, position, kind, subject, name, previous_status, status, problem,"
        " expires_at, secret_version, actor, actor_kind, occurred_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'system', 'SYSTEM', ?)",
        *(organization, end["position"], kind, row["id"], name, row["status"], row["status"]),
        *(*map(row.get, ("problem", "expires_at", "secret_version")), now),
    )

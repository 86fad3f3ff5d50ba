"""The rows that PostgreSQL scans for a statement, and the steps of SQLite."""

import json
import logging
from typing import Any

import pytest
from tortoise.context import require_context

_LOGGER = "tortoise.db_client"
# The rows that a scan returned, and those that its filter removed.
_ROWS = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")

Statement = tuple[str, list[Any]]


class Statements:
    """Records the statements that Tortoise logs, with their values."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, _LOGGER)
        self._caplog, self._before = caplog, len(caplog.records)

    def sent(self) -> list[Statement]:
        """The statements that have been sent so far."""
        records = self._caplog.records[self._before :]
        return [record.args for record in records if record.name == _LOGGER]  # type: ignore[misc]


def is_version(text: str) -> bool:
    """Whether a statement only asks whether the database has changed."""
    return "data_version" in text or "pg_current_snapshot" in text


async def sqlite_plan(statement: Statement) -> list[str]:
    """The steps in which SQLite runs a statement."""
    query, _ = statement
    _, rows = await require_context().db().execute_query(f"EXPLAIN QUERY PLAN {query.replace('?', 'NULL')}")
    return [str(row["detail"]) for row in rows]


async def rows_looked_at(statement: Statement) -> int:
    """Runs a statement, and returns the number of rows that PostgreSQL scans for it."""
    query, values = statement
    _, rows = await require_context().db().execute_query(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
    return _rows_of(json.loads(rows[0][0])[0]["Plan"])


def _rows_of(node: dict[str, Any]) -> int:
    is_scan = "Scan" in node["Node Type"]
    own = sum(node.get(key, 0) for key in _ROWS) * node["Actual Loops"] if is_scan else 0
    return int(own) + sum(map(_rows_of, node.get("Plans", [])))

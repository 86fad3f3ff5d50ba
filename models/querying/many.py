"""Questions about any number of rows in one statement.

Their ids travel in one JSON parameter: the number of a statement's parameters is limited on both databases.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

import orjson
from tortoise.context import require_context

_GROWN = """SELECT organizations.id FROM {members} AS seen JOIN organizations
    ON organizations.id = seen.key AND organizations.position > {number}"""
_VALID = """SELECT api_tokens.id, api_tokens.scopes FROM {items} AS asked JOIN api_tokens ON api_tokens.id = asked.value
    WHERE api_tokens.revoked_at IS NULL AND (api_tokens.expires_at IS NULL OR api_tokens.expires_at > {now})"""
_DIALECTS = {
    "postgres": {
        "members": "json_each_text($1::json)",
        "items": "json_array_elements_text($1::json)",
        "number": "seen.value::bigint",
        "now": "$2",
    },
    "sqlite": {"members": "json_each(?)", "items": "json_each(?)", "number": "seen.value", "now": "?"},
}


async def grown_logs(positions: Mapping[str, int]) -> list[str]:
    """Returns the ids of the organizations whose logs have grown beyond these positions."""
    return [row[0] for row in await _rows(_GROWN, positions)]


async def valid_tokens(ids: Collection[str], now: datetime) -> dict[str, tuple[str, ...]]:
    """Returns the scopes of those API tokens that are neither revoked nor expired."""
    return {id_: tuple(orjson.loads(scopes)) for id_, scopes in await _rows(_VALID, list(ids), now)}


async def _rows(statement: str, asked: object, *values: datetime) -> list[Any]:
    database = require_context().db()
    text = statement.format(**_DIALECTS[database.capabilities.dialect])
    _, rows = await database.execute_query(text, [orjson.dumps(asked).decode(), *values])
    return cast("list[Any]", rows)

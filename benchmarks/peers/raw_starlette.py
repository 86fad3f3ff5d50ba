"""Without GraphQL: Starlette routes, asyncpg and orjson."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_ORGANIZATION = os.environ["ORGANIZATION_ID"]
_FOUND = """SELECT i.id, i.provider, i.name, i.active, i.created_at, i.updated_at, c.status, c.masked_secret
    FROM integrations i JOIN credentials c ON c.id = i.credential_id WHERE i.organization_id = $1"""


async def _list(request: Request) -> Response:
    after = request.query_params.get("after")
    place = [] if after is None else [after]
    beyond = "" if after is None else "AND i.id < $2"
    rows = await request.app.state.pool.fetch(
        f"{_FOUND} {beyond} ORDER BY i.id DESC LIMIT 21", _ORGANIZATION, *place
    )  # fmt: skip
    edges = [{"cursor": row["id"], "node": _node(row)} for row in rows[:20]]
    page_info = {
        "hasNextPage": len(rows) > 20,
        "hasPreviousPage": after is not None,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return _json({"edges": edges, "pageInfo": page_info})


async def _single(request: Request) -> Response:
    id_ = request.path_params["id"]
    row = await request.app.state.pool.fetchrow(f"{_FOUND} AND i.id = $2", _ORGANIZATION, id_)
    return _json(row and _node(row))


def _node(row: asyncpg.Record) -> dict[str, Any]:
    connected = "ACTIVE" if row["status"] == "CONNECTED" else "NEEDS_ATTENTION"
    return {
        "id": row["id"],
        "provider": row["provider"],
        "name": row["name"],
        "status": connected if row["active"] else "INACTIVE",
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "credential": {"maskedSecret": row["masked_secret"]},
    }


def _json(data: object) -> Response:
    return Response(orjson.dumps(data), media_type="application/json")


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as app.state.pool:
        yield


app = Starlette(
    routes=[Route("/integrations", _list), Route("/integrations/{id}", _single)],
    lifespan=_lifespan,
)

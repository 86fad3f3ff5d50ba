"""For those who watch over the process."""

import sqlite3

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tortoise.context import require_context
from tortoise.exceptions import BaseORMException


async def live(_: Request) -> Response:
    """200 while the process lives."""
    return JSONResponse({"status": "alive"})


async def ready(_: Request) -> Response:
    """200 when the database answers, else 503."""
    try:
        await require_context().db().execute_query("SELECT name FROM migrations LIMIT 1")
    except (BaseORMException, sqlite3.Error):
        return JSONResponse({"status": "the database does not answer"}, 503)
    return JSONResponse({"status": "ready"})

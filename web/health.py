"""Health checks: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters import database


async def live(_: Request) -> Response:
    """200 while the process runs."""
    return JSONResponse({"status": "alive"})


async def ready(_: Request) -> Response:
    """200 while the database answers, else 503."""
    if await database.is_available():
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "the database is unavailable"}, 503)

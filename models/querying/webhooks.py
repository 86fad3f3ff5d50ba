"""Statements about webhook endpoints that write the columns of a claim."""

from datetime import datetime

from tortoise.context import require_context

from models.querying.select import numbered
from models.webhook_endpoint import WebhookEndpoint

_RESTART = """UPDATE webhook_endpoints SET position = COALESCE(?, position), attempts = 0, next_attempt_at = ?,
    problem = NULL, failing_since = NULL, claimed_until = NULL, claimed_by = NULL WHERE id = ?"""


async def restart_deliveries(endpoint: WebhookEndpoint, now: datetime, position: int | None = None) -> None:
    """Makes an endpoint due, as if nothing had failed, from another position if one is given.

    Ends its claim: the result of an attempt that is being made does not count.
    """
    database = require_context().db()
    statement = numbered(_RESTART) if database.capabilities.dialect == "postgres" else _RESTART
    await database.execute_query(statement, [position, now, endpoint.id])
    endpoint.position = endpoint.position if position is None else position
    endpoint.attempts, endpoint.next_attempt_at = 0, now
    endpoint.problem = endpoint.failing_since = None

"""Endpoints that are deleted and have attempts left."""

from models.querying.statements import run_statement

_NEXT = """(SELECT {} FROM webhook_deliveries AS later {} ORDER BY later.organization_id, later.endpoint_id LIMIT 1)"""
_COLUMNS = ("later.organization_id", "later.endpoint_id")
_LATER = "WHERE (later.organization_id, later.endpoint_id) > (seen.organization_id, seen.endpoint_id)"
# An index is entered for each endpoint, however many attempts it has. PostgreSQL would read all for a join or DISTINCT.
_DELETED = f"""WITH RECURSIVE seen (organization_id, endpoint_id) AS (
    SELECT {", ".join(_NEXT.format(column, "") for column in _COLUMNS)}
    UNION ALL
    SELECT {", ".join(_NEXT.format(column, _LATER) for column in _COLUMNS)} FROM seen WHERE seen.endpoint_id IS NOT NULL
)
SELECT organization_id, endpoint_id FROM seen WHERE endpoint_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE webhook_endpoints.id = seen.endpoint_id)"""  # noqa: S608 - our own SQL


async def deleted_endpoints() -> list[tuple[str, str]]:
    """Returns the organization and the id of each deleted endpoint that has attempts."""
    return [(row["organization_id"], row["endpoint_id"]) for row in await run_statement(_DELETED)]

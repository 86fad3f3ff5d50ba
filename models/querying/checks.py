"""Claims of credentials that are due for a check with Stripe.

A claim is a time until which other processes leave a row alone, so a killed process delays a check and does not lose
it. PostgreSQL skips rows that another process is claiming at this moment; SQLite has one writer at a time.
"""

from datetime import datetime

from models.credential import RECOVERABLE_PROBLEMS, Destination
from models.querying.statements import dialect, run_statement
from models.querying.tables import as_time

# The conditions of the partial indexes credentials_by_check and credentials_to_confirm.
_RECOVERABLE = ", ".join(f"'{problem}'" for problem in RECOVERABLE_PROBLEMS)
_CHECKABLE = f"(credentials.status = 'CONNECTED' OR credentials.problem IN ({_RECOVERABLE}))"
_UNCONFIRMED = "credentials.status = 'CONNECTED' AND credentials.refused_at IS NOT NULL"
_UNCLAIMED = "credentials.claimed_until IS NULL OR credentials.claimed_until <= ?"
_CLAIM = """WITH due AS MATERIALIZED (SELECT id FROM credentials WHERE {wanted} AND destination = ?
    AND next_check_at <= ? AND ({unclaimed}) ORDER BY next_check_at LIMIT ? {lock})
    UPDATE credentials SET claimed_until = ? WHERE id IN (SELECT id FROM due) RETURNING id"""
_LOCK = {"postgres": "FOR NO KEY UPDATE SKIP LOCKED", "sqlite": ""}
_CLAIM_ONE = f"UPDATE credentials SET claimed_until = ? WHERE id = ? AND ({_UNCLAIMED}) RETURNING id"  # noqa: S608 - our own SQL
_RELEASE = "UPDATE credentials SET claimed_until = NULL WHERE id = ?"
_NEXT = f"""SELECT next_check_at FROM credentials WHERE {_CHECKABLE} AND destination = ? AND ({_UNCLAIMED})
    ORDER BY next_check_at LIMIT 1"""  # noqa: S608 - our own SQL
_COUNT = f"""SELECT destination, COUNT(*) AS total, SUM(CASE WHEN next_check_at <= ? THEN 1 ELSE 0 END) AS due
    FROM credentials WHERE {_CHECKABLE} GROUP BY destination"""  # noqa: S608 - our own SQL


async def claim_checks(
    destination: Destination, now: datetime, until: datetime, limit: int, *, unconfirmed: bool = False
) -> list[str]:
    """Claims the credentials that are due the longest, and returns their ids.

    `unconfirmed`: only those that Stripe has refused once.
    """
    wanted = _UNCONFIRMED if unconfirmed else _CHECKABLE
    statement = _CLAIM.format(wanted=wanted, unclaimed=_UNCLAIMED, lock=_LOCK[dialect()])
    return [row["id"] for row in await run_statement(statement, destination.value, now, now, limit, until)]


async def claim_check(id_: str, now: datetime, until: datetime) -> bool:
    """Claims one credential, whether it is due or not; returns False while it is claimed, or if it is gone."""
    return bool(await run_statement(_CLAIM_ONE, until, id_, now))


async def release_check(id_: str) -> None:
    """Ends a claim."""
    await run_statement(_RELEASE, id_)


async def next_check(destination: Destination, now: datetime) -> datetime | None:
    """The time of the next check that is unclaimed. It may have passed. The rest of its row may be unreadable."""
    rows = await run_statement(_NEXT, destination.value, now)
    return next((as_time(row["next_check_at"]) for row in rows), None)


async def count_checks(now: datetime) -> dict[Destination, tuple[int, int]]:
    """By mode, how many credentials are checked again and again, and how many are due."""
    return {Destination(row["destination"]): (row["total"], row["due"]) for row in await run_statement(_COUNT, now)}

"""Reads rows with handwritten SQL, on PostgreSQL and SQLite, and claims some."""

from models.querying.checks import claim_check, claim_checks, count_checks, next_check, release_check
from models.querying.many import grown_logs, valid_tokens
from models.querying.select import READ_TURN, Select, marks, numbered
from models.querying.webhooks import restart_deliveries

__all__ = [
    "READ_TURN",
    "Select",
    "claim_check",
    "claim_checks",
    "count_checks",
    "grown_logs",
    "marks",
    "next_check",
    "numbered",
    "release_check",
    "restart_deliveries",
    "valid_tokens",
]

"""Reads rows with handwritten SQL, on PostgreSQL and SQLite, and claims some."""

from models.querying.checks import claim_check, claim_checks, count_checks, next_check, release_check
from models.querying.deliveries import (
    RECORDED,
    Backlog,
    any_enabled,
    claim_endpoints,
    delivery_backlog,
    due_endpoints,
    end_claim,
    move_endpoint,
    next_attempt,
    record_attempt,
    release_endpoints,
    restart_deliveries,
    retry_delivery,
)
from models.querying.many import grown_logs, valid_tokens
from models.querying.orphans import deleted_endpoints
from models.querying.select import READ_TURN, Select, marks
from models.querying.statements import numbered

__all__ = [
    "READ_TURN",
    "RECORDED",
    "Backlog",
    "Select",
    "any_enabled",
    "claim_check",
    "claim_checks",
    "claim_endpoints",
    "count_checks",
    "deleted_endpoints",
    "delivery_backlog",
    "due_endpoints",
    "end_claim",
    "grown_logs",
    "marks",
    "move_endpoint",
    "next_attempt",
    "next_check",
    "numbered",
    "record_attempt",
    "release_check",
    "release_endpoints",
    "restart_deliveries",
    "retry_delivery",
    "valid_tokens",
]

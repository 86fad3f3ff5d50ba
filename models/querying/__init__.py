"""Reads rows with handwritten SQL, on PostgreSQL and SQLite."""

from models.querying.many import grown_logs, valid_tokens
from models.querying.select import READ_TURN, Select, marks, numbered

__all__ = ["READ_TURN", "Select", "grown_logs", "marks", "numbered", "valid_tokens"]

"""Reads rows with handwritten SQL, on PostgreSQL and SQLite."""

from models.querying.select import Select, marks, numbered

__all__ = ["Select", "marks", "numbered"]

"""Reading rows by SQL that is written out, on PostgreSQL and SQLite."""

from models.querying.select import Select, marks

__all__ = ["Select", "marks"]

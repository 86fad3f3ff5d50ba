"""The encryption keys of the database: checked at each start, and rotated."""

"""SQLite: the engine for Tortoise, and backups."""

"""SQLite: the engine under Tortoise, and backups."""

"""PostgreSQL: the engine for Tortoise, and LISTEN."""

"""PostgreSQL: the engine under Tortoise, and LISTEN."""

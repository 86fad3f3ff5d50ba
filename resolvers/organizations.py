"""Organizations, as the operator makes them."""

from datetime import datetime

from tortoise.transactions import in_transaction

from models import Organization
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.kit.naming import clean_text


async def ensure(name: str, now: datetime) -> tuple[Organization, bool]:
    """The organization of this name, and whether it had to be made; raises InvalidInput."""
    name = clean_text("organization", name)
    if existing := await Organization.get_or_none(name=name):
        return existing, False
    try:
        with raising_duplicates():
            async with in_transaction():  # a nested one: a refused insert would end the caller's on PostgreSQL
                return await Organization.create(name=name, created_at=now), True
    except DuplicateError:  # another process was quicker
        return await Organization.get(name=name), False

"""Organizations, as the operator makes them."""

from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models import Organization
from resolvers.kit.naming import clean_text


async def ensure(name: str, now: datetime) -> tuple[Organization, bool]:
    """The organization of this name, and whether it had to be made; raises InvalidInput."""
    name = clean_text("organization", name)
    if existing := await Organization.get_or_none(name=name):
        return existing, False
    try:
        async with in_transaction():  # within the caller's, which a refused insert would end on PostgreSQL
            return await Organization.create(name=name, created_at=now), True
    except IntegrityError:  # another process was quicker
        return await Organization.get(name=name), False

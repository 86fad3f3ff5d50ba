"""Creating organizations."""

from datetime import datetime

from tortoise.transactions import in_transaction

from models import Organization
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.kit.naming import clean_text


async def ensure(name: str, now: datetime) -> tuple[Organization, bool]:
    """Returns the organization with this name, and whether it was created; raises InvalidInput."""
    name = clean_text("organization", name)
    if existing := await Organization.get_or_none(name=name):
        return existing, False
    try:
        with raising_duplicates():
            async with in_transaction():  # nested: on PostgreSQL a failed insert would abort the caller's transaction
                return await Organization.create(name=name, created_at=now), True
    except DuplicateError:  # another process was faster
        return await Organization.get(name=name), False

"""Whether what has been read stays as it is until the log grows."""

from tortoise.exceptions import DBConnectionError

from models import Credential, Organization
from resolvers.context import Context


async def is_cacheable(context: Context) -> bool:
    """Not if something was read that changes without an event, or that will by the clock: a credential's end."""
    if not context.cacheable:
        return False
    try:
        return context.expiry_read_at is None or not await _ends(context)
    except DBConnectionError:
        return False  # what has been read is good all the same, once


async def _ends(context: Context) -> bool:
    """Whether a credential will end, or may have since it was read: then the log has grown."""
    organization = context.viewer().organization
    ends = Credential.filter(organization_id=organization.id, expires_at__gt=context.expiry_read_at)
    same = Organization.filter(id=organization.id, position=organization.position)
    return await ends.exists() or not await same.exists()

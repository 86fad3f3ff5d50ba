"""Whether a response may be cached until the organization's log grows."""

from adapters.database import DatabaseUnavailableError
from models import Credential, Organization
from resolvers.context import Context


async def stands_until_next_event(context: Context) -> bool:
    """Returns False if time alone changes the response: it shows credentials, and one of them will expire."""
    try:
        return context.expiry_read_at is None or not await _expires(context)
    except DatabaseUnavailableError:
        return False  # the response is correct, it is only not cached


async def _expires(context: Context) -> bool:
    """Whether a credential will expire, or the log has grown since the read, as it does when one expires."""
    organization = context.viewer().organization
    expiring = Credential.filter(organization_id=organization.id, expires_at__gt=context.expiry_read_at)
    same = Organization.filter(id=organization.id, position=organization.position)
    return await expiring.exists() or not await same.exists()

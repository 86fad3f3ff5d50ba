"""Whether what has been read stays as it is until the log grows."""

from models import Credential
from resolvers.context import Context


async def is_lasting(context: Context) -> bool:
    """Not if something was read that changes without an event, or that will by the clock: a credential's end."""
    if not context.lasting:
        return False
    if context.clock_read_at is None:
        return True
    ends = Credential.filter(organization_id=context.viewer().organization.id, expires_at__gt=context.clock_read_at)
    return not await ends.exists()

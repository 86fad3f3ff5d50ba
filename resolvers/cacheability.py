"""Whether a response may be cached until a row changes."""

from adapters.database import DatabaseUnavailableError
from models import Credential
from resolvers.context import Context


async def stands_against_time(context: Context) -> bool:
    """Returns False if time alone changes the response: it shows credentials, and one of them will expire.

    One that has expired since the read has moved the revision, if its row is gone.
    """
    if context.expiry_read_at is None:
        return True
    organization = context.viewer().organization
    try:
        return not await Credential.filter(
            organization_id=organization.id, expires_at__gt=context.expiry_read_at
        ).exists()
    except DatabaseUnavailableError:
        return False  # the response is correct, it is only not cached

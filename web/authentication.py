"""Who is asking: the bearer token of a request or of a socket (RFC 6750)."""

from datetime import datetime

from adapters.secret import Secret
from resolvers import tokens
from resolvers.context import Viewer
from resolvers.refusals import Unauthenticated


async def viewer_of(authorization: object, now: datetime) -> Viewer | None:
    """The viewer that an Authorization value names, None if there is no value; raises Unauthenticated."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return await tokens.authenticate(Secret(token.strip()), now)

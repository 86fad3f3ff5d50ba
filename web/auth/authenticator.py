"""Authentication by the bearer token of a request or of a socket (RFC 6750)."""

import logging
from datetime import datetime

from kit.rate_limiter import RateLimiter
from kit.secret import Secret
from resolvers import identities, tokens
from resolvers.context import Viewer, utc_now
from resolvers.refusals import RateLimited, Unauthenticated
from resolvers.services import Services
from schema.execution.instrumentation import INSTRUMENTATION
from web.auth.failure_limit import FailureLimit, networks_of

_logger = logging.getLogger(__name__)


async def viewer_of(services: Services, authorization: object, now: datetime) -> Viewer:
    """The viewer of an Authorization header's value.

    Raises Unauthenticated, or IdentityUnavailable if the identity provider does not answer.
    """
    token = _bearer_token(authorization)
    if tokens.is_our_own(token):
        return await tokens.authenticate(services, token, now)
    return await identities.authenticate(services, token, now)


def _bearer_token(authorization: object) -> Secret:
    """Raises Unauthenticated."""
    scheme, _, text = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    return Secret(text.strip())


class Authenticator:
    """Authenticates callers, and limits the failures of each address.

    A valid token is accepted however many failures its address has had: other clients may share the address.
    """

    def __init__(self, services: Services, failures_per_minute: int) -> None:
        self._services = services
        self._failures = FailureLimit(failures_per_minute)
        self._logged = RateLimiter(1)

    async def authenticate(self, authorization: object, host: str | None) -> Viewer:
        """Like `viewer_of`, but raises RateLimited for a failure if its address has had too many."""
        try:
            return await self.authenticate_again(authorization)
        except Unauthenticated:
            INSTRUMENTATION.get().unauthenticated()
            self.count(host)
            raise

    async def authenticate_again(self, authorization: object) -> Viewer:
        """Authenticates a connected caller again. Failures do not count, because the token was valid before."""
        return await viewer_of(self._services, authorization, utc_now())

    async def is_still_signed(self, authorization: object) -> bool:
        """Whether the identity provider's token is valid, without looking up its organization."""
        return await identities.is_signed(self._services, _bearer_token(authorization))

    def count(self, host: str | None) -> None:
        """Counts a request without a valid token; raises RateLimited if its address has had too many."""
        if seconds := self._failures.acquire(host):
            address, site = networks_of(host)
            if not self._logged.acquire(site):
                _logger.warning("Too many failed authentications from %s.", address)
            raise RateLimited("failed authentications from your address", seconds) from None

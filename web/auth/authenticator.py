"""Who is asking: the bearer token of a request or of a socket (RFC 6750)."""

import ipaddress
import logging
from datetime import datetime

from starlette.responses import Response

from kit.rate_limiter import RateLimiter
from kit.secret import Secret
from resolvers import identities, tokens
from resolvers.context import Viewer
from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from resolvers.services import Services
from schema.execution.error_masking import UNAVAILABLE_CODE
from schema.execution.instrumentation import INSTRUMENTATION
from web.graphql.requests import error_response

_IPV6_NETWORK = 64  # what one subscriber is commonly given: RFC 6177

_logger = logging.getLogger(__name__)


async def viewer_of(services: Services, authorization: object, now: datetime) -> Viewer | None:
    """The viewer that an Authorization value names, None if there is no value.

    Raises Unauthenticated; IdentityUnavailable where that cannot be found out now.
    """
    if authorization is None:
        return None
    scheme, _, text = authorization.partition(" ") if isinstance(authorization, str) else ("", "", "")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    token = Secret(text.strip())
    if tokens.is_our_own(token):
        return await tokens.authenticate(services, token, now)
    return await identities.authenticate(services, token, now)


class Authenticator:
    """Lets in who is known, and counts for each address who is not.

    Tokens that work are let in from any address, however many from there do not: somebody else's may be behind it.
    """

    def __init__(self, services: Services, failures_per_minute: int) -> None:
        """Nobody has come yet."""
        self._services = services
        self._failures = RateLimiter(failures_per_minute)
        self._told = RateLimiter(1)

    async def admit(self, authorization: object, host: str | None, now: datetime) -> Viewer | None:
        """The same as `viewer_of`; raises RateLimited for what fails from an address from where too much has failed."""
        try:
            return await viewer_of(self._services, authorization, now)
        except Unauthenticated:
            self._count(address_of(host))
            raise

    def _count(self, address: str) -> None:
        INSTRUMENTATION.get().unauthenticated()
        if seconds := self._failures.acquire(address):
            if not self._told.acquire(address):
                _logger.warning("Too many tokens that do not work have come from %s.", address)
            raise RateLimited("tokens that do not work have come from here", seconds) from None


def address_of(host: str | None) -> str:
    """The network address that a request is counted by: an IPv4 address, or an IPv6 network of one subscriber."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:  # a proxy that is trusted has said something else
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), _IPV6_NETWORK), strict=False))


def auth_error_response(refusal: Unauthenticated | RateLimited | IdentityUnavailable, type_: str | None) -> Response:
    """The answer, of the wanted type, to who was not let in: 401, 429 (RFC 6585, 4) or 503."""
    if isinstance(refusal, IdentityUnavailable):
        return error_response(503, str(refusal), UNAVAILABLE_CODE, type_)
    if isinstance(refusal, Unauthenticated):
        return error_response(401, str(refusal), "UNAUTHENTICATED", type_)
    seconds = refusal.retry_after_seconds
    response = error_response(429, str(refusal), "RATE_LIMITED", type_, retryAfterSeconds=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response

"""Who comes to the GraphQL endpoint, over HTTP or by a WebSocket, and what each of their operations is given."""

from starlette.requests import HTTPConnection

from resolvers.context import Viewer, utc_now
from resolvers.services import Services
from schema import DocumentLimits
from web.auth.authenticator import Authenticator, viewer_of
from web.auth.revalidation import Revalidation
from web.request_context import RequestContext


class Reception:
    """Lets in who may come in, and hands out contexts."""

    def __init__(self, services: Services, limits: DocumentLimits, failures_per_minute: int) -> None:
        """Takes what lives as long as the process."""
        self._services = services
        self._limits = limits
        self._door = Authenticator(services, failures_per_minute)
        self._watch = Revalidation(self._authenticate)

    def connection(self, came: HTTPConnection, caller: Viewer | None = None) -> RequestContext:
        """The context of a request, or of a socket whose caller is yet to be found out."""
        return RequestContext(
            self._services,
            caller,
            limits=self._limits,
            authenticate=self._authenticate,
            watch=self._watch,
            host=host_of(came),
            authorization=came.headers.get("authorization"),
        )

    async def admit(self, authorization: object, host: str | None) -> Viewer | None:
        """Who is asking for the first time, when failures count.

        Raises Unauthenticated, RateLimited or IdentityUnavailable.
        """
        return await self._door.admit(authorization, host, utc_now())

    async def _authenticate(self, authorization: object) -> Viewer | None:
        """Finds out who is asking, again."""
        return await viewer_of(self._services, authorization, utc_now())


def host_of(came: HTTPConnection) -> str | None:
    """The network address that somebody comes from, if it is known."""
    return came.client.host if came.client else None

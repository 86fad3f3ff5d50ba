"""The schema in GraphQL's schema definition language, for code generators that prefer a file to introspection."""

from functools import cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from schema import schema
from schema.execution.operations import INTROSPECTION_REFUSAL, may_introspect
from web.errors import auth_error_response, error_response
from web.graphql.negotiation import JSON
from web.request_context import RequestContexts


def schema_route(contexts: RequestContexts) -> Route:
    """The schema, for whoever may introspect."""

    async def respond(request: Request) -> Response:
        try:
            viewer = await contexts.admit(request)
        except (Unauthenticated, RateLimited, IdentityUnavailable) as refusal:
            return auth_error_response(refusal, JSON)
        if may_introspect(contexts.create(request, viewer)):
            return PlainTextResponse(_text())
        code, message = INTROSPECTION_REFUSAL
        return error_response(403, message, code)

    return Route("/schema.graphql", respond)


@cache
def _text() -> str:
    return f"{schema.as_str()}\n"

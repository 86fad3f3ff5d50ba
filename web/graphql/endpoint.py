"""The GraphQL endpoint over HTTP: queries and mutations, and subscriptions as event streams.

Strawberry's view does not follow GraphQL over HTTP; all of it would have to be overridden.
"""

from functools import partial
from typing import Any

from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from kit.detached_tasks import run_detached
from resolvers.cacheability import stands_against_time
from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from schema import schema
from schema.execution.cacheable import Lifetime
from schema.execution.client_errors import ClientError
from schema.execution.documents import CheckedDocument
from web.connection_limit import TooManyConnectionsError
from web.errors import auth_error_response, error_response, http_error_response
from web.graphql.etag import with_etag
from web.graphql.event_stream import EventStream
from web.graphql.idempotency import CONFLICTS, HEADER, conflict, execute_once, idempotency_of
from web.graphql.negotiation import EVENTS, GRAPHQL, JSON, wanted_by
from web.graphql.requests import arguments_of, parse_request
from web.graphql.response_cache import Entry, ResponseCache, cache_key
from web.graphql.responses import GraphQLResponse
from web.request_context import RequestContext, RequestContexts

_ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
_NO_STREAM = f"A subscription needs a WebSocket, or 'Accept: {EVENTS}'."
_NOT_ACCEPTABLE = f"Accept one of {GRAPHQL}, application/json or {EVENTS}."


class GraphQLEndpoint:
    """An ASGI application that responds to every request in GraphQL's form."""

    def __init__(self, contexts: RequestContexts, cache: ResponseCache) -> None:
        self._contexts = contexts
        self._cache = cache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request, wanted_by(request))
        response.headers.setdefault("Vary", "Accept")
        await response(scope, receive, send)

    async def _respond(self, request: Request, type_: str | None) -> Response:
        try:
            return await self._serve(request, type_)
        except (Unauthenticated, RateLimited, IdentityUnavailable) as refusal:
            return auth_error_response(refusal, type_)
        except TooManyConnectionsError as error:
            return error_response(429, str(error), "TOO_MANY_CONNECTIONS", type_)
        except tuple(CONFLICTS) as refusal:
            return conflict(refusal, type_)
        except ClientError as error:
            return GraphQLResponse.of(PreExecutionError(None, [error])).response(type_ or JSON)
        except HTTPException as error:
            return http_error_response(error, type_)

    async def _serve(self, request: Request, type_: str | None) -> Response:
        if request.method not in _ALLOWED:
            raise HTTPException(405, "Use GET or POST.", {"Allow": "GET, POST"})
        viewer = await self._contexts.admit(request)
        data = await parse_request(request)
        if type_ is None:
            raise HTTPException(406, _NOT_ACCEPTABLE)
        key = cache_key(viewer, data) if viewer else None
        if viewer and key and (cached := self._cache.get(key, viewer)):
            return _response(request, cached, type_)
        checked = schema.check(data.query or "", self._contexts.limits)
        if viewer is None and not checked.only_introspects(data.operation_name):
            raise Unauthenticated
        context = self._contexts.create(request, viewer)
        if type_ == EVENTS and checked.operation_type(data.operation_name) is OperationType.SUBSCRIPTION:
            return await self._stream(request, data, context, checked)
        response = await self._executed(request, data, context, checked)
        if viewer and key and response.succeeded and await self._may_be_cached(data, context, checked):
            self._cache.put(key, Entry.of(viewer.organization, checked.lifetime, response, context.operation))
        return _response(request, response, type_)

    async def _stream(
        self, request: Request, data: GraphQLRequestData, context: RequestContext, checked: CheckedDocument
    ) -> Response:
        """Execution begins when the response reads the first result."""
        context.cursor = request.headers.get("last-event-id") or None
        results = await schema.stream(**arguments_of(data, context, checked))
        return EventStream(context, results, self._contexts.connections.enter(context.viewer().id))

    @staticmethod
    async def _may_be_cached(data: GraphQLRequestData, context: RequestContext, checked: CheckedDocument) -> bool:
        if checked.operation_type(data.operation_name) is not OperationType.QUERY:
            return False
        # Introspection is long and rare, and would evict what is asked often.
        lasts = checked.lifetime is not Lifetime.NONE and not checked.introspects
        return lasts and await stands_against_time(context)

    @staticmethod
    async def _executed(
        request: Request, data: GraphQLRequestData, context: RequestContext, checked: CheckedDocument
    ) -> GraphQLResponse:
        """Executes the operation.

        A mutation runs to its end even if the client disconnects, and only once if it has an idempotency key.
        """
        execute = partial(_execute, arguments_of(data, context, checked), _ALLOWED[request.method])
        if request.method == "GET" or checked.operation_type(data.operation_name) is not OperationType.MUTATION:
            return await execute()
        mutation = checked.operation(data.operation_name)
        idempotency = idempotency_of(request.headers.get(HEADER), data, context.caller, mutation)
        return await run_detached(execute_once(context, idempotency, execute))


async def _execute(arguments: dict[str, Any], allowed: set[OperationType]) -> GraphQLResponse:
    try:
        return GraphQLResponse.of(await schema.execute(**arguments, allowed_operation_types=allowed))
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.MUTATION:
            raise HTTPException(405, "Mutations need POST.", {"Allow": "POST"}) from None
        refused = GraphQLError(_NO_STREAM, extensions={"code": "INVALID_REQUEST"})
        return GraphQLResponse.of(PreExecutionError(None, [refused]))


def _response(request: Request, result: GraphQLResponse, type_: str) -> Response:
    return with_etag(request, result, type_) if request.method == "GET" else result.response(type_)

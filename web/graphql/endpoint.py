"""The GraphQL endpoint over HTTP: queries and mutations, and subscriptions as event streams.

Not by Strawberry's view, which does not follow GraphQL over HTTP: all of it would have to be overridden.
"""

from functools import partial
from typing import Any, TypeGuard

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
from resolvers.cacheability import is_cacheable
from resolvers.context import Viewer
from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from schema import schema
from schema.execution.documents import is_subscription, mutation_in
from schema.execution.instrumentation import OperationRecord
from web.auth.authenticator import auth_error_response
from web.auth.reception import Reception, host_of
from web.graphql.etag import with_etag
from web.graphql.event_stream import EventStream, Results
from web.graphql.idempotency import CONFLICTS, conflict, execute_once, idempotency_of
from web.graphql.negotiation import EVENTS, GRAPHQL, wanted_by
from web.graphql.requests import GraphQLResponse, parse_request, refused
from web.graphql.response_cache import ResponseCache, cache_key
from web.request_context import RequestContext

_ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
_NO_STREAM = f"A subscription needs a WebSocket, or 'Accept: {EVENTS}'."
_NOT_ACCEPTABLE = f"The answer can be {GRAPHQL}, application/json or {EVENTS}: accept one of them."


class GraphQLEndpoint:
    """Answers everything in GraphQL's form, and takes nothing on trust."""

    def __init__(self, reception: Reception, answers: ResponseCache) -> None:
        """Takes what lives as long as the process."""
        self._reception = reception
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        request = Request(scope, receive)
        response = await self._respond(request, wanted_by(request))
        response.headers.setdefault("Vary", "Accept")
        await response(scope, receive, send)

    async def _respond(self, request: Request, type_: str | None) -> Response:
        try:
            return await self._serve(request, type_)
        except (Unauthenticated, RateLimited, IdentityUnavailable) as refusal:
            return auth_error_response(refusal, type_)
        except tuple(CONFLICTS) as refusal:
            return conflict(refusal, type_)
        except HTTPException as error:
            return refused(error, type_)

    async def _serve(self, request: Request, type_: str | None) -> Response:
        if request.method not in _ALLOWED:
            raise HTTPException(405, "GraphQL is served by GET and POST.", {"Allow": "GET, POST"})
        viewer = await self._reception.admit(request.headers.get("authorization"), host_of(request))
        data = await parse_request(request)
        if type_ is None:
            raise HTTPException(406, _NOT_ACCEPTABLE)
        if type_ == EVENTS and is_subscription(data.query or "", data.operation_name):
            return await self._stream(request, data, self._reception.connection(request, viewer))
        answer = await self._answer(request, data, viewer)
        return with_etag(request, answer, type_) if request.method == "GET" else answer.response(type_)

    async def _stream(self, request: Request, data: GraphQLRequestData, context: RequestContext) -> Response:
        """The subscription begins to run only when its results are asked for."""
        context.cursor = request.headers.get("last-event-id") or None
        return EventStream(Results(context, await schema.stream(**_arguments(data, context))))

    async def _answer(self, request: Request, data: GraphQLRequestData, viewer: Viewer | None) -> GraphQLResponse:
        """The answer to a query, maybe the same as before; or to a mutation."""
        question = cache_key(viewer, data) if viewer else None
        if viewer and question and (kept := self._answers.find(question, viewer)):
            return kept
        context = self._reception.connection(request, viewer)
        answer = await self._execute(request, data, context)
        if viewer and question and _is_query(context.operation) and answer.succeeded and await is_cacheable(context):
            self._answers.keep(question, viewer, answer, context.operation)
        return answer

    @staticmethod
    async def _execute(request: Request, data: GraphQLRequestData, context: RequestContext) -> GraphQLResponse:
        """Runs a query; or a mutation, to its end even if the client leaves, and once if the client says so."""
        execute = partial(_execute, data, context, _ALLOWED[request.method])
        mutation = mutation_in(data.query or "", data.operation_name)
        if request.method == "GET" or mutation is None:
            return await execute()
        idempotency = idempotency_of(request, data, context.caller, mutation)
        work = execute() if idempotency is None else execute_once(context, idempotency, execute)
        return await run_detached(work)


def _is_query(operation: OperationRecord | None) -> TypeGuard[OperationRecord]:
    return operation is not None and operation.kind == "query"


async def _execute(data: GraphQLRequestData, context: RequestContext, allowed: set[OperationType]) -> GraphQLResponse:
    try:
        return GraphQLResponse.of(await schema.execute(**_arguments(data, context), allowed_operation_types=allowed))
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.MUTATION:
            raise HTTPException(405, "Send mutations by POST.", {"Allow": "POST"}) from None
        return GraphQLResponse.of(
            PreExecutionError(None, [GraphQLError(_NO_STREAM, extensions={"code": "INVALID_REQUEST"})])
        )


def _arguments(data: GraphQLRequestData, context: RequestContext) -> dict[str, Any]:
    """What the schema is given."""
    return {
        "query": data.query,
        "variable_values": data.variables,
        "context_value": context,
        "operation_name": data.operation_name,
    }

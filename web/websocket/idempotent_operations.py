"""Mutations on a WebSocket with an idempotency key: graphql-ws sends an operation again if its socket breaks.

`extensions.idempotencyKey` of the subscribe message has the effect of the header Idempotency-Key over HTTP, and finds
the responses that were stored over HTTP.
"""

import logging
from functools import partial
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from strawberry.http import GraphQLRequestData
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation
from strawberry.types.graphql import OperationType

from kit.failures import log_failure
from schema import schema
from schema.execution.client_errors import ClientError
from schema.execution.documents import CheckedDocument
from schema.execution.error_masking import mask_error
from web.graphql.idempotency import CONFLICTS, execute_once, idempotency_of
from web.graphql.requests import arguments_of
from web.graphql.responses import GraphQLResponse
from web.request_context import RequestContext

_logger = logging.getLogger(__name__)


def mutation_of(operation: Operation[RequestContext, None], context: RequestContext) -> CheckedDocument | None:
    """The document of an operation if it executes a mutation."""
    checked = schema.check(operation.query, context.limits)
    return checked if checked.operation_type(operation.operation_name) is OperationType.MUTATION else None


async def run_once(
    operation: Operation[RequestContext, None],
    data: GraphQLRequestData,
    context: RequestContext,
    checked: CheckedDocument,
) -> None:
    """Executes a mutation with an idempotency key, or finds its stored response, and sends that."""
    try:
        body = orjson.loads((await _executed(data, context, checked)).body)
    except Exception as error:  # noqa: BLE001 - its text may quote a secret
        body = {"errors": [_error(error).formatted]}
    if "data" in body:
        await _send(operation, "next", body)
        await _send(operation, "complete", None)
    else:
        await _send(operation, "error", body["errors"])


async def _executed(data: GraphQLRequestData, context: RequestContext, checked: CheckedDocument) -> GraphQLResponse:
    execute = partial(_execute, data, context, checked)
    idempotency = idempotency_of(None, data, context.caller, checked.operation(data.operation_name))
    return await execute_once(context, idempotency, execute)


async def _execute(data: GraphQLRequestData, context: RequestContext, checked: CheckedDocument) -> GraphQLResponse:
    arguments = arguments_of(data, context, checked)
    return GraphQLResponse.of(await schema.execute(**arguments, allowed_operation_types={OperationType.MUTATION}))


def _error(error: Exception) -> GraphQLError:
    if isinstance(error, HTTPException):
        error = ClientError(error.detail)
    if code := CONFLICTS.get(cast("Any", type(error))):
        error = ClientError(str(error), extensions={"code": code})
    masked = mask_error(error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error))
    if (masked.extensions or {})["code"] == "INTERNAL_ERROR":
        log_failure(_logger, "an operation", error)
    return masked


async def _send(operation: Operation[RequestContext, None], type_: str, payload: object) -> None:
    message = {"id": operation.id, "type": type_} | ({} if payload is None else {"payload": payload})
    await operation.send_operation_message(cast("Any", message))

"""Requests of GraphQL over HTTP: https://graphql.github.io/graphql-over-http/draft/#sec-Request."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from strawberry.http import GraphQLRequestData

from schema.execution.client_errors import ClientError
from schema.execution.documents import CheckedDocument
from web.request_context import RequestContext

_PERSISTED = "persistedQuery"


async def parse_request(request: Request) -> GraphQLRequestData:
    """The parameters of a GET or the body of a POST; raises HTTPException, or ClientError for a persisted query."""
    return operation_of(dict(request.query_params) if request.method == "GET" else await _body(request))


def operation_of(params: Mapping[str, Any]) -> GraphQLRequestData:
    """The request with these parameters; raises HTTPException, or ClientError for a persisted query."""
    query, name, extensions = params.get("query"), params.get("operationName"), _object(params, "extensions")
    if not query and extensions and _PERSISTED in extensions:
        # The words for which clients look: https://www.apollographql.com/docs/apollo-server/performance/apq
        raise ClientError("PersistedQueryNotSupported", extensions={"code": "PERSISTED_QUERY_NOT_SUPPORTED"})
    if not isinstance(query, str):
        raise HTTPException(400, "'query' must be a string.")
    if not isinstance(name, str | None):
        raise HTTPException(400, "'operationName' must be a string.")
    return GraphQLRequestData(
        query=query,
        variables=_object(params, "variables"),
        operation_name=name or None,
        extensions=extensions,
        protocol="http",
    )


def arguments_of(data: GraphQLRequestData, context: RequestContext, checked: CheckedDocument) -> dict[str, Any]:
    """The arguments with which the schema executes a request whose document has been checked."""
    return {
        "checked": checked,
        "query": data.query,
        "variable_values": data.variables,
        "context_value": context,
        "operation_name": data.operation_name,
    }


async def _body(request: Request) -> dict[str, Any]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "Content-Type must be application/json.")
    body = _json(await request.body(), "The body")
    if not isinstance(body, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return body


def _object(params: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = params.get(name)
    if isinstance(value, str):  # URL parameters carry JSON as text
        value = _json(value, f"'{name}'") if value else None
    if not isinstance(value, dict | None):
        raise HTTPException(400, f"'{name}' must be a JSON object.")
    return value


def _json(text: str | bytes, name: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HTTPException(400, f"{name} must be JSON in UTF-8.") from None

"""Error responses to requests that were not executed, in the form of a GraphQL response."""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from schema.execution.error_masking import UNAVAILABLE_CODE
from web.graphql.negotiation import GRAPHQL, JSON, content_type

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def error_response(status: int, message: str, code: str, type_: str | None = JSON, **more: object) -> Response:
    """An error response, as JSON unless GraphQL's media type was requested. `more` is added to the extensions."""
    errors = [{"message": message, "extensions": {"code": code, **more}}]
    response = JSONResponse({"errors": errors}, status, headers=_CHALLENGE if status == 401 else None)
    response.headers["Content-Type"] = content_type(GRAPHQL if type_ == GRAPHQL else JSON)
    return response


def http_error_response(error: HTTPException, type_: str | None = JSON) -> Response:
    """The response to a malformed request."""
    response = error_response(error.status_code, error.detail, getattr(error, "code", "INVALID_REQUEST"), type_)
    response.headers.update(error.headers or {})
    return response


def auth_error_response(refusal: Unauthenticated | RateLimited | IdentityUnavailable, type_: str | None) -> Response:
    """The response to a caller who was not authenticated: 401, 429 (RFC 6585, section 4) or 503."""
    if isinstance(refusal, IdentityUnavailable):
        return error_response(503, str(refusal), UNAVAILABLE_CODE, type_)
    if isinstance(refusal, Unauthenticated):
        return error_response(401, str(refusal), "UNAUTHENTICATED", type_)
    seconds = refusal.retry_after_seconds
    response = error_response(429, str(refusal), "RATE_LIMITED", type_, retryAfterSeconds=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response

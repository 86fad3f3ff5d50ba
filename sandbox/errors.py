"""Errors in Stripe's format (https://docs.stripe.com/api/errors)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

INVALID_REQUEST = "invalid_request_error"


class RefusedError(Exception):
    """Ends a call with a response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def refusal(status: int, message: str, *, code: str = "", param: str = "", type: str = INVALID_REQUEST) -> RefusedError:
    """Returns the exception for an error of the API."""
    return RefusedError(error(status, message, code=code, param=param, type=type))


def error(status: int, message: str, *, code: str = "", param: str = "", type: str = INVALID_REQUEST) -> JSONResponse:
    """Returns an error of the API. A client error would be the same again, which Stripe's SDKs read in a header.

    https://docs.stripe.com/error-low-level#should-retry
    """
    fields = {"type": type, "code": code, "param": param, "message": message}
    should_retry = {"Stripe-Should-Retry": "false"} if status not in {409, 429} and status < 500 else {}
    return JSONResponse({"error": {name: text for name, text in fields.items() if text}}, status, should_retry)


def unrecognized(url: str) -> JSONResponse:
    """Returns the error for a path or a method that Stripe does not know. `url` has both: "GET: /v1/nothing"."""
    message = (
        f"Unrecognized request URL ({url}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/."
    )
    return error(404, message)


def url_of(request: Request) -> str:
    """Returns the method and the path, below where the sandbox is mounted."""
    return f"{request.method}: {request.url.path.removeprefix(request.scope.get('root_path', ''))}"


def missing_object(noun: str, id: str, *, param: str = "id") -> RefusedError:
    """Returns the exception for an id of no object: in the path, or in a parameter."""
    name = noun.replace("_", " ")
    return refusal(404 if param == "id" else 400, f"No such {name}: '{id}'", code="resource_missing", param=param)

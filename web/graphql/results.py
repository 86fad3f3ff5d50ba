"""What the result of an operation is as an answer."""

from strawberry.http import GraphQLHTTPResponse, process_result
from strawberry.types import ExecutionResult


def answer_of(result: ExecutionResult) -> GraphQLHTTPResponse:
    """The answer, without `data` if nothing was executed: https://spec.graphql.org/October2021/#sec-Data.

    What fails while it is executed has a path; there `data` may be null.
    """
    answer = process_result(result)
    if result.data is None and not any(error.path for error in result.errors or ()):
        del answer["data"]
    return answer

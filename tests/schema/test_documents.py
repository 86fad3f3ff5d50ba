"""A document that does not parse is cached with its error, and holds nothing of the requests for it."""

import gc
import weakref

import pytest
from graphql import GraphQLError

from schema import schema
from settings.limits import LimitSettings

_LIMITS = LimitSettings()


class _Request:
    """Stands for all that the frames of a request refer to."""


def _ask() -> weakref.ref[_Request]:
    request = _Request()
    try:
        schema.check("{ a b (", _LIMITS).operation(None)
    except GraphQLError:
        return weakref.ref(request)
    raise AssertionError


def test_an_error_that_is_cached_refers_to_no_request() -> None:
    references = [_ask() for _ in range(3)]
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_the_code_of_a_document_that_is_too_long_is_raised_each_time() -> None:
    checked = schema.check("{ " + "a " * 2000 + "}", _LIMITS)
    for _ in range(2):
        with pytest.raises(GraphQLError) as caught:
            checked.operation(None)
        assert caught.value.extensions == {"code": "DOCUMENT_TOO_LONG"}

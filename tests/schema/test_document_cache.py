"""The cache of documents: bounded by bytes, without documents that were refused, anonymous or hold secrets."""

import gc
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest
from graphql import GraphQLError, parse

from models import Organization, Scope
from resolvers.context import Viewer
from schema import schema
from schema.execution.context import GraphQLContext
from schema.execution.document_cache import DocumentCache
from schema.execution.documents import CACHE
from schema.execution.operations import OperationRequest, prepare
from settings.limits import LimitSettings
from tests.support.documents import CREATE_INTEGRATION, FOLLOW, INTEGRATIONS
from tests.support.secrecy import secret_key

_SCHEMA = schema._schema  # noqa: SLF001
_LIMITS = LimitSettings().model_copy(update={"introspection": "everyone"})
_VIEWER = Viewer("token_1", Organization(name="Acme"), "Jane", frozenset(Scope))
_COUNT = 12

_SHAPES: dict[str, Callable[[int], str]] = {
    "fields": lambda n: f"query q{n} {{ viewer {{ " + "name " * 400 + "} }",
    "arguments": lambda n: f"query q{n} {{ " + "integrations(first: 10) { nodes { id } } " * 60 + "}",
    "lists": lambda n: f"query q{n} {{ events(filter: {{kinds: [" + "TOKEN_ISSUED " * 400 + "]}) { totalCount } }",
    "fragments": lambda n: f"query q{n} {{ ...f }} " + "fragment f on Query { ...f ... { ...f } } " * 90,
    "variables": lambda n: f"query q{n}(" + "$a: [Int!]! = 1 @x(y: 1) " * 50 + ") { viewer { name } }",
    "a string": lambda n: f'query q{n} {{ node(id: "' + "\N{GRINNING FACE}" * 20_000 + '") { id } }',
    "a block": lambda n: f'query q{n} {{ node(id: """' + "\n é" * 8_000 + '""") { id } }',
    "comments": lambda n: f"query q{n} {{ viewer {{ name }} }} " + "# é\n" * 400,
    "nothing": lambda n: f"query q{n} {{ a }}",
}


def _put(cache: DocumentCache, text: str) -> None:
    document = parse(text)
    cache.put(text, document, _SCHEMA, document, text)


@pytest.mark.slow
@pytest.mark.parametrize("shape", _SHAPES)
def test_the_cache_takes_no_more_memory_than_it_says(shape: str) -> None:
    most = 1_000_000
    _put(DocumentCache(), _SHAPES[shape](0))
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    cache = DocumentCache(most)
    for number in range(_COUNT):
        _put(cache, _SHAPES[shape](number))
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0 < taken <= cache.bytes <= most
    assert 1 < len(cache) < _COUNT or shape in {"a block", "comments", "nothing"}


def test_evicted_documents_are_freed_at_once() -> None:
    cache = DocumentCache(300_000)
    _put(cache, _SHAPES["arguments"](0))
    gc.collect()
    gc.disable()
    try:
        for number in range(3):
            _put(cache, _SHAPES["arguments"](number))
        before = _documents()
        for number in range(_COUNT):
            _put(cache, _SHAPES["arguments"](number))
        assert _documents() <= before
    finally:
        gc.enable()
    assert len(cache) < _COUNT


def _documents() -> int:
    return sum(type(found).__name__ == "OperationDefinitionNode" for found in gc.get_objects())


def test_a_document_that_is_longer_than_the_cache_is_not_cached() -> None:
    cache = DocumentCache(10_000)
    _put(cache, _SHAPES["fields"](0))
    assert (len(cache), cache.bytes) == (0, 0)


def _prepare(text: str, viewer: Viewer | None = _VIEWER, name: str | None = None, **limits: Any) -> tuple[bool, bool]:
    """Prepares an operation twice: whether it may be executed, and whether its document is then in the cache."""
    before = len(CACHE)
    context = GraphQLContext(cast("Any", None), viewer, limits=_LIMITS.model_copy(update=limits))
    accepted = False
    for _ in range(2):
        assert len(CACHE) == before
        with suppress(GraphQLError):
            accepted = not prepare(_SCHEMA, OperationRequest(text, None, name, context)).errors
    return accepted, len(CACHE) > before


@pytest.mark.parametrize("text", [INTEGRATIONS, FOLLOW, CREATE_INTEGRATION, "{ __schema { queryType { name } } }"])
def test_the_document_of_an_accepted_operation_is_cached(text: str) -> None:
    assert _prepare(f"{text} # for this test") == (True, True)


def test_a_cached_document_is_the_one_that_was_checked() -> None:
    text = "{ viewer { name } integrations { totalCount } }"
    assert _prepare(text) == (True, True)
    first, second = (schema.check(text, _LIMITS) for _ in range(2))
    assert first is second
    node = first.operation(None)
    assert node.loc
    assert node.loc.source.body[node.loc.start : node.loc.end] == text


_INTROSPECTION = "{ __schema { queryType { name description } } }"


@pytest.mark.parametrize(
    ("text", "viewer", "limits"),
    [
        ("{ viewer {", _VIEWER, {}),
        ("", _VIEWER, {}),
        ("{ viewe { name } }", _VIEWER, {}),
        ("{ a }" * 5000, _VIEWER, {}),
        ("{ viewer { organization { name } } }", _VIEWER, {"max_depth": 2}),
        ("{ integrations(first: 100) { nodes { id } } }", _VIEWER, {"max_cost": 100}),
        (_INTROSPECTION, _VIEWER, {"introspection": "nobody"}),
        (_INTROSPECTION, None, {}),
        ("query a { viewer { name } } query b { viewer { name } }", _VIEWER, {}),
    ],
    ids=range(9),
)
def test_a_document_that_was_refused_or_that_nobody_signed_for_is_not_cached(
    text: str, viewer: Viewer | None, limits: dict[str, Any]
) -> None:
    assert _prepare(text, viewer, **limits) == (viewer is None, False)


_CREATE = 'createIntegration(input: {name: "a", authentication: %s}) { __typename }'
_BY_VARIABLE = f"mutation ($key: Secret! = null) {{ {_CREATE % '{secretKey: $key}'} }}"


@pytest.mark.parametrize(
    "text",
    [
        f"mutation {{ {_CREATE % '{secretKey: KEY}'} }}",
        _BY_VARIABLE.replace("null", "KEY"),
        _BY_VARIABLE.replace("null", '"""A key"""'),
        f"mutation ($given: AuthenticationInput! = {{secretKey: KEY}}) {{ {_CREATE % '$given'} }}",
        "{ node(id: KEY_OF_STRIPE) { id } }",
        "{ viewer { name } } # KEY_OF_STRIPE",
    ],
    ids=range(6),
)
def test_a_document_with_a_literal_secret_is_not_cached(text: str) -> None:
    text = text.replace("KEY_OF_STRIPE", f'"{secret_key()}"').replace("KEY", '"a key of no known form"')
    assert _prepare(text) == (True, False)


def test_a_document_with_a_variable_for_a_secret_is_cached() -> None:
    assert _prepare(_BY_VARIABLE.replace(" = null", "")) == (True, True)

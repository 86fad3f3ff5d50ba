"""Cache of valid documents, bounded by bytes.

graphql-core's locations refer to the tokens of the whole text, which refer to each other: more than half of a
document's memory, and a cycle that outlives its eviction. Cached documents have locations without tokens.
"""

import sys
from typing import Any, NamedTuple

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLSchema, Node, TypeInfo, TypeInfoVisitor, Visitor, get_named_type, visit
from graphql.language import Token, TokenKind, VariableNode

from kit.secret import looks_secret

_MAX_BYTES = 8 * 1024 * 1024
_BYTES_PER_NODE = 320
_OVERHEAD_BYTES = 2048
_COPIES = 3  # of the text, with the values of its strings, rounded up
_NO_TOKEN = Token(TokenKind.SOF, 0, 0, 0, 0)
_SECRET_TYPE = "Secret"  # noqa: S105 - the scalar's name


class _Entry(NamedTuple):
    document: Any
    size: int


class DocumentCache:
    """Holds documents up to `max_bytes`; the least recently used are evicted first."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._entries = LRUCache[Any, _Entry](max_bytes, getsizeof=lambda entry: entry.size)

    @property
    def bytes(self) -> int:
        """The size of all entries, at most `max_bytes`."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: object) -> Any:  # noqa: ANN401 - as it was put
        entry = self._entries.get(key)
        return entry.document if entry else None

    def put(self, key: object, value: object, schema: GraphQLSchema, document: DocumentNode, text: str) -> None:
        """Stores `value`, which refers to a valid document, unless the document contains a secret."""
        types = TypeInfo(schema)
        found = _Nodes(types)
        visit(document, TypeInfoVisitor(types, found))
        size = _OVERHEAD_BYTES + found.count * _BYTES_PER_NODE + _COPIES * sys.getsizeof(text)
        if not found.secret and not looks_secret(text) and size <= self._entries.maxsize:
            visit(document, _WithoutTokens())
            self._entries[key] = _Entry(value, size)


class _Nodes(Visitor):
    """Counts the nodes, and finds a literal where a secret is expected."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.count = 0
        self.secret = False

    def enter(self, node: Node, *_: object) -> None:
        self.count += 1
        expected = self._types.get_input_type()
        if expected and get_named_type(expected).name == _SECRET_TYPE and "value" in node.kind:
            self.secret = self.secret or not isinstance(node, VariableNode)


class _WithoutTokens(Visitor):
    def enter(self, node: Node, *_: object) -> None:
        if node.loc:
            node.loc.start_token = node.loc.end_token = _NO_TOKEN


def unlink(document: DocumentNode) -> int:
    """Separates the tokens, which refer to each other: only a collection would free them. Returns their number."""
    token, count = document.loc.start_token if document.loc else None, 0
    while token:
        token.prev, token.next, token = None, None, token.next
        count += 1
    return count

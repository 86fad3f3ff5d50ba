"""Answers to queries, given again for as long as nothing has changed.

What an organization's data say is told by its log's last position: every change moves it, in its own transaction. Each
request reads the position as it finds out who is asking, so that no answer is given that is older than the request.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace

import orjson
from cachetools import LRUCache
from strawberry.http import GraphQLRequestData

from resolvers.context import Viewer
from schema.execution.instrumentation import OperationRecord, record_repeated
from web.graphql.requests import GraphQLResponse

_OVERHEAD_BYTES = 2048  # of an entry, besides the answer's text


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer that stands while its organization's log ends at `position`."""

    position: int
    answer: GraphQLResponse
    operation: OperationRecord

    def size(self) -> int:
        """In bytes."""
        return len(self.answer.body) + _OVERHEAD_BYTES


class ResponseCache:
    """As many answers as there is room for; those go first that were given longest ago."""

    def __init__(self, most_bytes: int) -> None:
        """Nothing has been asked yet."""
        self._kept = LRUCache[bytes, _Kept](most_bytes, getsizeof=_Kept.size)

    def find(self, question: bytes, viewer: Viewer) -> GraphQLResponse | None:
        """The answer that was given to this question, if it still stands; telemetry records a repetition."""
        kept = self._kept.get(question)
        if kept is None or kept.position != viewer.organization.position:
            return None
        record_repeated(kept.operation, viewer)
        return kept.answer

    def keep(self, question: bytes, viewer: Viewer, answer: GraphQLResponse, operation: OperationRecord) -> None:
        """Keeps an answer that was found after the viewer."""
        # A copy: orjson leaves room for several times as much behind what it writes.
        compact = replace(answer, body=bytes(memoryview(answer.body)))
        with suppress(ValueError):  # it is longer than all may be
            self._kept[question] = _Kept(viewer.organization.position, compact, operation)


def cache_key(viewer: Viewer, data: GraphQLRequestData) -> bytes | None:
    """What an answer depends on, besides what is stored: a hash, so that no text that a client sends is kept.

    None for variables that are nested deeper than can be written.
    """
    asked = [viewer.organization.id, sorted(viewer.scopes), data.query, data.operation_name, data.variables]
    try:
        return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).digest()
    except TypeError:
        return None

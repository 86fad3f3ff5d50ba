"""Response cache, validated by the position of the organization's log.

Every change moves the position in its own transaction, and every request reads it while authenticating, so a cached
response is never older than the request.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace

import orjson
from cachetools import LRUCache
from strawberry.http import GraphQLRequestData

from resolvers.context import Viewer
from schema.execution.instrumentation import OperationRecord, record_repeated
from web.graphql.responses import GraphQLResponse

_OVERHEAD_BYTES = 2048  # per entry, in addition to the body


@dataclass(frozen=True, slots=True)
class _Entry:
    """A response that is valid while the organization's log ends at `position`."""

    position: int
    response: GraphQLResponse
    operation: OperationRecord

    def size(self) -> int:
        """In bytes."""
        return len(self.response.body) + len(self.operation.name or "") + _OVERHEAD_BYTES


class ResponseCache:
    """Holds up to `max_bytes`; the least recently used entries are evicted first."""

    def __init__(self, max_bytes: int) -> None:
        self._entries = LRUCache[bytes, _Entry](max_bytes, getsizeof=_Entry.size)

    def get(self, key: bytes, viewer: Viewer) -> GraphQLResponse | None:
        """The response, if it is still valid; telemetry records the operation as repeated."""
        entry = self._entries.get(key)
        if entry is None or entry.position != viewer.organization.position:
            return None
        record_repeated(entry.operation, viewer)
        return entry.response

    def put(self, key: bytes, viewer: Viewer, response: GraphQLResponse, operation: OperationRecord) -> None:
        """Stores a response that was read after the viewer was."""
        # A copy, because orjson allocates several times the bytes that it writes.
        compact = replace(response, body=bytes(memoryview(response.body)))
        with suppress(ValueError):  # larger than the whole cache
            self._entries[key] = _Entry(viewer.organization.position, compact, operation)


def cache_key(viewer: Viewer, data: GraphQLRequestData) -> bytes | None:
    """A hash of everything but stored data that a response depends on; None if the variables are nested too deeply.

    Hashing keeps clients' text out of the cache.
    """
    parts = [viewer.organization.id, sorted(viewer.scopes), data.query, data.operation_name, data.variables]
    try:
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()
    except TypeError:
        return None

"""Response cache, validated by the revision of the organization's rows, and by the position of its log.

Every change moves them in its own transaction, and every request reads them while authenticating, so a cached response
is never older than the request.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

import orjson
from cachetools import LRUCache
from strawberry.http import GraphQLRequestData

from models import Organization
from resolvers.context import Viewer
from schema.execution.cacheable import Lifetime
from schema.execution.instrumentation import OperationRecord, record_repeated
from web.graphql.responses import GraphQLResponse

_OVERHEAD_BYTES = 2048  # per entry, in addition to the body


@dataclass(frozen=True, slots=True)
class Entry:
    """A response that is valid while the organization has this revision, and this position unless that is None."""

    revision: int
    position: int | None
    response: GraphQLResponse
    operation: OperationRecord

    @classmethod
    def of(cls, read: Organization, lifetime: Lifetime, response: GraphQLResponse, operation: OperationRecord) -> Self:
        """An entry for a response that was read after the organization was."""
        # A copy, because orjson allocates several times the bytes that it writes.
        compact = replace(response, body=bytes(memoryview(response.body)))
        position = None if lifetime is Lifetime.ROWS else read.position
        return cls(read.revision, position, compact, operation)

    def is_valid(self, now: Organization) -> bool:
        return self.revision == now.revision and self.position in {None, now.position}

    def size(self) -> int:
        """In bytes."""
        return len(self.response.body) + len(self.operation.name or "") + _OVERHEAD_BYTES


class ResponseCache:
    """Holds up to `max_bytes`; the least recently used entries are evicted first."""

    def __init__(self, max_bytes: int) -> None:
        self._entries = LRUCache[bytes, Entry](max_bytes, getsizeof=Entry.size)

    def get(self, key: bytes, viewer: Viewer) -> GraphQLResponse | None:
        """The response, if it is still valid; telemetry records the operation as repeated."""
        entry = self._entries.get(key)
        if entry is None or not entry.is_valid(viewer.organization):
            return None
        record_repeated(entry.operation, viewer)
        return entry.response

    def put(self, key: bytes, entry: Entry) -> None:
        """Stores an entry, unless it is larger than the whole cache."""
        with suppress(ValueError):
            self._entries[key] = entry


def cache_key(viewer: Viewer, data: GraphQLRequestData) -> bytes | None:
    """A hash of everything but stored data that a response depends on; None if the variables are nested too deeply.

    Hashing keeps clients' text out of the cache.
    """
    parts = [viewer.organization.id, sorted(viewer.scopes), data.query, data.operation_name, data.variables]
    try:
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()
    except TypeError:
        return None

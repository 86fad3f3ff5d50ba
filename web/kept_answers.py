"""Answers to queries, given again for as long as nothing has changed.

What an organization's data say is told by its log's last position: every change moves it, in its own transaction. Each
request reads the position as it finds out who is asking, so that no answer is given that is older than the request.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from cachetools import LRUCache
from strawberry.http import GraphQLRequestData

from models import Scope
from resolvers.context import Viewer
from schema.watching import Operation, repeated
from web.answers import Answer

_OVERHEAD_BYTES = 1024  # of an entry, besides the texts in it


class _Question(NamedTuple):
    """What an answer depends on, besides what is stored."""

    organization: str
    scopes: frozenset[Scope]
    document: str
    operation_name: str | None
    variables: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer that stands while its organization's log ends at `position`."""

    position: int
    answer: Answer
    operation: Operation
    size: int


class KeptAnswers:
    """As many answers as there is room for; those go first that were given longest ago."""

    def __init__(self, most_bytes: int) -> None:
        """Nothing has been asked yet."""
        self._kept = LRUCache[_Question, _Kept](most_bytes, getsizeof=lambda kept: kept.size)

    def find(self, viewer: Viewer, data: GraphQLRequestData) -> Answer | None:
        """The answer that was given to the same question, if it still stands; watchers are told that it is repeated."""
        question = _question(viewer, data)
        kept = self._kept.get(question) if question else None
        if kept is None or kept.position != viewer.organization.position:
            return None
        repeated(kept.operation, viewer)
        return kept.answer

    def keep(self, viewer: Viewer, data: GraphQLRequestData, answer: Answer, operation: Operation) -> None:
        """Keeps an answer that was found after the viewer."""
        if question := _question(viewer, data):
            size = len(answer.body) + len(question.document) + len(question.variables) + _OVERHEAD_BYTES
            with suppress(ValueError):  # it is longer than all may be
                self._kept[question] = _Kept(viewer.organization.position, answer, operation, size)


def _question(viewer: Viewer, data: GraphQLRequestData) -> _Question | None:
    """None for variables that are nested deeper than can be written."""
    try:
        variables = orjson.dumps(data.variables, option=orjson.OPT_SORT_KEYS) if data.variables else b""
    except TypeError:
        return None
    return _Question(viewer.organization.id, viewer.scopes, data.query or "", data.operation_name, variables)

"""What operators are told of operations: kind, name, fields, outcome; never a document, a variable or an error's text.

Who watches is found in a context variable, as telemetry usually is, whatever the transport.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from resolvers.context import Context, Viewer
from schema.execution.error_masking import mask_error

_SEVERAL = "several"


@dataclass(slots=True)
class OperationRecord:
    """An operation, as far as it is known: its kind once it is parsed, its root fields once it is validated."""

    started: float = field(default_factory=time.monotonic)
    kind: str | None = None
    name: str | None = None
    fields: frozenset[str] = frozenset()
    viewer: Viewer | None = None
    cost: int | None = None
    left: bool = False
    repeated: bool = False  # the answer is that of an earlier one
    _faults: list[str] = field(default_factory=list)

    @property
    def root_field(self) -> str | None:
        """The root field, of which there are as many as the schema has, or "several"."""
        return next(iter(self.fields), None) if len(self.fields) < 2 else _SEVERAL

    @property
    def outcome(self) -> str:
        """Tells "ok", the first error's code or refusal's type, or "left" where nobody waited for it any more."""
        return self._faults[0] if self._faults else "left" if self.left and self.kind != "subscription" else "ok"

    def note(self, node: OperationDefinitionNode) -> None:
        """Notes what is known before the document is valid."""
        self.kind, self.name = node.operation.value, node.name.value if node.name else None

    def note_fault(self, fault: str) -> None:
        """Notes an error's code or a refusal's type."""
        self._faults[1:] = [fault]

    def note_result(self, result: Any) -> None:  # noqa: ANN401 - results of several kinds
        """Notes what clients are told of errors and cost."""
        for error in getattr(result, "errors", None) or ():
            self.note_fault(str((error.extensions or {}).get("code", "ERROR")))
        cost = (getattr(result, "extensions", None) or {}).get("cost", {})
        self.cost = cost.get("requested", self.cost)


class Instrumentation(Protocol):
    """Is told of what goes on."""

    def began(self, operation: OperationRecord) -> None:
        """A valid operation is about to be executed."""

    def pushed(self, seconds: float) -> None:
        """An event has been delivered, so many seconds after it happened."""

    def ended(self, operation: OperationRecord) -> None:
        """An operation has ended, valid or not."""

    def unauthenticated(self) -> None:
        """Somebody could not say who they are."""


class _Nobody:
    def began(self, operation: OperationRecord) -> None: ...
    def pushed(self, seconds: float) -> None: ...
    def ended(self, operation: OperationRecord) -> None: ...
    def unauthenticated(self) -> None: ...


INSTRUMENTATION: ContextVar[Instrumentation] = ContextVar("watcher", default=_Nobody())  # noqa: B039 - it keeps nothing
_operation: ContextVar[OperationRecord | None] = ContextVar("operation", default=None)


@contextmanager
def recorded(context: object) -> Iterator[OperationRecord]:
    """An operation of this task, whose end the watcher is told, however it ends."""
    operation = OperationRecord()
    _operation.set(operation)
    try:
        yield operation
    except Exception as failure:
        told = mask_error(GraphQLError(str(failure), original_error=failure))
        operation.note_fault(str((told.extensions or {})["code"]))
        raise
    except BaseException:  # cancelled, or closed
        operation.left = True
        raise
    finally:
        operation.viewer = context.caller if isinstance(context, Context) else None
        INSTRUMENTATION.get().ended(operation)


def record_repeated(operation: OperationRecord, viewer: Viewer) -> None:
    """Tells of an operation whose answer is that of an earlier one."""
    again = replace(operation, started=time.monotonic(), viewer=viewer, repeated=True)
    watcher = INSTRUMENTATION.get()
    watcher.began(again)
    watcher.ended(again)


def record_begin(operation: OperationRecord, document: DocumentNode, node: OperationDefinitionNode) -> None:
    """Tells that an operation of a valid document is about to be executed."""
    operation.fields = frozenset(_root_fields(node, document))
    INSTRUMENTATION.get().began(operation)


def note_refusal(type_name: str) -> None:
    """Notes that the present operation was refused by a member of its union."""
    if operation := _operation.get():
        operation.note_fault(type_name)


def _root_fields(operation: OperationDefinitionNode, document: DocumentNode) -> Iterator[str]:
    """The fields at the top of a valid operation; each fragment is visited once."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node.name.value
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and (fragment := fragments.pop(node.name.value, None)):
                waiting.append(fragment.selection_set)

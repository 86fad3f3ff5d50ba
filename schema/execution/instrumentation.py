"""Reports operations to telemetry: kind, name, fields and outcome; never a document, a variable or an error's text.

The instrumentation is found in a context variable, as is usual for telemetry, so every transport can set it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode

from resolvers.context import Context, Viewer
from schema.execution.error_masking import mask_error
from schema.execution.fragments import root_fields

_SEVERAL = "several"


@dataclass(slots=True)
class OperationRecord:
    """The facts of an operation. `kind` is set after parsing, `fields` after validation.

    `left`: the client disconnected first. `repeated`: the response came from the response cache.
    """

    started: float = field(default_factory=time.monotonic)
    kind: str | None = None
    name: str | None = None
    fields: frozenset[str] = frozenset()
    viewer: Viewer | None = None
    cost: int | None = None
    left: bool = False
    repeated: bool = False
    _faults: list[str] = field(default_factory=list)

    @property
    def root_field(self) -> str | None:
        """The root field, or "several", so that a metric's label has few values."""
        return next(iter(self.fields), None) if len(self.fields) < 2 else _SEVERAL

    @property
    def outcome(self) -> str:
        """The code of the first error or the type of the first refusal, "left" if the client disconnected, or "ok"."""
        return self._faults[0] if self._faults else "left" if self.left and self.kind != "subscription" else "ok"

    def note(self, node: OperationDefinitionNode) -> None:
        """Records the facts that are known before validation."""
        self.kind, self.name = node.operation.value, node.name.value if node.name else None

    def note_fault(self, fault: str) -> None:
        """Records the code of an error or the type of a refusal. Only the first and the last are stored."""
        self._faults[1:] = [fault]

    def note_result(self, result: Any) -> None:  # noqa: ANN401 - results of several kinds
        """Records the errors and the cost of a result."""
        for error in getattr(result, "errors", None) or ():
            self.note_fault(str((error.extensions or {}).get("code", "ERROR")))
        cost = (getattr(result, "extensions", None) or {}).get("cost", {})
        self.cost = cost.get("requested", self.cost)


class Instrumentation(Protocol):
    """Receives notifications of operations."""

    def began(self, operation: OperationRecord) -> None:
        """Called before a valid operation is executed."""

    def delivered(self, seconds: float) -> None:
        """Called when an event has been delivered, with the seconds since it happened."""

    def ended(self, operation: OperationRecord) -> None:
        """Called when an operation has ended, valid or not."""

    def unauthenticated(self) -> None:
        """Called when authentication failed."""


class _NoInstrumentation:
    def began(self, operation: OperationRecord) -> None: ...
    def delivered(self, seconds: float) -> None: ...
    def ended(self, operation: OperationRecord) -> None: ...
    def unauthenticated(self) -> None: ...


INSTRUMENTATION: ContextVar[Instrumentation] = ContextVar("instrumentation", default=_NoInstrumentation())  # noqa: B039 - has no state
_operation: ContextVar[OperationRecord | None] = ContextVar("operation", default=None)


@contextmanager
def recorded(context: object) -> Iterator[OperationRecord]:
    """Records an operation of the current task, and reports its end even after an exception."""
    operation = OperationRecord()
    _operation.set(operation)
    try:
        yield operation
    except Exception as failure:
        masked = mask_error(GraphQLError(str(failure), original_error=failure))
        operation.note_fault(str((masked.extensions or {})["code"]))
        raise
    except BaseException:  # cancelled, or closed
        operation.left = True
        raise
    finally:
        operation.viewer = context.caller if isinstance(context, Context) else None
        INSTRUMENTATION.get().ended(operation)


def record_repeated(operation: OperationRecord, viewer: Viewer) -> None:
    """Reports an operation that was answered from the response cache."""
    again = replace(operation, started=time.monotonic(), viewer=viewer, repeated=True)
    instrumentation = INSTRUMENTATION.get()
    instrumentation.began(again)
    instrumentation.ended(again)


def record_begin(operation: OperationRecord, document: DocumentNode, node: OperationDefinitionNode) -> None:
    """Reports that a valid operation is about to be executed."""
    operation.fields = frozenset(root_fields(node, document))
    INSTRUMENTATION.get().began(operation)


def note_refusal(type_name: str) -> None:
    """Records that the current operation returned an error type of its union."""
    if operation := _operation.get():
        operation.note_fault(type_name)

"""Subscribers who are to be told the same share the execution of each event, and its encoding."""

from collections.abc import Awaitable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

import orjson
from graphql import SKIP, ExecutionResult, Executor, Node, VariableNode, Visitor, visit
from graphql.type import GraphQLResolveInfo

from resolvers.context import Viewer
from resolvers.events.read import FollowedEvent
from schema.execution.fast_fields import FastFieldExecutor
from schema.types.event import event_of


def audience_of(viewer: Viewer, info: GraphQLResolveInfo[Any]) -> bytes:
    """All that the execution of an event depends on, besides the event and what the organization has.

    The arguments of the subscription itself tell which events are pushed, not what is told of them.
    """
    used = _Used(info)
    for definition in (info.operation, *info.fragments.values()):
        visit(definition, used)
    given: Any = info.variable_values  # a plain dict, as Strawberry has it
    values = {name: given[name] for name in sorted(used.names) if name in given}
    name = info.operation.name.value if info.operation.name else None
    assert info.operation.loc  # noqa: S101 - it was parsed
    parts = [sorted(viewer.scopes), info.operation.loc.source.body, name, values]
    return sha256(orjson.dumps(parts, default=repr)).digest()  # each subscriber keeps it


class _Used(Visitor):
    """Finds the variables that a subscription's selection uses."""

    def __init__(self, info: GraphQLResolveInfo[Any]) -> None:
        super().__init__()
        self.names = set[str]()
        self._own = {id(argument) for field in info.field_nodes for argument in field.arguments or ()}

    def enter_argument(self, node: Node, *_: object) -> object:
        return SKIP if id(node) in self._own else None

    def enter_variable_definition(self, *_: object) -> object:
        return SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)


class _Result(ExecutionResult):
    """A result that is encoded already, if there is no error in it."""

    size: int | None = None

    @classmethod
    def of(cls, result: ExecutionResult) -> "_Result":
        """The result, to be given to many."""
        if result.errors:
            return cls(result.data, result.errors)
        encoded = bytes(memoryview(orjson.dumps(result.data)))  # without the room that orjson leaves behind it
        shared = cls(cast("dict[str, Any]", orjson.Fragment(encoded)), None)
        shared.size = len(encoded)
        return shared


@dataclass(slots=True)
class Delivery:
    """An event on its way to a subscriber, and whom it shares with."""

    sight: FollowedEvent
    audience: bytes


@dataclass(slots=True)
class _Execution:
    """Stands for the executor of one event, of which only this method is called."""

    executor: Executor[Any]
    pushed: Delivery

    def execute_operation(self, _serially: bool) -> Awaitable[ExecutionResult] | ExecutionResult:  # noqa: FBT001 - graphql-core's signature
        sight = self.pushed.sight
        return sight.shared.get_or_start((self.pushed.audience, sight.event.position), sight.seen, self._execute)

    def _execute(self) -> Awaitable[_Result] | _Result:
        executor = Executor.build_per_event_executor(self.executor, event_of(self.pushed.sight.event))
        result = cast("Awaitable[ExecutionResult] | ExecutionResult", executor.execute_operation(serially=False))
        return _Result.of(result) if isinstance(result, ExecutionResult) else _encoded(result)


async def _encoded(result: Awaitable[ExecutionResult]) -> _Result:
    return _Result.of(await result)


class SharedEventExecutor(FastFieldExecutor):
    """Executes events once for all who are to be told the same."""

    def build_per_event_executor(self, payload: Delivery) -> Executor[Any]:
        """What stands for it."""
        return cast("Executor[Any]", _Execution(self, payload))

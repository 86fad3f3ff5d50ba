"""Executes and encodes each event once for all subscribers that would receive the same result."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

import orjson
from graphql import SKIP, ExecutionResult, Executor, Node, VariableNode, Visitor, visit
from graphql.type import GraphQLResolveInfo

from models import Event
from resolvers.context import Viewer
from resolvers.events.read import FollowedEvent
from schema.execution.fast_fields import FastFieldExecutor


def audience_of(viewer: Viewer, info: GraphQLResolveInfo[Any]) -> bytes:
    """A hash of everything that an event's result depends on, apart from the event and the organization's data.

    The arguments of the subscription field are left out: they select events, but do not change their results.
    """
    used = _Used(info)
    for definition in (info.operation, *info.fragments.values()):
        visit(definition, used)
    variables: Any = info.variable_values  # a plain dict in Strawberry
    values = {name: variables[name] for name in sorted(used.names) if name in variables}
    name = info.operation.name.value if info.operation.name else None
    assert info.operation.loc  # noqa: S101 - it was parsed
    parts = [sorted(viewer.scopes), info.operation.loc.source.body, name, values]
    return sha256(orjson.dumps(parts, default=repr)).digest()  # hashed, because each subscriber stores it


class _Used(Visitor):
    """Collects the variables that a subscription's selection uses."""

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
    """A result whose data is already encoded, unless it has errors."""

    size: int | None = None

    @classmethod
    def of(cls, result: ExecutionResult) -> "_Result":
        if result.errors:
            return cls(result.data, result.errors)
        encoded = bytes(memoryview(orjson.dumps(result.data)))  # orjson over-allocates its buffer; this copy is exact
        shared = cls(cast("dict[str, Any]", orjson.Fragment(encoded)), None)
        shared.size = len(encoded)
        return shared


@dataclass(slots=True)
class Delivery:
    """An event for a subscriber, and the audience that shares its result."""

    followed: FollowedEvent
    audience: bytes
    convert: Callable[[Event], object]  # to the event's type in the schema


@dataclass(slots=True)
class _Execution:
    """Takes the place of the executor of one event: graphql-core calls only this method."""

    executor: Executor[Any]
    delivery: Delivery

    def execute_operation(self, _serially: bool) -> Awaitable[ExecutionResult] | ExecutionResult:  # noqa: FBT001 - graphql-core's signature
        followed = self.delivery.followed
        return followed.shared.get_or_start(
            (self.delivery.audience, followed.event.position), followed.seen, self._execute
        )

    def _execute(self) -> Coroutine[Any, Any, _Result] | _Result:
        executor = Executor.build_per_event_executor(self.executor, self.delivery.convert(self.delivery.followed.event))
        result = cast("Awaitable[ExecutionResult] | ExecutionResult", executor.execute_operation(serially=False))
        return _Result.of(result) if isinstance(result, ExecutionResult) else _encoded(result)


async def _encoded(result: Awaitable[ExecutionResult]) -> _Result:
    return _Result.of(await result)


class SharedEventExecutor(FastFieldExecutor):
    """Executes each event once per audience."""

    def build_per_event_executor(self, payload: Delivery) -> Executor[Any]:
        return cast("Executor[Any]", _Execution(self, payload))

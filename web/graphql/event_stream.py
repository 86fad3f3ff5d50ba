"""Server-sent events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode.

Each event's `id` is its cursor. An EventSource sends the last one as Last-Event-ID when it connects anew, and so misses
nothing: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import SSETransport
from strawberry.types import ExecutionResult

from resolvers.refusals import Refusal
from schema.execution.error_masking import log_failure, mask_error
from web.closing import STOPPING
from web.graphql.results import answer_of
from web.request_context import RequestContext

# Proxies end what is silent: after a minute, many of them.
_KEEP_ALIVE_SECONDS = 12.0
_RECONNECT_AFTER_MILLISECONDS = 1000
_TRANSPORT = SSETransport()
_logger = logging.getLogger(__name__)


def encode_single(answer: GraphQLHTTPResponse | orjson.Fragment) -> str:
    """The whole stream of an operation with one result."""
    return _lines(_next(answer) + _TRANSPORT.encode_complete())


def _lines(text: str) -> str:
    """The text with the line ends that shells and people expect; the standard takes either."""
    return text.replace("\r\n", "\n")


def _next(answer: GraphQLHTTPResponse | orjson.Fragment) -> str:
    return _TRANSPORT.encode_next(cast("GraphQLHTTPResponse", answer), lambda data: orjson.dumps(data).decode())


class Results:
    """The results of a subscription, and the context that it runs in."""

    def __init__(self, connection: RequestContext, results: AsyncGenerator[Any, None]) -> None:
        """Takes both; nothing runs yet."""
        self.connection = connection
        self.results = results

    def __aiter__(self) -> "Results":
        """Itself."""
        return self

    async def __anext__(self) -> Any:  # noqa: ANN401 - Strawberry's results are of several types
        """The next result, which only an EventStream asks for."""
        return await anext(self.results)


class EventStream(Response):
    """A subscription's results as they come, until they end, the viewer's rights end, or either side goes away.

    Only in the first two cases there is a `complete`: in the others clients connect anew.
    """

    def __init__(self, results: Results) -> None:
        """Takes the results, which nobody has asked for yet."""
        super().__init__(headers=dict(_TRANSPORT.headers))
        del self.headers["content-length"]
        self._results = results.results
        self._connection = results.connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the stream."""
        self._send = send
        stopping = scope.setdefault("state", {})[STOPPING] = asyncio.Event()
        self._connection.began = self._begin
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._write(f"retry: {_RECONNECT_AFTER_MILLISECONDS}\n\n")
        ends = (self._push(), self._keep_alive(), self._connection.lost(), stopping.wait(), _gone(receive))
        if isinstance(end := await _first(*ends), Refusal):
            await self._refuse(end)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, cursor: str) -> None:
        """Tells where the subscription begins: by an id without data, which is remembered, and no event."""
        await self._write(f"id: {cursor}\n\n")

    async def _push(self) -> None:
        try:
            async with aclosing(self._results):
                async for result in self._results:
                    await self._write(self._event(result))
        except Exception as error:  # noqa: BLE001 - its text may quote a secret
            log_failure(_logger, "a stream", error)
        else:
            await self._write(_TRANSPORT.encode_complete())

    def _event(self, result: ExecutionResult) -> str:
        id_ = f"id: {self._connection.cursor}\n" if self._connection.cursor and result.data else ""
        return id_ + _next(answer_of(result))

    async def _refuse(self, refusal: Refusal) -> None:
        error = mask_error(GraphQLError(str(refusal), original_error=refusal))
        await self._write(encode_single({"errors": [error.formatted]}))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_KEEP_ALIVE_SECONDS)
            await self._write(_TRANSPORT.encode_comment(""))

    async def _write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": _lines(text).encode(), "more_body": True})


async def _gone(receive: Receive) -> None:
    """Waits until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*works: Coroutine[Any, Any, object]) -> object:
    """What the first to end returns; then the others have ended, too."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

"""Server-sent events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode.

Each event's `id` is its cursor. An EventSource sends the last one as Last-Event-ID when it reconnects, so it misses no
event: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import Any

from graphql import GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from kit.failures import log_failure
from resolvers.refusals import Refusal
from schema.execution.error_masking import mask_error
from web.closing import HALF_CLOSED, STOPPING
from web.graphql import sse
from web.graphql.responses import response_body
from web.request_context import RequestContext

# Many proxies close a connection that is idle for a minute.
_KEEP_ALIVE_SECONDS = 12.0
_HALF_CLOSED_SECONDS = 0.5
_RECONNECT_AFTER_MILLISECONDS = 1000
_logger = logging.getLogger(__name__)


class EventStream(Response):
    """Streams a subscription's results until they end, the viewer loses access, or either side disconnects.

    `complete` is sent in the first two cases only; in the others clients reconnect. `leave` is called at the end.
    """

    def __init__(self, context: RequestContext, results: AsyncGenerator[Any, None], leave: Callable[[], None]) -> None:
        super().__init__(headers=sse.HEADERS)
        del self.headers["content-length"]
        self._context = context
        self._results = results
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._stream(scope, receive, send)
        finally:
            self._leave()

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        state = scope.setdefault("state", {})
        stopping = state[STOPPING] = asyncio.Event()
        self._half_closed = state[HALF_CLOSED] = asyncio.Event()
        self._context.began = self._begin
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._write(f"retry: {_RECONNECT_AFTER_MILLISECONDS}\n\n")
        ends = (self._push(), self._keep_alive(), self._context.lost(), stopping.wait(), _disconnected(receive))
        if isinstance(end := await _first(*ends), Refusal):
            await self._refuse(end)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _begin(self, cursor: str) -> None:
        """Sends the cursor at which the subscription begins.

        An EventSource stores an id without data, and dispatches no event for it.
        """
        await self._write(f"id: {cursor}\n\n")

    async def _push(self) -> None:
        try:
            async with aclosing(self._results):
                async for result in self._results:
                    await self._write(self._event(result))
        except Exception as error:  # noqa: BLE001 - its text may quote a secret
            log_failure(_logger, "a stream", error)
        else:
            await self._write(sse.COMPLETE)

    def _event(self, result: ExecutionResult) -> str:
        id_ = f"id: {self._context.cursor}\n" if self._context.cursor and result.data else ""
        return id_ + sse.encode_next(response_body(result))

    async def _refuse(self, refusal: Refusal) -> None:
        error = mask_error(GraphQLError(str(refusal), original_error=refusal))
        await self._write(sse.encode_single({"errors": [error.formatted]}))

    async def _keep_alive(self) -> None:
        """Sends comments: often once the client has closed its direction, since only sending tells whether it left."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._half_closed.wait(), _KEEP_ALIVE_SECONDS)
                await asyncio.sleep(_HALF_CLOSED_SECONDS)
            await self._write(sse.KEEP_ALIVE)

    async def _write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": sse.with_line_feeds(text).encode(), "more_body": True})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(*works: Coroutine[Any, Any, object]) -> object:
    """The result of the first to finish; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

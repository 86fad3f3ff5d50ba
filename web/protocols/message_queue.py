"""The queue between a WebSocket's protocol and its application, in an eighth of asyncio.Queue's memory."""

import asyncio
from typing import Any


class MessageQueue:
    """An unbounded queue with one reader. Almost always empty, so a list is fast enough."""

    __slots__ = ("_added", "_messages")

    def __init__(self) -> None:
        self._messages: list[Any] = []
        self._added: asyncio.Future[None] | None = None

    def put_nowait(self, message: Any) -> None:  # noqa: ANN401 - an ASGI message
        self._messages.append(message)
        if self._added and not self._added.done():
            self._added.set_result(None)

    async def get(self) -> Any:  # noqa: ANN401 - an ASGI message
        while not self._messages:
            self._added = asyncio.get_running_loop().create_future()
            try:
                await self._added
            finally:
                self._added = None
        return self._messages.pop(0)

    def empty(self) -> bool:
        return not self._messages

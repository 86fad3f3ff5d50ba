"""Answers to HTTP/1.0, which knows no chunks: one whose length nobody tells ends with its connection.

https://www.rfc-editor.org/rfc/rfc9112#section-6.1-15
"""

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def until_closed(app: ASGI3Application, cycle: RequestResponseCycle) -> ASGI3Application:
    """The application, whose answers uvicorn would send in chunks; for the request of this cycle."""

    async def answer(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        endless = False

        async def send_unchunked(message: ASGISendEvent) -> None:
            nonlocal endless
            if message["type"] == "http.response.start":
                endless = b"content-length" not in dict(message["headers"])
                cycle.chunked_encoding = False if endless else None
            elif endless and message["type"] == "http.response.body":
                cycle.expected_content_length = len(message.get("body", b""))  # what it checks each part against
            await send(message)

        await app(scope, receive, send_unchunked)

    return answer

"""Headers that keep browsers from doing more with an answer than it is for.

https://owasp.org/www-project-secure-headers/
"""

import base64
import hashlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


class SecurityHeaders:
    """Middleware that adds the headers which an answer does not bring itself: a page brings a policy of its own."""

    def __init__(self, app: ASGIApp) -> None:
        """Takes the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request or socket."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                brought = {name.lower() for name, _ in message.get("headers", ())}
                missing = [header for header in _RAW_HEADERS if header[0] not in brought]
                message = {**message, "headers": [*message.get("headers", ()), *missing]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def style_policy(style: str) -> str:
    """The policy of a page whose only style is this text, in a <style> of its own."""
    source = source_of(style)
    return f"default-src 'none'; style-src {source}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def source_of(text: str) -> str:
    """What a policy allows a <style> or <script> of exactly this text by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

"""Security headers: they keep browsers from running, framing, sniffing or caching responses.

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
    "Cross-Origin-Opener-Policy": "same-origin",  # pages that open ours, or that ours open, hold no reference to it
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


class SecurityHeaders:
    """ASGI middleware that adds missing security headers. Pages set a Content-Security-Policy of their own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", ())}
                missing = [header for header in _RAW_HEADERS if header[0] not in present]
                message = {**message, "headers": [*message.get("headers", ()), *missing]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def style_policy(style: str) -> str:
    """The Content-Security-Policy of a page whose only style is a <style> element with this text."""
    source = source_of(style)
    return f"default-src 'none'; style-src {source}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def source_of(text: str) -> str:
    """The hash source that allows a <style> or <script> element with exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

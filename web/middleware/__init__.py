"""ASGI middleware: hosts and origins, request limits, security headers."""

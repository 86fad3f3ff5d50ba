"""The names and addresses of the loopback interface."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

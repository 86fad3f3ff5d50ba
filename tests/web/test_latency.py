"""Persistent connections: no part of a response waits for a delayed acknowledgement (Nagle's algorithm)."""

import socket
from pathlib import Path

from startup.serving import bind
from tests.support.databases import settings_in


def test_connections_send_without_waiting_for_acknowledgements(tmp_path: Path) -> None:
    """Linux delays acknowledgements by 40 ms after a connection's first packets; accepted sockets inherit NODELAY."""
    with bind(settings_in(tmp_path, PORT="0")) as (listener,):
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

"""A connection that is kept costs no waiting: answers leave whole, not when their first part has been acknowledged."""

import socket
from pathlib import Path

from startup.serving import bind
from tests.support.databases import settings_in


def test_connections_send_without_waiting_for_acknowledgements(tmp_path: Path) -> None:
    """Linux delays them by 40 ms, but for the first packets of a connection. Accepted connections inherit it."""
    with bind(settings_in(tmp_path, PORT="0")) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

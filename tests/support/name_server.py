"""The system's resolver with names that hang, such as those of a customer whose name server never responds."""

import socket
from threading import Event
from typing import Any

from tests.support.waiting import PATIENCE


class NameServer:
    """Resolves every name to this machine; one that begins with "hanging" only once the name server recovers.

    It replaces `socket.getaddrinfo`. `asked` has the names of all lookups.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.recovers = Event()
        self._real = socket.getaddrinfo

    def __call__(self, host: str, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - getaddrinfo's
        self.asked.append(host)
        if host.startswith("hanging"):
            self.recovers.wait(2 * PATIENCE)
        return self._real("localhost", *arguments, **options)

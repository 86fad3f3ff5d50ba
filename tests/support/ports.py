"""Ports that are known before a server starts, or that stay reserved after it stops."""

import socket
import sys

_held: list[socket.socket] = []


def own_port() -> int:
    """A port that only a server which names it can listen on, for as long as the tests run.

    A socket holds it, bound and not listening: Linux then chooses it for nobody, refuses connections to it, and lets
    others bind it who set SO_REUSEADDR, as servers do. Other systems let nobody: there it is only likely to stay free.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = int(holder.getsockname()[1])
    if sys.platform == "linux":
        _held.append(holder)
    else:
        holder.close()
    return port

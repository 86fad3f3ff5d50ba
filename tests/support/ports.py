"""Ports that are known before a server starts, or that stay reserved after it stops."""

import socket
import sys

_held: list[socket.socket] = []


def own_port() -> int:
    """Reserves a port for servers that bind it explicitly, until the tests end.

    A bound socket that does not listen reserves it. Linux then never chooses it for others, refuses connections to it,
    and allows servers with SO_REUSEADDR to bind it. Other systems do not allow this; there the port is only likely to
    stay free.
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

"""Runs the application in this process, or in several processes that share its socket."""

import errno
import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Network, IPv6Network
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from settings import Settings, StartupError, variable
from telemetry.metrics import FOLDER_VARIABLE
from web.protocols.timeout_http import TimeoutHTTPProtocol
from web.protocols.timeout_websocket import TimeoutWebSocketProtocol

# A process ends within 20 seconds of SIGTERM, however slow its clients are: so long it waits for requests and sockets,
# then for mutations whose clients have left, then for the database's connections.
_SHUTDOWN_SECONDS = 10
FINISH_SECONDS = 5
_PING_SECONDS = 55.0
# A worker that has not answered for so long is replaced, even while it starts. On a busy machine, importing the program
# alone can take uvicorn's five seconds, and replacing it would start over. One that has died is replaced at once.
_WORKER_SECONDS = 30
# A push to thousands of subscribers allocates many objects, which a higher threshold lets die before a collection.
_YOUNG_OBJECTS = 50_000


@contextmanager
def bind(settings: Settings) -> Iterator[Sequence[socket.socket]]:
    """Reserves the port, and the sandbox's if it has one, without accepting connections yet; raises StartupError."""
    serving = settings.serving
    with ExitStack() as stack:
        yield [
            stack.enter_context(_reserved(settings, port))
            for port in (serving.port, serving.sandbox_port)
            if port is not None
        ]


def _reserved(settings: Settings, port: int) -> socket.socket:
    try:
        return _bound(settings.serving.host, port)
    except OSError as error:
        raise _unusable(settings.bound_to(port), error) from None


def _bound(host: str, port: int) -> socket.socket:
    """A socket with the host's address: with its IPv4 address, if it has one of each family."""
    family, _, _, _, address = min(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. asyncio sets it for sockets that name TCP, which this one does not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if family is socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # `::` accepts IPv4, too
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _unusable(settings: Settings, error: OSError) -> StartupError:
    hint = " Stop the other program, or set DRAWBRIDGE_PORT." if error.errno == errno.EADDRINUSE else ""
    return StartupError(f"Cannot listen on {settings.serving.address}: {error.strerror}.{hint}")


def run(application: ASGIApp | str, settings: Settings, listeners: Sequence[socket.socket], welcome: str) -> None:
    """Serves until a signal stops it: an application, or in several processes the factory that `application` names.

    Prints `welcome` once connections are accepted; raises StartupError if they cannot be.
    """
    _allow_many_files()
    try:
        for listener in listeners:
            listener.listen()
    except OSError as error:
        raise _unusable(settings, error) from None
    print(welcome, flush=True)  # noqa: T201 - the command's output
    config = _config(application, settings)
    if settings.serving.workers == 1:
        with suppress(KeyboardInterrupt):  # which uvicorn raises again after it has stopped in order
            uvicorn.Server(config).run(list(listeners))
    else:
        _run_workers(Multiprocess(config, list(listeners)), settings)


def _run_workers(workers: Multiprocess, settings: Settings) -> None:
    """Replaces processes that die; exits with uvicorn's code if they cannot start."""
    os.environ[variable("port")] = str(settings.serving.port)  # workers read the settings again, and 0 names no port
    with TemporaryDirectory(prefix="drawbridge-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        workers.run()
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        sys.exit(STARTUP_FAILURE)


def _config(application: ASGIApp | str, settings: Settings) -> uvicorn.Config:
    serving, limits = settings.serving, settings.limits
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
        workers=serving.workers,
        http=TimeoutHTTPProtocol,
        timeout_keep_alive=limits.client_timeout_seconds,  # type: ignore[arg-type] # asyncio takes fractions, too
        h11_max_incomplete_event_size=limits.max_header_bytes,  # which our protocol reads, h11 or not
        loop="auto",  # uvloop, where it is installed
        ws=TimeoutWebSocketProtocol,
        log_config=None,
        access_log=False,  # it would log queries, and clients may have put secrets into them
        server_header=False,
        # uvicorn's default trusts every process of this machine.
        proxy_headers=bool(serving.trusted_proxies),
        forwarded_allow_ips=list(_addresses_of(serving.trusted_proxies)),
        ws_max_size=limits.max_body_bytes,
        # Many proxies close a connection that is idle for a minute. With uvicorn's 20 seconds, pings would be most of
        # what idle sockets cost.
        ws_ping_interval=_PING_SECONDS,
        ws_per_message_deflate=False,  # it would take 45 KiB per socket, and time for each message
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        timeout_worker_healthcheck=_WORKER_SECONDS,
    )


def _addresses_of(networks: Sequence[IPv4Network | IPv6Network]) -> Iterator[str]:
    """The networks as clients' addresses have them: an IPv6 socket maps IPv4 into ::ffff:0:0/96 (RFC 4291, 2.5.5.2)."""
    for network in networks:
        yield str(network)
        if isinstance(network, IPv4Network):
            yield f"::ffff:{network.network_address}/{96 + network.prefixlen}"


def end_with_parent() -> None:
    """Exits when the parent process dies. The orphan would keep the port bound."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def tune_gc() -> None:
    """Excludes the objects of the start from garbage collection, and collects less often.

    A full collection takes milliseconds per thousand objects, during which nothing is served.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])


def _allow_many_files() -> None:
    """Raises the soft limit of open files, which is low for programs that use select(), as Go does."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a Mac's hard limit may exceed its kernel's
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

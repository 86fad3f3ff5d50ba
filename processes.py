"""Runs the application: in this process, or in several that share its socket."""

import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
from contextlib import suppress
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory

import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from not_ready import NotReadyError
from settings import PREFIX, STRIPE_ITSELF, Settings
from web.metrics import FOLDER_VARIABLE
from web.protocols.timeout_http import TimeoutHTTPProtocol
from web.protocols.timeout_websocket import TimeoutWebSocketProtocol

# All in all a process is gone within 20 seconds of SIGTERM, whatever its clients do: so long it waits for requests and
# sockets, then for mutations that nobody waits for any more, then for the database to let go.
_SHUTDOWN_SECONDS = 10
FINISH_SECONDS = 5
# Waking thousands of subscribers makes so many objects, which are gone a moment later if nobody looks for garbage.
_YOUNG_OBJECTS = 50_000


def refuse_workers(settings: Settings) -> None:
    """Raises NotReadyError where several processes would not work together."""
    if settings.workers > 1 and settings.postgres_url is None:
        raise NotReadyError(
            f"{PREFIX}WORKERS has to be 1 on SQLite, whose bell rings in one process only: set {PREFIX}DATABASE_URL to "
            "PostgreSQL's address first."
        )
    if settings.workers > 1 and not settings.production and settings.stripe_api_base is None:
        raise NotReadyError(
            f"{PREFIX}WORKERS has to be 1 with a sandbox of its own, which lives in one process: set "
            f"{PREFIX}STRIPE_API_BASE to another server's, or to {STRIPE_ITSELF}."
        )


def run(application: Starlette | str, settings: Settings, welcome: str) -> None:
    """Serves an application, or by several processes what makes one, until told to stop.

    Says `welcome` once connections are accepted; raises NotReadyError if they cannot be.
    """
    _allow_many_files()
    with _listen(settings) as listener:
        print(welcome, flush=True)  # noqa: T201 - for the one who typed the command
        config = _config(application, settings)
        if settings.workers == 1:
            uvicorn.Server(config).run([listener])
        else:
            _run_workers(Multiprocess(config, [listener]))


def _run_workers(workers: Multiprocess) -> None:
    """Starts a process anew where one dies; leaves with uvicorn's code where they cannot start."""
    with TemporaryDirectory(prefix="drawbridge-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        workers.run()
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        sys.exit(STARTUP_FAILURE)


def _config(application: Starlette | str, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
        workers=settings.workers,
        http=TimeoutHTTPProtocol,
        timeout_keep_alive=settings.client_timeout_seconds,  # type: ignore[arg-type] # asyncio takes fractions, too
        h11_max_incomplete_event_size=settings.max_header_bytes,  # which our protocol reads, h11 or not
        loop="auto",  # uvloop, where there is one
        ws=TimeoutWebSocketProtocol,
        log_config=None,
        access_log=False,  # it would log queries, which a client may have put a secret into
        server_header=False,
        # uvicorn's own default is to believe whoever is on this machine.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws_max_size=settings.max_body_bytes,
        ws_per_message_deflate=False,  # it would take 45 KiB per socket, and time for each message
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def end_with_parent() -> None:
    """Ends this process when its parent is gone without a word: nobody could start anew on its address otherwise."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def spare_the_collector() -> None:
    """Has garbage be looked for less often, and never in what has been made until now, which stays.

    A full search takes milliseconds per thousand objects, in which nobody is served.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])


def _allow_many_files() -> None:
    """Raises the soft limit of open files, which is low for the sake of programs that use select(), as Go does."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a Mac's hard limit may be more than its kernel allows
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise NotReadyError(f"{settings.address} cannot be listened on: {error.strerror}.") from None
    # Connections have it from here. asyncio sets it for sockets that name TCP, which this one does not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener

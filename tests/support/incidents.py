"""Failures of a PostgreSQL server or its network, and their recovery."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.postgres import Postgres
from tests.support.proxy import Proxy


@dataclass(frozen=True, slots=True)
class Incident:
    """A failure and its recovery."""

    name: str
    begin: Callable[[Postgres, Proxy], None]
    end: Callable[[Postgres, Proxy], None]

    def __str__(self) -> str:
        return self.name


def _drop_and_mend(_: Postgres, proxy: Proxy) -> None:
    proxy.drop()
    proxy.mend()


STOPPED = Incident("stopped", lambda postgres, _: postgres.stop(), lambda postgres, _: postgres.start())
KILLED = Incident("killed", lambda postgres, _: postgres.kill(), lambda postgres, _: postgres.start())
PAUSED = Incident("paused", lambda postgres, _: postgres.pause(), lambda postgres, _: postgres.resume())
CUT_OFF = Incident("cut off", lambda _, proxy: proxy.cut(), lambda _, proxy: proxy.mend())
CUT_OFF_AND_RESET = Incident("cut off, then reset", lambda _, proxy: proxy.cut(), _drop_and_mend)
TERMINATED = Incident("terminated", lambda postgres, _: postgres.terminate_connections(), lambda *_: None)
RESET = Incident("reset", lambda _, proxy: proxy.drop(), lambda *_: None)

# During these failures, the server is unreachable.
LASTING = (STOPPED, KILLED, PAUSED, CUT_OFF, CUT_OFF_AND_RESET)
ALL = (*LASTING, TERMINATED, RESET)

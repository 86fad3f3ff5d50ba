"""Measures the memory of a server in production before and after 10,000 hostile requests.

Run it with `make bench-hostile`. The requests are those of tests/abuse: documents with and without a token, on a socket
and over HTTP, variables, bodies, messages, and requests that other HTTP parsers read otherwise. No two documents are
equal. Fails above the bound.
"""

import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import httpx
import websockets

from adapters.vault import new_key
from tests.abuse.documents import ATTACKS
from tests.abuse.requests import BODIES, MESSAGES, VARIABLES
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.processes import resident_kib
from tests.support.servers import RunningServer, environment, run_program, running_server
from tests.web.raw_requests import AMBIGUOUS, ENDLESS, statuses

_REQUESTS, _AT_ONCE = 10_000, 4
_MOST_MIB = 40
_ORDINARY = "{ viewer { name } integrations { nodes { id name } } }"
_RESULTS = Path(__file__).parent / "results" / "hostile.json"
_number = itertools.count()

Attack = Callable[[], Awaitable[object]]


def _documents(http: httpx.AsyncClient, client: Client) -> list[Attack]:
    url = f"{client.address}/graphql"

    def attack(document: str, variables: dict[str, object], headers: dict[str, str]) -> Attack:
        return lambda: http.post(
            url, json={"query": f"{document} #{next(_number)}", "variables": variables}, headers=headers
        )

    asked: list[tuple[str, dict[str, object]]] = [(one.document, {}) for one in ATTACKS.values()]
    asked += [(one.document, one.variables) for one in VARIABLES.values()]
    return [attack(*one, headers) for one in asked for headers in ({}, {"Authorization": "Bearer x"}, client.headers())]


def _bodies(http: httpx.AsyncClient, client: Client) -> list[Attack]:
    def attack(body: bytes, headers: dict[str, str]) -> Attack:
        return lambda: http.post(f"{client.address}/graphql", content=body, headers=headers)

    return [attack(one.body, one.headers | token) for one in BODIES.values() for token in ({}, client.headers())]


def _messages(client: Client) -> list[Attack]:
    async def document(text: str) -> None:
        async with client.socket() as socket:
            await socket.subscribe(f"{text} #{next(_number)}")
            await socket.receive()

    async def message(frame: str | bytes) -> None:
        async with client.socket() as socket:
            try:
                await socket.connection.send(frame)
                await socket.connection.recv()
            except websockets.ConnectionClosed:
                return

    documents = [partial(document, one.document) for one in ATTACKS.values()]
    return [*documents, *(partial(message, frame) for frame, _ in MESSAGES.values())]


def _raw(client: Client) -> list[Attack]:
    port = httpx.URL(client.address).port or 0
    return [partial(statuses, port, raw) for raw in (*AMBIGUOUS.values(), *ENDLESS.values())]


def _resident(server: RunningServer) -> float:
    """The memory of the server's process in MiB."""
    return round(resident_kib(server.process.pid) / 1024, 1)


async def _attack(client: Client) -> int:
    """Sends the requests in turn; returns the number of their kinds."""
    left = iter(range(_REQUESTS))
    async with plain_client(timeout=60) as http:
        attacks = [*_documents(http, client), *_bodies(http, client), *_messages(client), *_raw(client)]

        async def work() -> None:
            for number in left:
                await attacks[number % len(attacks)]()

        await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return len(attacks)


async def _measure(server: RunningServer) -> dict[str, float]:
    client = (await new_tenant(server)).client
    for number in range(500):
        await client.post(_ORDINARY + " " * number)
    before, kinds = _resident(server), await _attack(client)
    return {"requests": _REQUESTS, "kinds": kinds, "before_mib": before, "after_mib": _resident(server)}


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    with tempfile.TemporaryDirectory() as name:
        folder, settings = Path(name), {"ENV": "production", "ENCRYPTION_KEYS": new_key().reveal()}
        settings["INTROSPECTION"] = sys.argv[1] if len(sys.argv) > 1 else "viewers"
        assert run_program("cli.py", "migrate", env=environment(folder, **settings)).returncode == 0
        with running_server(folder, **settings) as server:
            figures = asyncio.run(_measure(server))
    figures["more_mib"] = round(figures["after_mib"] - figures["before_mib"], 1)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result
    assert figures["more_mib"] <= _MOST_MIB


if __name__ == "__main__":
    main()

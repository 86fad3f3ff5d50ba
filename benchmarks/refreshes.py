"""Measures refreshes of 1,000 grants of a Stripe App that become due within one minute, and the reveals meanwhile.

Run it with `make bench-refreshes`: on SQLite with one process, then on PostgreSQL with two. Each grant is revealed by
two partners at the moment when it becomes due, one at each process, and twice at other times of the minute. Another
server's sandbox plays Stripe, and counts the calls to its token endpoint. For a short run, give a number of grants and
of seconds; it saves nothing.
"""

import asyncio
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from adapters.vault import Vault
from kit.secret import Secret
from models import AuthenticationMethod, Credential, Integration, Organization, StripeAuthFlow
from resolvers.credentials.sealing import refresh_token_context, secret_context
from startup.database import open_database
from startup.services import create_services
from tests.support.apps import AHEAD, app_settings
from tests.support.client import Client
from tests.support.databases import use
from tests.support.documents import REVEAL_SECRET
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.ports import own_port
from tests.support.postgres import own_postgres
from tests.support.rows import connected_credential, integration_using
from tests.support.servers import RunningServer, running_server
from tests.support.stripe_app import ACCOUNT, StripeApp

_GRANTS, _SECONDS = 1_000, 60
_ORGANIZATIONS = 10
_AT_ONCE = 20
_TRIES = 20
_RESULTS = Path(__file__).parent / "results" / "refreshes.json"


@dataclass(frozen=True, slots=True)
class _Reveal:
    """A reveal of an integration at a process, so many seconds after the beginning."""

    client: Client
    integration_id: str
    at: float
    refreshes: bool


@contextmanager
def _running(database: str) -> Iterator[tuple[StripeApp, list[RunningServer]]]:
    """Runs a sandbox, and the servers that are measured: one on SQLite, or two on PostgreSQL."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = own_port()
        stripe = stack.enter_context(running_server(folder / "stripe", **app_settings(port)))
        if database == "PostgreSQL":
            use(stack.enter_context(own_postgres()))
            stack.callback(use, None)
        own = app_settings(port) | {
            "PORT": "0",
            "DATA_DIR": str(folder / "data"),
            "STRIPE_API_BASE": f"{stripe.address}/sandbox",
            "VERIFY_INTERVAL_HOURS": "0",
        }
        count = 2 if database == "PostgreSQL" else 1
        servers = [stack.enter_context(running_server(folder / str(number), **own)) for number in range(count)]
        yield StripeApp(f"{stripe.address}/sandbox"), servers


async def _grants(app: StripeApp, count: int) -> list[dict[str, Any]]:
    """Installs the app so many times, and exchanges the codes."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one() -> dict[str, Any]:
        async with turns:
            return await app.tokens()

    return await asyncio.gather(*(one() for _ in range(count)))


async def _fill(server: RunningServer, grants: Sequence[dict[str, Any]]) -> list[tuple[Client, list[Integration]]]:
    """Stores the grants in organizations; returns a client and the integrations of each."""
    tenants = [await new_tenant(server) for _ in range(_ORGANIZATIONS)]
    vault, filled = create_services(server.settings).vault, []
    async with open_database(server.settings):
        for number, tenant in enumerate(tenants):
            organization = await Organization.get(name=tenant.name)
            rows = [_credential(vault, organization.id, grant) for grant in grants[number::_ORGANIZATIONS]]
            integrations = [integration_using(row) for row in rows]
            await Credential.bulk_create(rows)
            await Integration.bulk_create(integrations)
            filled.append((tenant.client, integrations))
    return filled


def _credential(vault: Vault, organization_id: str, grant: dict[str, Any]) -> Credential:
    seal = partial(_seal, vault, grant["access_token"])
    row = connected_credential(organization_id, grant["refresh_token"][-12:].lower(), seal)
    row.method, row.flow, row.masked_secret = AuthenticationMethod.OAUTH, StripeAuthFlow.STRIPE_APP, None
    row.account_id, row.granted_scope = ACCOUNT, "stripe_apps"
    row.sealed_refresh_token = vault.seal(Secret(grant["refresh_token"]), refresh_token_context(row))
    row.access_expires_at = datetime.now(UTC) + timedelta(hours=1)
    return row


def _seal(vault: Vault, token: str, row: Credential) -> str:
    return vault.seal(Secret(token), secret_context(row))


async def _plan(
    servers: Sequence[RunningServer], filled: Sequence[tuple[Client, list[Integration]]], seconds: float
) -> tuple[float, list[_Reveal]]:
    """Spreads the ends of the tokens; returns the time of the beginning by the monotonic clock, and the reveals."""
    chance, reveals = random.Random(1), list[_Reveal]()  # noqa: S311 - the same each time
    count = sum(len(integrations) for _, integrations in filled)
    begin = datetime.now(UTC) + timedelta(seconds=5 + count / 100)
    async with open_database(servers[0].settings):
        for client, integrations in filled:
            clients = [Client(server.address, client.token) for server in servers]
            for integration in integrations:
                due = chance.uniform(0, seconds)
                ends = begin + AHEAD + timedelta(seconds=due)
                await Credential.filter(id=integration.credential_id).update(access_expires_at=ends)
                times = [(due + 0.01, True)] * 2 + [(chance.uniform(0, seconds), False) for _ in range(2)]
                reveals += [
                    _Reveal(clients[number % len(clients)], integration.id, at, refreshes)
                    for number, (at, refreshes) in enumerate(times)
                ]
    return time.monotonic() + (begin - datetime.now(UTC)).total_seconds(), reveals


async def _reveal(http: httpx.AsyncClient, begin: float, planned: _Reveal) -> tuple[float, int]:
    """Reveals at its time, again if it fails; returns the milliseconds that it took, and how often it failed."""
    body = {
        "query": REVEAL_SECRET,
        "variables": {"input": {"integrationId": planned.integration_id, "reason": "Benchmark"}},
    }
    await asyncio.sleep(begin + planned.at - time.monotonic())
    began = time.monotonic()
    url = f"{planned.client.address}/graphql"
    for failures in range(_TRIES):
        with suppress(httpx.TransportError):  # the server has closed a connection that was idle
            answer = await http.post(url, json=body, headers=planned.client.headers())
            if '"RevealSecretSuccess"' in answer.text:
                return (time.monotonic() - began) * 1000, failures
    raise AssertionError(planned)


async def _measure(app: StripeApp, servers: Sequence[RunningServer], count: int, seconds: float) -> dict[str, Any]:
    load = round(os.getloadavg()[0], 1)
    filled = await _fill(servers[0], await _grants(app, count))
    begin, reveals = await _plan(servers, filled, seconds)
    async with plain_client(limits=httpx.Limits(max_connections=500)) as http:
        made = await asyncio.gather(*(_reveal(http, begin, each) for each in reveals))
    page = (await app.send("GET", "/apps")).text
    calls = [int(number) for number in re.findall(r"</td><td>\d+</td><td>(\d+)</td><td><form", page)]
    timed = [(planned, took) for planned, (took, _) in zip(reveals, made, strict=True)]
    return {
        "processes": len(servers),
        "grants": count,
        "seconds": seconds,
        "token_calls": sum(calls),
        "refused_calls": await app.refused_calls(),
        "reveals": len(reveals),
        "repeated": sum(failures for _, failures in made),
        "load_average_before": load,
        "when_due": _spread([took for planned, took in timed if planned.refreshes]),
        "at_other_times": _spread([took for planned, took in timed if not planned.refreshes]),
    }


def _spread(times: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(statistics.median(times), 1),
        "p99_ms": round(statistics.quantiles(times, n=100)[98], 1),
        "worst_ms": round(max(times), 1),
    }


def main() -> None:
    """Runs the benchmark, and prints the results; saves those of a whole run."""
    given = [int(number) for number in sys.argv[1:]]
    count, seconds = given or (_GRANTS, _SECONDS)
    figures = []
    for database in ("SQLite", "PostgreSQL"):
        with _running(database) as (app, servers):
            figures.append({"database": database} | asyncio.run(_measure(app, servers, count, seconds)))
        print(json.dumps(figures[-1]), flush=True)  # noqa: T201 - the result
    if not given:
        _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

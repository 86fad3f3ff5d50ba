"""Simulates the checks of 10,000 credentials: a day from a full backlog, an hour without Stripe, 12 hours of downtime.

At last, Stripe has refused 1,000 restricted keys once, whose second look waits for nothing but the limit on calls. A
fifth of the credentials are restricted keys, each asked about with five calls.

Run it with `make bench-checks`. Two processes run the daemon in lockstep, every ten seconds of a simulated clock and
for as long as it finds something to check, on one PostgreSQL and with the sandbox over HTTP. Only the clock is
simulated, so the machine's speed does not matter.
"""

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.check_workers import MINUTE, PROCESSES, START, Period, running_simulation
from kit.secret import Secret
from models import Credential, CredentialStatus, Event, EventKind, Organization
from resolvers.credentials.sealing import secret_context
from settings import Settings
from startup.database import open_database
from startup.services import create_services
from tests.support.databases import database_variables, use
from tests.support.ports import own_port
from tests.support.postgres import own_postgres
from tests.support.rows import connected_credential
from tests.support.servers import running_server
from tests.support.settings import read_settings

_ORGANIZATIONS, _CREDENTIALS = 100, 10_000
_RESTRICTED_EVERY, _REFUSED = 5, 1_000
_PERMISSIONS = "customer_read,plan_read,invoice_read,product_read"
_HOUR = timedelta(hours=1)
_RESULTS = Path(__file__).parent / "results" / "checks.json"


async def _fill(settings: Settings) -> None:
    """Stores credentials that were never checked."""
    async with open_database(settings), aclosing(create_services(settings)) as services:

        def seal(row: Credential, kind: str) -> str:
            return services.vault.seal(Secret(f"{kind}_test_51Checks{row.id.partition('_')[2]}"), secret_context(row))

        for number in range(_ORGANIZATIONS):
            organization = await Organization.create(name=f"Organization {number}", created_at=START)
            rows = []
            for index in range(_CREDENTIALS // _ORGANIZATIONS):
                kind = "sk" if index % _RESTRICTED_EVERY else "rk"
                row = connected_credential(str(organization.id), f"{kind} {index}", partial(seal, kind=kind))
                row.masked_secret = f"{kind}_test_…"
                rows.append(row)
            await Credential.bulk_create(rows)


async def _refuse_once(settings: Settings, now: datetime) -> None:
    """Makes the second look at many restricted keys due."""
    async with open_database(settings):
        restricted = Credential.filter(name__startswith="rk").order_by("id").limit(_REFUSED)
        ids = await restricted.values_list("id", flat=True)
        await Credential.filter(id__in=ids).update(refused_at=now - MINUTE, next_check_at=now)


async def _rows(settings: Settings) -> dict[str, int]:
    """The state of the credentials, and how often their status has changed."""
    async with open_database(settings):
        connected = await Credential.filter(status=CredentialStatus.CONNECTED).count()
        failing = await Credential.filter(failing_since__isnull=False).count()
        changes = await Event.filter(kind=EventKind.CREDENTIAL_STATUS_CHANGED).count()
        return {"status_changes": changes, "connected": connected, "failing": failing}


def _evenness(period: Period, mean: float) -> dict[str, float]:
    largest = max(Counter(check.minute for check in period.checks).values())
    even = {"largest_minute": largest, "largest_to_mean": round(largest / mean, 2)}
    return {"checks": len(period.checks), "calls": period.call_count, **even}


def _repeated(period: Period) -> int:
    """The number of credentials that were asked about more than once."""
    return sum(count > 1 for count in Counter(check.secret for check in period.checks).values())


def _simulate(variables: dict[str, str], sandbox: Callable[[], AbstractContextManager[object]]) -> dict[str, Any]:
    settings = read_settings(variables)
    mean = _CREDENTIALS / (24 * _HOUR / MINUTE)
    with running_simulation(variables) as simulation:
        with sandbox():
            backlog = simulation.run(20 * _HOUR)  # all are checked once, and none is due again
            again = simulation.run(5 * _HOUR)
        outage = simulation.run(_HOUR)
        during = asyncio.run(_rows(settings))
        with sandbox():
            recovery = simulation.run(_HOUR)
            after = asyncio.run(_rows(settings))
            simulation.now += 12 * _HOUR
            late = simulation.run(2 * _HOUR)
            asyncio.run(_refuse_once(settings, simulation.now))
            second_look = simulation.run(_HOUR / 4)
    answered = [check.minute for check in recovery.checks if check.answered]
    return {
        "credentials": _CREDENTIALS,
        "processes": PROCESSES,
        "mean_per_minute": round(mean, 2),
        "backlog": _evenness(backlog, mean)
        | {"hours": round((max(check.minute for check in backlog.checks) + 1) / 60, 1)},
        "double_checks": _repeated(backlog) + _repeated(again),
        "outage_hour": {"calls": outage.call_count, "log_lines": len(outage.lines), **during},
        "recovery": {"minutes": min(answered) - 26 * 60, **after},
        "after_12_hours_down": _evenness(late, mean),
        "refused_restricted_keys": {
            "keys": _REFUSED,
            "calls": second_look.call_count,
            "largest_calls_per_second_and_process": second_look.calls_per_second(),
        },
    }


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    began = time.monotonic()
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        port = str(own_port())
        own = {"DATA_DIR": folder, "STRIPE_API_BASE": f"http://127.0.0.1:{port}/sandbox"}
        own["STRIPE_REQUIRED_PERMISSIONS"] = _PERMISSIONS
        own |= database_variables(Path(folder))
        variables = {f"DRAWBRIDGE_{name}": value for name, value in own.items()}
        asyncio.run(_fill(read_settings(variables)))
        figures = _simulate(
            variables, lambda: running_server(Path(folder) / "stripe", PORT=port, VERIFY_INTERVAL_HOURS="0")
        )
        use(None)
    figures["real_seconds"] = round(time.monotonic() - began)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result


if __name__ == "__main__":
    main()

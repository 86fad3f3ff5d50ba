"""Measures the delay of expiry: 1,000 credentials expire within 30 seconds while a server runs.

Run it with `make bench-expiry`. The delay is the time from `expires_at` until a subscriber receives the event.
"""

import asyncio
import json
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from models import Credential, Organization
from startup.database import open_database
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.rows import incomplete_credential
from tests.support.servers import RunningServer, running_server

_CREDENTIALS = 1000
_OVER_SECONDS = 30
# Longer than the daemon's longest sleep, like the real lifetime of ten minutes.
_AHEAD_SECONDS = 35
_RESULTS = Path(__file__).parent / "results" / "expiry.json"


async def _fill(server: RunningServer, name: str) -> str:
    """Stores incomplete credentials that expire at regular intervals."""
    now = datetime.now(UTC)
    async with open_database(server.settings):
        organization = await Organization.get(name=name)
        await Credential.bulk_create(
            incomplete_credential(
                organization.id,
                number,
                now + timedelta(seconds=_AHEAD_SECONDS + _OVER_SECONDS * number / _CREDENTIALS),
            )
            for number in range(_CREDENTIALS)
        )
        return str(organization.id)


async def _due(server: RunningServer, organization_id: str) -> dict[str, datetime]:
    async with open_database(server.settings):
        rows = await Credential.filter(organization_id=organization_id)
        return {row.id: row.expires_at for row in rows if row.expires_at is not None}


async def _lateness(client: Client, due: dict[str, datetime]) -> list[float]:
    """Returns the delays in milliseconds, sorted."""
    late: list[float] = []
    async with client.socket() as socket:
        await socket.subscribe("subscription { events { ... on CredentialEvent { credentialId } } }")
        while len(late) < len(due):
            event = (await socket.next(seconds=_AHEAD_SECONDS + _OVER_SECONDS))["events"]
            late.append((datetime.now(UTC) - due[event["credentialId"]]).total_seconds() * 1000)
    return sorted(late)


async def _measure(server: RunningServer) -> list[float]:
    tenant = await new_tenant(server)
    organization_id = await _fill(server, tenant.name)
    return await _lateness(tenant.client, await _due(server, organization_id))


def main() -> None:
    """Runs the benchmark, and prints and saves the results."""
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        late = asyncio.run(_measure(server))
    figures = {
        "credentials": _CREDENTIALS,
        "over_seconds": _OVER_SECONDS,
        "expired": len(late),
        "median_ms": round(statistics.median(late), 1),
        "p99_ms": round(late[int(len(late) * 0.99) - 1], 1),
        "worst_ms": round(late[-1], 1),
    }
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result


if __name__ == "__main__":
    main()

"""What a read costs: the CPU time of the server's process for a list of 20 integrations, and for a single one.

Run by `make bench-reads`: 10,000 integrations in 10 organizations on a PostgreSQL of its own, one process, 32
connections that are kept open. Requests per second are of both processes on one machine, the load's included.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from tortoise.context import require_context

from database import open_database
from models import Credential, Integration, Organization
from tests.support.databases import use
from tests.support.organizations import Tenant, new_tenant
from tests.support.postgres import own_postgres
from tests.support.rows import connected_credential, integration_using
from tests.support.servers import RunningServer, running_server

_ORGANIZATIONS, _INTEGRATIONS, _CONNECTIONS = 10, 1000, 32
_WARM_UP, _REQUESTS, _ROUNDS = 300, 1500, 3
_NODE = "id provider name status createdAt updatedAt credential { maskedSecret }"
_PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
_DOCUMENTS = {
    "list": f"{{ integrations(first: 20) {{ edges {{ cursor node {{ {_NODE} }} }} {_PAGE} }} }}",
    "single": f"query ($id: ID!) {{ integration(id: $id) {{ {_NODE} }} }}",
}
_RESULTS = Path(__file__).parent / "results" / "reads.json"


async def _fill(organization: Organization) -> str:
    """Integrations with a credential each; the id of one of them."""
    names = [f"Integration {number:06}" for number in range(_INTEGRATIONS)]
    credentials = [connected_credential(organization.id, name, lambda _: "sealed") for name in names]
    integrations = [integration_using(credential) for credential in credentials]
    await Credential.bulk_create(credentials)
    await Integration.bulk_create(integrations)
    return str(integrations[0].id)


async def _tenants(server: RunningServer) -> tuple[Tenant, str]:
    """Fills all organizations; the last, and one of its integrations."""
    for _ in range(_ORGANIZATIONS):
        tenant = await new_tenant(server)
        async with open_database(server.settings):
            id_ = await _fill(await Organization.get(name=tenant.name))
            await require_context().db().execute_script("ANALYZE")
    return tenant, id_


def _cpu_seconds(server: RunningServer) -> float:
    """What the server's process has computed so far; Linux only."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Load:
    """Sends one request again and again."""

    def __init__(self, tenant: Tenant, document: str, id_: str) -> None:
        """Takes whose request it is."""
        body = json.dumps({"query": document, "variables": {"id": id_}}).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {tenant.client.token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._request, self._port = head.encode() + body, tenant.server.settings.port

    async def send(self, count: int) -> None:
        """Sends it so often over all connections."""
        shares = (count // _CONNECTIONS for _ in range(_CONNECTIONS))
        await asyncio.gather(*(self._send(share) for share in shares))

    async def _send(self, count: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for _ in range(count):
            writer.write(self._request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
            if not body.startswith(b'{"data":'):
                raise SystemExit(body.decode())
        writer.close()


async def _measure(server: RunningServer) -> dict[str, dict[str, float]]:
    tenant, id_ = await _tenants(server)
    figures: dict[str, dict[str, float]] = {}
    for name, document in _DOCUMENTS.items():
        load, costs, rates = _Load(tenant, document, id_), [], []
        await load.send(_WARM_UP)
        sent = _REQUESTS // _CONNECTIONS * _CONNECTIONS
        for _ in range(_ROUNDS):
            computed, began = _cpu_seconds(server), time.perf_counter()
            await load.send(_REQUESTS)
            costs.append((_cpu_seconds(server) - computed) / sent * 1000)
            rates.append(sent / (time.perf_counter() - began))
        spread = max(costs) - min(costs)
        figures[name] = {
            "cpu_ms": round(statistics.median(costs), 2),
            "spread_ms": round(spread, 2),
            "per_second": round(statistics.median(rates)),
        }
    return figures


def main() -> None:
    """Measures, prints and writes the figures."""
    with own_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        use(postgres)
        with running_server(Path(folder)) as server:
            figures = asyncio.run(_measure(server))
        use(None)
    _RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))  # noqa: T201 - the result


if __name__ == "__main__":
    main()

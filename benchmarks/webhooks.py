"""Deliveries of webhooks by one process, on each database: the rate to many endpoints, the delay, and the cost of none.

Run it with `make bench-webhooks`. The receivers are in this process, the server in another one.

- Rate: a backlog for 1, 100 and 1,000 endpoints, 20 to an organization, from the first webhook to the last.
- Delay: 100 organizations with an endpoint each change something, one after the other. From the event to the webhook;
  then again while 10 of the receivers never respond. The delay of one endpoint while 100 of five other organizations
  have a backlog, and accept each event after 1.5 seconds.
- Quiet: the server's CPU time while 1,000 endpoints have nothing to do.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import measure_both
from models import WebhookEndpoint, WebhookEndpointStatus
from resolvers.services import Services
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import add_endpoint, add_integration
from tests.support.client import Client
from tests.support.deliveries import append_events, endpoint_row, new_organization
from tests.support.documents import SET_ACTIVE
from tests.support.organizations import new_tenant
from tests.support.processes import cpu_seconds
from tests.support.receivers import Received, Receiver, hanging, responding, running_receiver
from tests.support.servers import RunningServer
from tests.support.waiting import until

_RESULTS = Path(__file__).parent / "results" / "webhooks.json"
# Endpoints, and the events that each is sent.
_BACKLOGS = ((1, 2000), (100, 40), (1000, 5))
_PER_ORGANIZATION = 20
# An even number of rounds leaves all switched on.
_ORGANIZATIONS, _HANGING, _ROUNDS = 100, 10, 6
_SLOW_ENDPOINTS, _SLOW_SECONDS, _SLOW_EVENTS, _SLOW_ROUNDS = 100, 1.5, 1000, 10
_QUIET_SECONDS = 20
_LONGEST = 600.0


@asynccontextmanager
async def _opened(server: RunningServer) -> AsyncIterator[Services]:
    services = create_services(server.settings)
    try:
        async with open_database(server.settings):
            yield services
    finally:
        await services.aclose()


async def _store(services: Services, endpoints: int, events: int, url: str) -> None:
    """Stores logs, and then endpoints that have been sent nothing."""
    rows = list[WebhookEndpoint]()
    for _ in range(-(-endpoints // _PER_ORGANIZATION)):
        organization = await new_organization()
        if events:
            await append_events(organization, events)
        count = min(_PER_ORGANIZATION, endpoints - len(rows))
        rows += [endpoint_row(services, organization, url) for _ in range(count)]
    await WebhookEndpoint.bulk_create(rows)


async def _rates(server: RunningServer) -> dict[str, Any]:
    """Deliveries per second, and of the server's CPU seconds."""
    found = {}
    for endpoints, events in _BACKLOGS:
        async with running_receiver() as receiver:
            async with _opened(server) as services:
                used = cpu_seconds(server.process.pid)
                await _store(services, endpoints, events, receiver.url(host="127.0.0.1"))
            await until(lambda: len(receiver.received) == endpoints * events, _LONGEST)  # noqa: B023 - awaited here
            used = cpu_seconds(server.process.pid) - used
        times = [received.at for received in receiver.received]
        found[f"{endpoints}_endpoints"] = {
            "deliveries": len(times),
            "per_second": round((len(times) - 1) / (max(times) - min(times))),
            "cpu_ms_each": round(used / len(times) * 1000, 2),
        }
    return found


async def _delays(server: RunningServer) -> dict[str, Any]:
    """The delay of 100 endpoints, and of 90 while 10 hang."""
    async with running_receiver() as receiver:
        receiver.by_target = {f"/{number}": responding() for number in range(_HANGING)}
        changed = list[tuple[Client, str]]()
        for number in range(_ORGANIZATIONS):
            client = (await new_tenant(server)).client
            integration = await add_integration(client)
            await add_endpoint(client, url=receiver.url(f"/{number}"), kinds=["INTEGRATION_STATUS_CHANGED"])
            changed.append((client, integration["id"]))
        healthy = await _delays_of(changed, receiver, range(_ORGANIZATIONS))
        receiver.by_target = {f"/{number}": hanging for number in range(_HANGING)}
        beside = await _delays_of(changed, receiver, range(_HANGING, _ORGANIZATIONS))
    return {"delay_ms": healthy, "delay_ms_while_10_of_100_hang": beside}


async def _delays_of(changed: Sequence[tuple[Client, str]], receiver: Receiver, measured: range) -> dict[str, float]:
    """Changes something everywhere, a few times; returns the delays of the measured endpoints."""
    receiver.received.clear()
    targets = {f"/{number}" for number in measured}
    for number in range(_ROUNDS):
        for client, integration in changed:
            await client.result(SET_ACTIVE, input={"id": integration, "active": number % 2 == 1})
    await until(lambda: sum(each.target in targets for each in receiver.received) >= _ROUNDS * len(targets), _LONGEST)
    delays = sorted(_delay(each) for each in receiver.received if each.target in targets)
    return {
        "median": round(statistics.median(delays), 1),
        "p99": round(delays[int(len(delays) * 0.99)], 1),
        "worst": round(delays[-1], 1),
    }


def _delay(received: Received) -> float:
    """Milliseconds from the event to its webhook."""
    occurred = datetime.fromisoformat(received.event["timestamp"]).timestamp()
    arrived = time.time() - (asyncio.get_running_loop().time() - received.at)
    return (arrived - occurred) * 1000


async def _delays_beside_slow(server: RunningServer) -> dict[str, Any]:
    """The delay of an endpoint while organizations' receivers are slow, and accept everything."""
    behaviour = responding(seconds=_SLOW_SECONDS)
    async with running_receiver() as receiver, running_receiver(behaviour) as slow, _opened(server) as services:
        client = (await new_tenant(server)).client
        integration = await add_integration(client)
        await add_endpoint(client, url=receiver.url("/0"), kinds=["INTEGRATION_STATUS_CHANGED"])
        await _store(services, _SLOW_ENDPOINTS, _SLOW_EVENTS, slow.url(host="127.0.0.1"))
        await slow.wait_for(_SLOW_ENDPOINTS)
        found = [await _delays_of([(client, integration["id"])], receiver, range(1)) for _ in range(_SLOW_ROUNDS)]
        await WebhookEndpoint.filter(url__startswith="http://127.0.0.1").update(status=WebhookEndpointStatus.DISABLED)
    return {"worst_delay_ms_beside_100_slow": max(each["worst"] for each in found)}


async def _quiet(server: RunningServer) -> dict[str, Any]:
    """Percent of a core while nothing happens."""
    async with _opened(server) as services:
        await WebhookEndpoint.all().delete()
        await _store(services, 1000, 0, "http://127.0.0.1:1024/")
        return {"percent_of_a_core_with_1000_quiet": await _percent(server)}


async def _percent(server: RunningServer) -> float:
    await asyncio.sleep(_QUIET_SECONDS / 4)  # until earlier work has ended
    before = cpu_seconds(server.process.pid)
    await asyncio.sleep(_QUIET_SECONDS)
    return round((cpu_seconds(server.process.pid) - before) / _QUIET_SECONDS * 100, 2)


async def _measure(server: RunningServer) -> dict[str, Any]:
    delays = await _delays(server)
    return {"rate": await _rates(server), **delays, **await _delays_beside_slow(server), **await _quiet(server)}


if __name__ == "__main__":
    measure_both(_measure, _RESULTS)

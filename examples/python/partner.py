"""A partner's service: calls Stripe with an integration's key, for as long as Drawbridge hands it out.

    URL=http://127.0.0.1:8000/graphql TOKEN=drawbridge_… INTEGRATION=Billing \
    STRIPE=http://127.0.0.1:8000/sandbox python partner.py websocket

`websocket` or `sse` is how it follows the events. STRIPE is left out for Stripe itself. docs/partners.md explains it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import stripe

import sse_events
import websocket_events
from drawbridge import Drawbridge, LostError, NotHandedOutError, RefusedError, Revealed, pause

URL, TOKEN, INTEGRATION = (os.environ[name] for name in ("URL", "TOKEN", "INTEGRATION"))
STRIPE = os.environ.get("STRIPE", "https://api.stripe.com")
EVERY_SECONDS = float(os.environ.get("EVERY_SECONDS", "60"))
CURSOR_FILE = Path(os.environ.get("CURSOR_FILE", "cursor"))
REASON = "Synchronizing payments"

Events = Callable[[str, str, str], AsyncGenerator[dict[str, Any], None]]
_stripe_http = stripe.HTTPXClient(timeout=10)


class Key:
    """An integration's key, in memory only: fetched when it is needed, forgotten when it may have changed."""

    def __init__(self, drawbridge: Drawbridge, integration_id: str) -> None:
        """Takes whose key it is; nothing is fetched yet."""
        self._drawbridge = drawbridge
        self.integration_id = integration_id
        self._revealed: Revealed | None = None
        self.changed = asyncio.Event()

    async def get(self) -> Revealed:
        """The key; raises NotHandedOutError or RefusedError."""
        while self._revealed is None:
            changed = self.changed
            revealed = await self._drawbridge.reveal(self.integration_id, REASON)
            if not changed.is_set():  # else it may be the key before the change
                self._revealed = revealed
        return self._revealed

    def forget(self) -> None:
        """Has the key fetched anew, and wakes whoever waits for a change."""
        self._revealed = None
        self.changed.set()
        self.changed = asyncio.Event()


async def work(key: Key) -> None:
    """The service's own work, again and again; while there is no key, or a dead one, it waits for a change."""
    while True:
        changed = key.changed  # before asking: what changes from now on counts
        try:
            print("Called Stripe for", await call_stripe(await key.get()), flush=True)
        except NotHandedOutError as refused:
            print("Waiting:", refused, flush=True)
            await changed.wait()
        except stripe.AuthenticationError:
            print("Waiting: Stripe does not take the key.", flush=True)
            await changed.wait()
        except stripe.StripeError as error:  # its text may quote the key
            print("Stripe:", type(error).__name__, flush=True)
            await asyncio.sleep(EVERY_SECONDS)
        else:
            await asyncio.sleep(EVERY_SECONDS)


async def call_stripe(revealed: Revealed) -> str:
    """Stands for what the service does at Stripe: here it asks whose account it is."""
    client = stripe.StripeClient(
        revealed.secret_key, base_addresses={"api": STRIPE}, http_client=_stripe_http, max_network_retries=2
    )
    return (await client.v1.accounts.retrieve_current_async()).id


async def follow(drawbridge: Drawbridge, key: Key, events: Events) -> None:
    """Acts on each event, and notes its cursor only then; connects anew for as long as it takes."""
    attempt = 0
    while True:
        try:
            async for event in events(URL, TOKEN, last_cursor()):
                attempt = 0
                act(key, event)
                keep_cursor(event["cursor"])
        except LostError as lost:
            print("Connecting anew:", lost, flush=True)
        except RefusedError as refused:
            if refused.code != "INVALID_CURSOR":
                raise
            keep_cursor(await drawbridge.newest_cursor())  # first the log's end, then what is true there
            key.forget()
            print("Began at the log's end:", refused, flush=True)
        await pause(attempt)
        attempt += 1


def act(key: Key, event: dict[str, Any]) -> None:
    """Forgets the key if the event concerns its integration. A credential that is gone concerns nobody."""
    used_by = (event.get("credential") or {}).get("integrations", [])
    if key.integration_id in {event.get("integrationId"), *(integration["id"] for integration in used_by)}:
        print("Told of", event["kind"], event["cursor"], flush=True)
        key.forget()


def last_cursor() -> str:
    """That of the last event that was acted on; empty at the very first start."""
    return CURSOR_FILE.read_text() if CURSOR_FILE.exists() else ""


def keep_cursor(place: str) -> None:
    """Writes the file whole or not at all, whenever the power fails."""
    beside = CURSOR_FILE.with_suffix(".new")
    with beside.open("w") as file:
        file.write(place)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(CURSOR_FILE)


async def main(events: Events) -> None:
    """Runs until told to stop, or until Drawbridge refuses for good."""
    drawbridge = Drawbridge(URL, TOKEN)
    key = Key(drawbridge, await drawbridge.find(INTEGRATION))
    if not last_cursor():
        keep_cursor(await drawbridge.newest_cursor())  # before the key is fetched: what changes later is told of
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work(key))
        tasks.create_task(follow(drawbridge, key, events))


if __name__ == "__main__":
    transport = {"websocket": websocket_events.events, "sse": sse_events.events}[sys.argv[1]]
    try:
        asyncio.run(main(transport))
    except* RefusedError as refusals:
        sys.exit(str(refusals.exceptions[0]))

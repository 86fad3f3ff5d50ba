"""A partner's service: calls Stripe with an integration's key, for as long as Drawbridge provides it.

    URL=http://127.0.0.1:8000/graphql TOKEN=drawbridge_… INTEGRATION=Billing \
    STRIPE=http://127.0.0.1:8000/sandbox python partner.py websocket

`websocket`, `sse` or `webhook` is the transport for events. Omit STRIPE to call Stripe itself. See docs/partners.md.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import stripe

import sse_events
import webhook_events
import websocket_events
from drawbridge import Drawbridge, RefusedError, Revealed, SecretUnavailableError, TemporaryError, pause

URL, TOKEN, INTEGRATION = (os.environ[name] for name in ("URL", "TOKEN", "INTEGRATION"))
STRIPE = os.environ.get("STRIPE", "https://api.stripe.com")
EVERY_SECONDS = float(os.environ.get("EVERY_SECONDS", "60"))
CURSOR_FILE = Path(os.environ.get("CURSOR_FILE", "cursor"))
REASON = "Synchronizing payments"

Events = Callable[[str, str, str, str], AsyncGenerator[dict[str, Any], None]]
_stripe_http = stripe.HTTPXClient(timeout=10)


class Key:
    """An integration's key, cached in memory only: fetched on demand, discarded when it may have changed."""

    def __init__(self, drawbridge: Drawbridge, integration_id: str) -> None:
        self._drawbridge = drawbridge
        self.integration_id = integration_id
        self._revealed: Revealed | None = None
        self.changed = asyncio.Event()

    async def get(self) -> Revealed:
        """Returns the key; raises SecretUnavailableError or RefusedError."""
        if self._revealed is not None and self._revealed.is_over:
            self._revealed = None
        while self._revealed is None:
            changed = self.changed
            revealed = await self._drawbridge.reveal(self.integration_id, REASON)
            if not changed.is_set():  # otherwise it may be the previous key
                self._revealed = revealed
        return self._revealed

    async def report(self) -> str:
        """Reports that Stripe rejected the key, and discards it: Drawbridge may have another, or none any more."""
        message = await self._drawbridge.report_failure(self.integration_id)
        self._revealed = None
        return message

    def forget(self) -> None:
        """Discards the key, so that it is fetched again, and wakes tasks that wait for a change."""
        self._revealed = None
        self.changed.set()
        self.changed = asyncio.Event()


async def work(key: Key) -> None:
    """Does the service's work repeatedly. Without a working key, it waits for a change."""
    while True:
        changed = key.changed  # read before the key is fetched, so that no change is missed
        try:
            print("Called Stripe for", await call_stripe(await key.get()), flush=True)
        except SecretUnavailableError as refused:
            print("Waiting:", refused, flush=True)
            await changed.wait()
        except stripe.AuthenticationError:
            print("Reported: Stripe rejected the key.", await key.report(), flush=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), EVERY_SECONDS)
        except stripe.StripeError as error:  # its message may quote the key
            print("Stripe:", type(error).__name__, flush=True)
            await asyncio.sleep(EVERY_SECONDS)
        else:
            await asyncio.sleep(EVERY_SECONDS)


async def call_stripe(revealed: Revealed) -> str:
    """Represents the service's calls to Stripe. This one retrieves the account."""
    client = stripe.StripeClient(
        revealed.secret_key, base_addresses={"api": STRIPE}, http_client=_stripe_http, max_network_retries=2
    )
    return (await client.v1.accounts.retrieve_current_async()).id


async def follow(drawbridge: Drawbridge, key: Key, events: Events) -> None:
    """Handles each event, then saves its cursor. Reconnects whenever the connection is lost."""
    attempt = 0
    while True:
        try:
            async for event in events(URL, TOKEN, key.integration_id, last_cursor()):
                attempt = 0
                print("Received", event["kind"], event["cursor"], flush=True)
                key.forget()  # each of these events may change the result of revealSecret
                save_cursor(event["cursor"])
        except TemporaryError as lost:
            print("Reconnecting:", lost, flush=True)
        except RefusedError as refused:
            if refused.code != "INVALID_CURSOR":
                raise
            save_cursor(await drawbridge.newest_cursor())  # first the end of the log, then the state
            key.forget()
            print("Restarted at the end of the log:", refused, flush=True)
        await pause(attempt)
        attempt += 1


def last_cursor() -> str:
    """Returns the cursor of the last event that was handled; empty on the first start."""
    return CURSOR_FILE.read_text() if CURSOR_FILE.exists() else ""


def save_cursor(place: str) -> None:
    """Replaces the file atomically, even if the power fails."""
    beside = CURSOR_FILE.with_suffix(".new")
    with beside.open("w") as file:
        file.write(place)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(CURSOR_FILE)


async def main(events: Events) -> None:
    """Runs until it is stopped or Drawbridge refuses permanently."""
    drawbridge = Drawbridge(URL, TOKEN)
    key = Key(drawbridge, await drawbridge.find(INTEGRATION))
    if not last_cursor():
        save_cursor(await drawbridge.newest_cursor())  # before the key is fetched, so that later changes cause events
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work(key))
        tasks.create_task(follow(drawbridge, key, events))


if __name__ == "__main__":
    transports = {"websocket": websocket_events, "sse": sse_events, "webhook": webhook_events}
    try:
        asyncio.run(main(transports[sys.argv[1]].events))
    except* RefusedError as refusals:
        sys.exit(str(refusals.exceptions[0]))

"""Users change endpoints while they are served, and serving fails in ways that nobody has foreseen."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from adapters.webhooks.sender import SentWebhook
from models import Event, EventKind, Organization, Scope, WebhookEndpoint
from resolvers import webhooks
from resolvers.context import Context, Viewer
from resolvers.events.tail import read_events
from resolvers.services import Services
from resolvers.webhooks import serve
from resolvers.webhooks.update import EndpointChanges
from tests.support.deliveries import (
    Process,
    append_events,
    new_endpoint,
    new_organization,
    process_of,
    served_endpoint,
    stored_attempts,
)
from tests.support.receivers import hanging, responding, running_receiver

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]


async def _update(
    process: Process, organization: Organization, row: WebhookEndpoint, **changes: Any
) -> WebhookEndpoint:
    context = Context(process.services, Viewer("cli", organization, "cli", frozenset(Scope)), process.clock)
    return await webhooks.update(context, id_=row.id, changes=EndpointChanges(**changes))  # type: ignore[typeddict-item]


async def test_no_event_of_a_kind_that_is_added_is_passed_over(
    fresh: TortoiseContext, sending: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint is claimed with its old kinds, and the log is read after the change."""
    changed, claimed = asyncio.Event(), asyncio.Event()

    async def read_later(*given: Any, **more: Any) -> list[Event]:
        claimed.set()
        await changed.wait()
        return await read_events(*given, **more)

    monkeypatch.setattr(serve, "read_events", read_later)
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:
            organization = await new_organization()
            row = await new_endpoint(sending, organization, receiver.url(), kinds=["TOKEN_REVOKED"], attempts=3)
            await append_events(organization, 1)
            await process.start()
            await claimed.wait()
            await _update(process, organization, row, kinds=[EventKind.TOKEN_REVOKED, EventKind.TOKEN_ISSUED])
            await row.refresh_from_db()
            assert row.attempts == 3
            await append_events(organization, 1)
            changed.set()
            await process.deliver()
    assert [each.event["data"]["name"] for each in receiver.received] == ["Event 1", "Event 3"]


async def test_an_unforeseen_failure_costs_an_attempt_like_any_other(
    fresh: TortoiseContext, sending: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> SentWebhook:
        raise OverflowError("Mon, 01 Jan 99999")

    monkeypatch.setattr(sending.webhooks, "send", fail)
    with fresh:
        async with process_of(sending) as process:
            _, row = await served_endpoint(sending, "http://localhost:1024/", kinds=["TOKEN_ISSUED"])
            await process.deliver()
            await row.refresh_from_db()
            (attempt,) = await stored_attempts(row)
    problem = "This server failed to send the event: its log says more."
    assert (row.problem, row.attempts, attempt.outcome, attempt.problem) == (problem, 1, "FAILED", problem)
    assert row.next_attempt_at is not None
    assert f"Sending an event to {row.id} failed (OverflowError)." in caplog.text


@pytest.mark.parametrize("changed", ["url", "kinds"])
async def test_a_call_that_no_longer_counts_is_abandoned(
    fresh: TortoiseContext, sending: Services, changed: str
) -> None:
    with fresh:
        async with running_receiver(hanging) as receiver, process_of(sending) as process:
            organization, row = await served_endpoint(sending, receiver.url(), kinds=["TOKEN_ISSUED", "TOKEN_REVOKED"])
            await process.start()
            await receiver.wait_for(1)
            receiver.behaviour = responding()
            changes = {"url": receiver.url("/other"), "kinds": [EventKind.TOKEN_ISSUED]}
            await _update(process, organization, row, **{changed: changes[changed]})
            await process.deliver()
            await row.refresh_from_db()
    assert [each.event["data"]["name"] for each in receiver.received] == ["Event 1"] * 2
    assert row.position == 2


async def test_another_url_is_tried_at_once_and_the_old_urls_failures_are_forgotten(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        async with (
            running_receiver(responding("500 Internal Server Error")) as receiver,
            process_of(sending) as process,
        ):
            organization, row = await served_endpoint(sending, receiver.url())
            await process.deliver()
            await _update(process, organization, row, description="Still the same URL")
            await row.refresh_from_db()
            assert (row.problem, row.attempts) == ("The response was 500 Internal Server Error.", 1)
            process.now += timedelta(seconds=1)
            await _update(process, organization, row, url=receiver.url("/other"))
            await row.refresh_from_db()
            assert (row.problem, row.failing_since, row.attempts, row.next_attempt_at) == (None, None, 0, process.now)
            await process.deliver()
    assert [each.target for each in receiver.received] == ["/", "/other"]


async def test_a_retry_ends_the_pause_and_forgets_nothing(fresh: TortoiseContext, sending: Services) -> None:
    with fresh:
        async with running_receiver() as receiver, process_of(sending) as process:
            receiver.behaviour = responding("500 Internal Server Error")
            organization, row = await served_endpoint(sending, receiver.url())
            await process.deliver()
            failing_since = process.now
            process.now += timedelta(seconds=1)
            context = Context(sending, Viewer("cli", organization, "cli", frozenset(Scope)), process.clock)
            due = (await webhooks.replay(context, id_=row.id, after=None)).next_attempt_at
            assert due == process.now
            await process.deliver()
            await row.refresh_from_db()
    assert (row.position, row.attempts, row.failing_since) == (0, 2, failing_since)
    assert [each.event["data"]["name"] for each in receiver.received] == ["Event 1"] * 2

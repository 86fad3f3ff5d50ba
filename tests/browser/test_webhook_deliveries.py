"""A webhook endpoint's page shows its deliveries, and tests, switches, rotates and replays, with a real receiver."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from standardwebhooks import WebhookVerificationError

from models import EventKind, WebhookDeliveryOutcome
from tests.browser.endpoint_page import confirm, fact, path_of
from tests.support.actions import add_endpoint, add_integration
from tests.support.browser import console, go, told
from tests.support.client import Client
from tests.support.deliveries import caught_up
from tests.support.endpoints import add_delivery, resting_endpoint
from tests.support.organizations import Tenant
from tests.support.receivers import Receiver, responding

_FAILED = "The response was 500 Internal Server Error."
_failing = responding("500 Internal Server Error")


async def test_a_failing_endpoint_says_why_and_is_tried_again(
    browser: Browser, client: Client, receiver: Receiver
) -> None:
    receiver.behaviour = _failing
    endpoint = await add_endpoint(client, url=receiver.url())
    async with console(browser, client, "webhooks") as page:
        await add_integration(client)
        await expect(page.get_by_role("row").nth(1)).to_contain_text(re.compile(f"Failing.*{_FAILED}"))
        await go(page, path_of(endpoint))
        await expect(page.locator(".problem")).to_contain_text(f"{_FAILED} The first failure was")
        await expect(page.get_by_role("row").filter(has_text=_FAILED).first).to_contain_text("500")
        receiver.behaviour = responding()
        await page.get_by_role("button", name="Try again now").click()
        await fact(page, "Behind", "up to date")
        await fact(page, "Status", "Enabled")
        await expect(page.locator(".problem")).to_have_count(0)


async def test_a_receiver_that_is_gone_is_told_on_every_page(
    browser: Browser, client: Client, receiver: Receiver
) -> None:
    receiver.behaviour = responding("410 Gone")
    endpoint = await add_endpoint(client, url=receiver.url())
    async with console(browser, client, "integrations") as page:
        await expect(page.locator(".connection")).to_have_text("Live")
        await add_integration(client)
        await told(page, "Webhooks to “localhost” were switched off. The receiver wants no more webhooks")
        await go(page, path_of(endpoint))
        await fact(page, "Status", "Disabled")
        await expect(page.locator(".problem")).to_contain_text("410 Gone")


async def test_a_test_shows_its_outcome(browser: Browser, client: Client, receiver: Receiver) -> None:
    endpoint = await resting_endpoint(client, url=receiver.url())
    async with console(browser, client, path_of(endpoint)) as page:
        await page.get_by_role("button", name="Send test event").click()
        await expect(page.locator(".outcome")).to_contain_text("The receiver accepted the test: status 204, after")
        assert receiver.received[0].verified_by(endpoint["secret"])["type"] == "webhook_endpoint.tested"
        receiver.behaviour = _failing
        await page.get_by_role("button", name="Send test event").click()
        await expect(page.locator(".outcome")).to_have_text(f"The test failed. {_FAILED}")
        await expect(page.get_by_role("row").filter(has_text="Webhook endpoint tested")).to_have_count(2)


@pytest.mark.parametrize(("choice", "number"), [("Send the endpoint what it has missed", 4), ("Skip that", 0)])
async def test_an_endpoint_is_switched_off_and_on(
    browser: Browser, client: Client, receiver: Receiver, choice: str, number: int
) -> None:
    endpoint = await add_endpoint(client, url=receiver.url())
    async with console(browser, client, path_of(endpoint)) as page:
        await page.get_by_role("button", name="Switch off").click()
        await confirm(page, "Switch off")
        await fact(page, "Status", "Disabled")
        await add_integration(client)
        await page.get_by_role("button", name="Switch on").click()
        await page.get_by_role("dialog").get_by_label(choice).check()
        await confirm(page, "Switch on")
        await fact(page, "Status", "Enabled")
        await fact(page, "Behind", "up to date")
    assert len(receiver.received) == number


async def test_a_secret_is_rotated_and_both_sign(browser: Browser, client: Client, receiver: Receiver) -> None:
    endpoint = await add_endpoint(client, url=receiver.url(), kinds=["CREDENTIAL_CREATED"])
    async with console(browser, client, path_of(endpoint)) as page:
        await page.get_by_role("button", name="Rotate secret").click()
        await page.get_by_label("The previous secret signs, too").select_option("For an hour")
        await page.get_by_role("dialog").get_by_role("button", name="Rotate secret").click()
        secret = await page.get_by_role("dialog", name="The new signing secret").locator("code").inner_text()
        await confirm(page, "Close without copying")
        await fact(page, "Previous secret", re.compile("signs, too; erased in 1 hour|erased in 60 minutes"))
        await add_integration(client)
        (received,) = await receiver.wait_for(1)
    assert received.verified_by(secret) == received.verified_by(endpoint["secret"])
    with pytest.raises(WebhookVerificationError):
        received.verified_by("whsec_" + "A" * 32)


async def test_events_are_replayed_from_a_delivery(browser: Browser, client: Client, receiver: Receiver) -> None:
    endpoint = await add_endpoint(client, url=receiver.url(), kinds=["CREDENTIAL_CREATED", "INTEGRATION_CREATED"])
    await add_integration(client)
    await caught_up(client, endpoint["id"])
    async with console(browser, client, path_of(endpoint)) as page:
        await page.get_by_role("button", name="Replay from Integration created").click()
        await expect(page.get_by_role("dialog")).to_contain_text("“Integration created” and all later events")
        await confirm(page, "Replay")
        await receiver.wait_for(3)
        await expect(page.get_by_role("row").filter(has_text="Integration created")).to_have_count(2)
    first, second, again = receiver.received
    assert first.id != second.id == again.id
    assert second.body == again.body


async def test_the_chart_shows_the_last_day_as_text_and_table_too(browser: Browser, tenant: Tenant) -> None:
    endpoint = await resting_endpoint(tenant.client)
    hour = datetime.now(UTC).replace(minute=30) - timedelta(hours=3)
    failed: dict[str, Any] = {"outcome": WebhookDeliveryOutcome.FAILED, "problem": _FAILED}
    for more in ({}, {}, failed):
        await add_delivery(tenant.server, endpoint, attempted_at=hour, kind=EventKind.TOKEN_ISSUED, **more)
    async with console(browser, tenant.client, path_of(endpoint)) as page:
        chart = page.get_by_role("img", name="Deliveries by hour: 2 delivered, 1 failed, 0 skipped")
        bar = chart.locator("g", has=page.locator("rect"))
        await expect(bar).to_have_count(1)
        heights = [float(await part.get_attribute("height") or 0) for part in await bar.locator("rect").all()]
        assert heights[0] == pytest.approx(2 * heights[1])
        await expect(bar.locator("title")).to_have_text(re.compile(r"\d\d:00: 2 delivered, 1 failed, 0 skipped"))
        await page.get_by_text("As a table").click()
        await expect(page.locator(".chart").get_by_role("row")).to_have_count(2)
        await expect(page.locator(".chart").get_by_role("row").nth(1)).to_have_text(re.compile(r"\d\d:00210"))

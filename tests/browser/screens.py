"""Opens every screen and every dialog of the console, one after the other."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, expect

from models import EventKind, WebhookDeliveryOutcome
from tests.support.actions import add_credential, add_endpoint, add_integration
from tests.support.browser import approve_at_stripe, go
from tests.support.client import Client
from tests.support.documents import DELETE_INTEGRATION, ISSUE_TOKEN, UPDATE_INTEGRATION
from tests.support.endpoints import change, resting_endpoint, store_deliveries
from tests.support.oauth import begin, connect
from tests.support.previous import HOUR, replace, reveal
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

_URL = "https://hooks.example.com/drawbridge"
_LONG = "A name without blanks of a hundred letters " + "x" * 57


async def fill(server: RunningServer, client: Client) -> None:
    """Fills an organization with at least one object of each kind."""
    connected = await connect(client, "Acme Ltd")
    await begin(client, "New shop")
    await _fetched_and_replaced(client, "Restricted", {"credentialId": connected["id"]})
    for name, active in (("Invoices", True), ("Billing", True), ("Donations", False)):
        await add_integration(client, name, active=active)
    await client.result(ISSUE_TOKEN, input={"name": "Jane's laptop", "scopes": ["READ"]})
    await resting_endpoint(client, url="http://localhost:9999/", description="Staging")
    await _delivered_to(server, client)


async def _delivered_to(server: RunningServer, client: Client) -> None:
    """Adds a webhook endpoint with attempts of a day. It is called for a kind of which there is no event."""
    endpoint = await add_endpoint(client, url=_URL, description="Invoice sync", kinds=["TOKEN_EXPIRED"])
    now = datetime.now(UTC)
    failed = {"response_status": 503, "problem": "The response was 503 Service Unavailable.", "duration_ms": 2140}
    deliveries: list[dict[str, Any]] = []
    for hour in reversed(range(24)):
        for number in range(hour * 7 % 11):
            given = {"position": number + 2, "attempted_at": now - timedelta(hours=hour, minutes=number)}
            down = {"outcome": WebhookDeliveryOutcome.FAILED, **failed} if hour == 9 and number < 4 else {}
            deliveries.append(
                {"kind": EventKind.CREDENTIAL_STATUS_CHANGED, "duration_ms": 40 + number, **given, **down}
            )
    await store_deliveries(server, endpoint, deliveries)
    await change(server, endpoint, last_success_at=now)


async def _fetched_and_replaced(client: Client, name: str, other: dict[str, Any]) -> None:
    """Adds a credential whose key was fetched, and then replaced and kept. No integration uses it any more."""
    credential = await add_credential(client, name, secret_key(kind="rk_live_"))
    integration = await add_integration(client, "Moved", authentication={"credentialId": credential["id"]})
    await reveal(client, integration["id"])
    await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "authentication": other})
    await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
    await replace(client, credential["id"], secret_key(kind="rk_live_"), keepPreviousSeconds=HOUR)


async def screens(page: Page) -> AsyncIterator[str]:
    """Yields the name of each open screen. The page must be signed in to an organization that `fill` has filled."""
    await go(page, "integrations")
    await expect(page.get_by_role("link", name="Billing")).to_be_visible()
    yield "integrations"
    await page.get_by_label("Search").fill("nothing like this")
    await expect(page.get_by_text("No integrations match.")).to_be_visible()
    yield "nothing-found"
    await go(page, "integrations/new")
    await expect(page.get_by_role("link", name=re.compile("Payments"))).to_be_visible()
    yield "catalogue"
    await go(page, "systems")
    await expect(page.get_by_role("link", name=re.compile("Payments"))).to_be_visible()
    yield "systems"
    await go(page, "help")
    yield "help"
    await go(page, "integrations/new/STRIPE")
    await page.get_by_label("Name").fill("Billing")
    await page.get_by_label("Secret key", exact=True).first.fill(secret_key(behaviour="rejected"))
    await page.get_by_role("button", name="Save Integration").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "add-integration"
    await page.get_by_role("link", name="Activity").click()
    await expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
    yield "leave-without-saving"
    await page.get_by_role("button", name="Leave").click()
    await expect(page.get_by_role("heading", name="Activity")).to_be_focused()
    async for name in _of_an_integration(page):
        yield name
    async for name in _of_credentials(page):
        yield name
    async for name in _of_webhooks(page):
        yield name
    async for name in _of_tokens(page):
        yield name
    await go(page, "nowhere")
    yield "nowhere"
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("API token")).to_be_visible()
    yield "sign-in"


async def _of_an_integration(page: Page) -> AsyncIterator[str]:
    await go(page, "integrations")
    await page.get_by_role("link", name="Billing").click()
    await expect(page.get_by_role("row")).to_have_count(2)
    yield "integration"
    await page.get_by_role("button", name="Delete").click()
    yield "delete-integration"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_role("button", name="Use a connected credential instead").click()
    await expect(page.get_by_role("radio").first).to_be_visible()
    yield "edit-integration"


async def _of_credentials(page: Page) -> AsyncIterator[str]:
    await go(page, "credentials")
    await expect(page.get_by_text("left")).to_be_visible()
    yield "credentials"
    await page.get_by_role("link", name="Restricted").click()
    await expect(page.get_by_text("0 of 1 have fetched the current key.")).to_be_visible()
    await expect(page.get_by_role("button", name="Restore previous key")).to_be_visible()
    yield "credential"
    await go(page, "credentials")
    await page.get_by_role("link", name="Acme Ltd").click()
    await page.get_by_role("button", name="Reconnect").click()
    await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
    yield "connect-again"
    await go(page, "credentials/unknown/connect")
    await expect(page.get_by_text("There is no credential with this id.")).to_be_visible()
    yield "credential-gone"
    await go(page, "credentials/return")
    yield "nothing-to-complete"
    for button, name in (
        ("Rename", "rename-credential"),
        ("Replace key", "replace-key"),
        ("Restore previous key", "restore-key"),
        ("Delete", "delete-credential"),
    ):
        await go(page, "credentials")
        await page.get_by_role("link", name="Restricted").click()
        await page.get_by_role("button", name=button, exact=True).click()
        yield name
        await page.keyboard.press("Escape")
    await go(page, "credentials/new")
    await expect(page.get_by_label("Name")).to_be_visible()
    yield "wizard-system"
    await go(page, "credentials")
    await page.get_by_role("link", name="Continue").click()
    await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
    yield "wizard-stripe"
    await page.get_by_role("button", name="Go to Stripe").click()
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Decline").click()
    await expect(page.get_by_role("heading", name="Access was declined")).to_be_visible()
    yield "declined"
    await page.get_by_role("link", name="Go to the console").click()
    await page.get_by_role("link", name="Continue").click()
    await page.get_by_role("button", name="Go to Stripe").click()
    await approve_at_stripe(page)
    await expect(page.get_by_role("button", name="Create credential")).to_be_visible()
    yield "wizard-approved"


async def _of_webhooks(page: Page) -> AsyncIterator[str]:
    await go(page, "webhooks")
    await page.get_by_role("link", name=_URL).click()
    await expect(page.get_by_role("img", name=re.compile("[1-9] delivered, 4 failed, 0 skipped"))).to_be_visible()
    await expect(page.get_by_role("row").nth(1)).to_be_visible()
    yield "webhook-endpoint"
    await page.get_by_text("As a table").click()
    yield "webhook-endpoint-table"
    await page.get_by_role("button", name="Replay").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    yield "replay-events"
    await page.keyboard.press("Escape")
    await go(page, "webhooks")
    await page.get_by_role("link", name="localhost:9999").click()
    for button, name in (
        ("Rotate secret", "rotate-webhook-secret"),
        ("Switch on", "switch-webhook-endpoint-on"),
        ("Delete", "delete-webhook-endpoint"),
    ):
        await page.get_by_role("button", name=button, exact=True).click()
        yield name
        await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Send test event").click()
    await expect(page.get_by_text("The test failed.")).to_be_visible()
    yield "webhook-test-failed"
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Only these kinds").check()
    await page.get_by_role("button", name="Save endpoint").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "edit-webhook-endpoint"
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("heading", name="localhost:9999")).to_be_focused()
    await go(page, "webhooks")
    await expect(page.get_by_role("row").nth(1)).to_be_visible()
    yield "webhooks"


async def _of_tokens(page: Page) -> AsyncIterator[str]:
    await go(page, "tokens")
    await expect(page.get_by_text("Jane's laptop").first).to_be_visible()
    yield "tokens"
    await page.get_by_role("button", name="Revoke Jane's laptop").click()
    yield "revoke-token"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Issue token").click()
    yield "issue-token"
    await page.get_by_role("dialog").get_by_label("Name").fill("One more")
    await page.get_by_role("dialog").get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="Issue", exact=True).click()
    await expect(page.get_by_text("Copy it now")).to_be_visible()
    yield "issued-token"
    await page.get_by_role("button", name="Close without copying").click()
    await go(page, "activity")
    await expect(page.get_by_role("row").nth(1)).to_be_visible()
    yield "activity"
    await page.get_by_role("row").nth(1).get_by_role("link").last.click()
    await page.get_by_label("To", exact=True).fill("2026-01-01")
    await expect(page.get_by_text("No events match.")).to_be_visible()
    yield "activity-of-one"
    await page.get_by_label("To", exact=True).fill("")
    await page.get_by_role("button", name="Export").click()
    await expect(page.get_by_label("Format")).to_be_visible()
    yield "export-activity"
    await page.keyboard.press("Escape")

"""The guide to creating Stripe credentials, sentence by sentence, in its words and order."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.reader import Reader, reader
from tests.support.browser import counts_down
from tests.support.client import Client
from tests.support.documents import CREDENTIALS


async def _begin(admin: Reader, destination: str) -> None:
    """Steps 1 to 5."""
    await admin.open_page("Integrations")
    await admin.is_on("Integrations")
    await admin.select("Stripe")
    await admin.is_on("Stripe Integrations")
    panel = admin.page.get_by_role("region", name="Credentials")
    await panel.get_by_role("button", name="Configure new credentials").click()
    await admin.is_on("Create")
    await expect(admin.page.get_by_role("heading", name="Stage 1: Select a system and name")).to_be_focused()
    await expect(admin.page.get_by_role("heading", name="Credential details")).to_be_visible()
    await expect(admin.page.get_by_label("External system").locator("option:checked")).to_have_text("Stripe")
    await admin.page.get_by_label("Destination").select_option(destination)
    await admin.enter("Name", "Stripe Credential 1")
    await admin.click("Next")


@pytest.mark.parametrize("destination", ["Stripe", "Stripe (Test Mode)"])
async def test_creating_stripe_integration_credentials(browser: Browser, client: Client, destination: str) -> None:
    async with reader(browser, client) as admin:
        await _begin(admin, destination)
        done = admin.page.get_by_role("listitem").filter(has_text="Stage 1: Select a system and name")
        await expect(done).to_contain_text("completed")
        await expect(admin.page.get_by_role("heading", name="Stage 2: Configure and create")).to_be_focused()
        await expect(admin.page.get_by_role("heading", name="Stripe Connection")).to_be_visible()
        await admin.sees("You provide the authentication details on Stripe's website")
        await admin.click("Go to Stripe")
        await expect(admin.page.get_by_role("heading", name="Get started with Stripe")).to_be_visible()
        await admin.click("Log in")
        await admin.click("Install")
        await admin.open_page("Return to Drawbridge")
        await expect(admin.page.get_by_role("heading", name="Stage 2: Configure and create")).to_be_visible()
        await admin.sees("Stripe has approved access for “Stripe Credential 1 (Incomplete)”")
        await expect(admin.page.get_by_text(destination, exact=True)).to_be_visible()
        await counts_down(admin.page.locator(".countdown"), client)
        await admin.click("Create credential")
        await admin.is_on("Stripe Integrations")
        panel = admin.page.get_by_role("region", name="Credentials")
        await expect(panel.get_by_role("link", name="Stripe Credential 1", exact=True)).to_be_visible()
        await admin.is_told("Credential “Stripe Credential 1” is connected to Stripe.")
    (credential,) = (await client.result(CREDENTIALS))["nodes"]
    assert credential["destination"] == {"Stripe": "STRIPE", "Stripe (Test Mode)": "STRIPE_TEST_MODE"}[destination]


async def test_authentication_that_is_not_completed(browser: Browser, client: Client) -> None:
    async with reader(browser, client) as admin:
        await _begin(admin, "Stripe")
        await expect(admin.page.get_by_role("heading", name="Stage 2: Configure and create")).to_be_visible()
        await admin.open_page("Integrations")
        await admin.select("Stripe")
        await admin.sees_in_the_list("Stripe Credential 1 (Incomplete)", "Incomplete")
        row = admin.row("Stripe Credential 1 (Incomplete)")
        await counts_down(row.locator(".countdown"), client)
        await row.get_by_role("link", name="Continue").click()
        await expect(admin.page.get_by_role("button", name="Go to Stripe")).to_be_visible()

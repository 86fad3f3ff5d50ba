"""The console with Stripe Connect, for operators whose platform Stripe still serves."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import approve_at_stripe, console, told
from tests.support.client import Client
from tests.support.oauth import begin
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer


@pytest.fixture
async def client(any_server: RunningServer) -> Client:
    """A client of a server with the sandbox's Connect platform."""
    return (await new_tenant(any_server)).client


async def test_who_declines_is_told_in_the_console_and_can_try_again(browser: Browser, client: Client) -> None:
    begun = await begin(client)
    async with console(browser, client, f"credentials/{begun['credential']['id']}") as page:
        await expect(page.get_by_text("Stripe Connect", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_role("button", name="Decline").click()
        await expect(page.get_by_role("alert")).to_contain_text("declined")
        await page.get_by_role("button", name="Go to Stripe").click()
        await approve_at_stripe(page)
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")

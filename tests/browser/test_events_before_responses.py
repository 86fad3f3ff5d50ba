"""An event may reach the page before the response to the mutation that caused it. The user still gets to the list."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.support.actions import add_credential, add_integration
from tests.support.browser import approve_at_stripe, console
from tests.support.client import Client


@asynccontextmanager
async def _response_after(page: Page, mutation: str, text: str) -> AsyncIterator[None]:
    """Meanwhile, a mutation's response reaches the page once the page shows this text."""

    async def hold(route: Route) -> None:
        if f"{mutation}(" not in (route.request.post_data or ""):
            await route.continue_()
            return
        response = await route.fetch()
        await expect(page.get_by_text(text)).to_be_visible()
        await route.fulfill(response=response)

    await page.route("**/graphql", hold)
    yield
    await page.unroute("**/graphql")


async def test_who_completes_gets_to_the_list(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await page.get_by_role("button", name="Configure new credentials").first.click()
        await page.get_by_label("Name").fill("Acme")
        await page.get_by_role("button", name="Next").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await approve_at_stripe(page)
        async with _response_after(page, "completeStripeAuth", "is connected. Go on only to connect it anew."):
            await page.get_by_role("button", name="Create credential").click()
            await expect(page.get_by_role("heading", name="Stripe Integrations", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("noun", "add", "heading"),
    [("credential", add_credential, "Stripe Integrations"), ("integration", add_integration, "External Integration")],
)
async def test_who_deletes_gets_to_the_list(
    browser: Browser, client: Client, noun: str, add: Callable[[Client, str], Awaitable[dict[str, Any]]], heading: str
) -> None:
    row = await add(client, "Acme")
    async with console(browser, client, f"{noun}s/{row['id']}") as page:
        await page.get_by_role("button", name="Delete", exact=True).click()
        async with _response_after(page, f"delete{noun.title()}", "“Acme” was deleted, "):
            await page.get_by_role("button", name=f"Delete {noun}").click()
            await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()

"""Pages offer exactly the actions that the viewer's scopes allow."""

import pytest
from playwright.async_api import Browser, expect

from models import Scope
from tests.support.actions import add_integration
from tests.support.browser import console, go
from tests.support.oauth import begin
from tests.support.organizations import Tenant


async def test_who_may_only_read_sees_everything_and_is_offered_nothing_else(browser: Browser, tenant: Tenant) -> None:
    integration = await add_integration(tenant.client, "Billing")
    begun = await begin(tenant.client)
    reader = await tenant.client_with(Scope.READ)
    offered = {"Sign out", "\N{MULTIPLICATION SIGN}", "Name", "Status", "Copy", "Export"}
    async with console(browser, reader) as page:
        for path in (
            "integrations",
            f"integrations/{integration['id']}",
            "credentials",
            f"credentials/{begun['credential']['id']}",
            "activity",
        ):
            await go(page, path)
            await expect(page.get_by_role("table").or_(page.locator(".facts")).first).to_be_visible()
            texts = [await button.inner_text() for button in await page.get_by_role("button").all()]
            names = {text.partition("\n")[0] for text in texts}
            assert names <= offered, path
        await go(page, "integrations")
        await expect(page.get_by_role("switch")).to_be_disabled()
        await expect(page.get_by_role("navigation").get_by_role("link")).to_have_count(5)
        for path in ("integrations/new/STRIPE", f"integrations/{integration['id']}/edit", "credentials/new", "tokens"):
            await go(page, path)
            await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


async def test_who_may_only_manage_tokens_gets_to_the_tokens(browser: Browser, tenant: Tenant) -> None:
    manager = await tenant.client_with(Scope.MANAGE_TOKENS)
    async with console(browser, manager) as page:
        await expect(page.get_by_role("heading", name="Tokens")).to_be_visible()
        await expect(page.get_by_role("row")).to_have_count(3)
        await page.get_by_role("button", name="Issue token").click()
        await expect(page.get_by_role("checkbox")).to_have_count(1)


async def test_a_token_is_issued_shown_once_and_revoked(browser: Browser, tenant: Tenant) -> None:
    async with console(browser, tenant.client, "tokens", permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.get_by_role("button", name="Issue token").click()
        await page.get_by_label("Name").fill("Jane's laptop")
        await page.get_by_label("See integrations, credentials, webhooks and events").check()
        await page.get_by_role("button", name="Issue", exact=True).click()
        secret = await page.get_by_role("dialog").locator("code").inner_text()
        await page.get_by_role("button", name="Copy", exact=True).click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert await page.evaluate("navigator.clipboard.readText()") == secret
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_role("row").filter(has_text="Jane's laptop")).to_contain_text(f"…{secret[-4:]}")
        assert secret not in await page.content()
        await page.get_by_role("button", name="Revoke Jane's laptop").click()
        await page.get_by_role("button", name="Revoke token", exact=True).click()
        await expect(page.get_by_role("row").filter(has_text="Jane's laptop")).to_contain_text("revoked just now")


async def test_the_activity_is_filtered(browser: Browser, tenant: Tenant) -> None:
    await add_integration(tenant.client, "Billing")
    async with console(browser, tenant.client, "activity") as page:
        await expect(page.get_by_role("row")).to_have_count(4)
        await page.get_by_label("Show").select_option("Credential created")
        await expect(page.get_by_role("row")).to_have_count(2)
        await page.get_by_label("Show").select_option("Token revoked")
        await expect(page.get_by_text("No events match.")).to_be_visible()


@pytest.mark.parametrize("token", ["nonsense", "drawbridge_x"])
async def test_a_token_that_does_not_work_is_refused_with_a_sentence(
    browser: Browser, tenant: Tenant, token: str
) -> None:
    async with console(browser, tenant.client, unreachable=True) as page:
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("alert")).to_have_text("You have signed out.")
        await page.get_by_label("API token").fill(token)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("This token does not work.")

"""A credential's page shows who has fetched the current key, keeps the old one for a while, and restores it."""

from playwright.async_api import Browser, Page, expect

from models import Scope
from tests.support.actions import add_integration
from tests.support.browser import console, told
from tests.support.client import Client
from tests.support.organizations import Tenant
from tests.support.previous import replaced, reveal, valid_until
from tests.support.secrecy import secret_key


async def _replace(page: Page, key: str, kept: str) -> None:
    await page.get_by_role("button", name="Replace key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("New secret key", exact=True).first.fill(key)
    await dialog.get_by_label("Keep the old key").select_option(kept)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)


async def test_the_page_counts_who_has_fetched_the_current_key(browser: Browser, tenant: Tenant) -> None:
    integration = await add_integration(tenant.client)
    services = [await tenant.client_with(Scope.REVEAL_SECRETS) for _ in range(3)]
    async with console(browser, tenant.client, f"credentials/{integration['credential']['id']}") as page:
        await expect(page.get_by_text("Nobody has fetched the key yet.")).to_be_visible()
        for service in services:
            await reveal(service, integration["id"])
        await expect(page.get_by_text("3 of 3 have fetched the current key.")).to_be_visible()
        await _replace(page, secret_key(), "Not at all")
        await expect(page.get_by_text("0 of 3 have fetched the current key.")).to_be_visible()
        await reveal(services[1], integration["id"])
        await expect(page.get_by_text("1 of 3 has fetched the current key.")).to_be_visible()
        table = page.get_by_role("table", name="Tokens and users that have fetched the key, the last one first")
        await page.mouse.move(0, 0)  # rows stay under the pointer
        await expect(table.get_by_role("row").nth(1)).to_contain_text("the current one")
        await expect(table.get_by_role("row").nth(2)).to_contain_text("an earlier one, number 1")
        await expect(page.get_by_text("Previous key", exact=True)).to_have_count(0)


async def test_an_old_key_is_kept_for_a_day_and_restored(browser: Browser, client: Client) -> None:
    key, newer = secret_key(), secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    async with console(browser, client, f"credentials/{integration['credential']['id']}") as page:
        await _replace(page, newer, "For a day")
        previous = page.locator("div", has=page.get_by_text("Previous key", exact=True)).last
        await expect(previous).to_contain_text("erased in 24 hours")
        await page.get_by_role("button", name="Restore previous key").click()
        dialog = page.get_by_role("dialog", name="Restore the previous key of “Billing”?")
        for each in (key, newer):
            await expect(dialog).to_contain_text(f"sk_test_…{each[-4:]}")
        await dialog.get_by_role("button", name="Restore key").click()
        await told(page, "Credential “Billing” has its previous key again.")
        await expect(page.get_by_text(f"sk_test_…{key[-4:]}")).to_be_visible()
        await expect(page.get_by_role("button", name="Restore previous key")).to_have_count(0)
    assert (await reveal(client, integration["id"]))["secretKey"] == key


async def test_the_page_hears_that_an_old_key_was_erased(browser: Browser, client: Client) -> None:
    row = await replaced(client, 3)
    async with console(browser, client, f"credentials/{row.credential_id}") as page:
        await expect(page.get_by_role("button", name="Replace key")).to_be_visible()
        await expect(page.get_by_role("button", name="Restore previous key")).to_have_count(0)
        await expect(page.get_by_text("“Billing” was changed")).to_be_visible()
    assert await valid_until(client, row.credential_id) is None


async def test_who_may_not_configure_restores_nothing(browser: Browser, tenant: Tenant) -> None:
    row = await replaced(tenant.client)
    reader = await tenant.client_with(Scope.READ)
    async with console(browser, reader, f"credentials/{row.credential_id}") as page:
        await expect(page.get_by_text("Previous key", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Restore previous key")).to_have_count(0)

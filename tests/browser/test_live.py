"""Open pages stay current: others' changes, restarts, and tokens that end."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from models import Scope
from tests.support.actions import add_integration
from tests.support.browser import console
from tests.support.client import Client
from tests.support.documents import REVOKE_TOKEN, TOKENS
from tests.support.organizations import Tenant, new_tenant
from tests.support.ports import free_port
from tests.support.servers import running_server


async def test_two_windows_see_each_others_changes(browser: Browser, client: Client) -> None:
    await add_integration(client, "Billing")
    async with console(browser, client) as one, console(browser, client, "activity") as other:
        await expect(other.locator(".connection")).to_have_text("Live")
        await one.get_by_role("switch", name="Billing is active").click()
        await expect(other.get_by_role("row").nth(1)).to_contain_text("“Billing” changed its status")
        await add_integration(client, "Shop")
        await expect(one.get_by_role("link", name="Shop")).to_be_visible()


@pytest.mark.usefixtures("sqlite")
async def test_a_page_resumes_after_a_restart_without_a_gap(browser: Browser, tmp_path: Path) -> None:
    port = str(free_port())
    with running_server(tmp_path, PORT=port) as server:
        client = (await new_tenant(server)).client
        async with console(browser, client, unreachable=True) as page:
            await expect(page.locator(".connection")).to_have_text("Live")
            server.kill()
            await expect(page.locator(".connection")).to_have_text("Reconnecting…")
            with running_server(tmp_path, PORT=port):
                await add_integration(client, "Meanwhile")
                await expect(page.get_by_role("link", name="Meanwhile")).to_be_visible()
                await expect(page.locator(".connection")).to_have_text("Live")
                await add_integration(client, "Afterwards")
                await expect(page.get_by_role("link", name="Afterwards")).to_be_visible()


async def test_a_revoked_token_ends_what_its_pages_show(browser: Browser, tenant: Tenant) -> None:
    passing = await tenant.client_with(Scope.CONFIGURE)
    newest = (await tenant.client.result(TOKENS))["nodes"][0]
    async with console(browser, passing, unreachable=True) as page:
        await expect(page.locator(".connection")).to_have_text("Live")
        await tenant.client.result(REVOKE_TOKEN, input={"id": newest["id"]})
        await expect(page.get_by_role("alert")).to_contain_text("token")
        await expect(page.get_by_label("API token")).to_be_visible()
        assert await page.evaluate("sessionStorage.getItem('drawbridge.token')") is None

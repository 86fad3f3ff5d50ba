"""Open pages show other users' changes, resume after restarts and restores, and end when their token is revoked."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from models import Scope
from tests.support.actions import add_credential, add_integration
from tests.support.browser import console, go, told
from tests.support.client import Client
from tests.support.documents import REVOKE_TOKEN, TOKENS
from tests.support.oauth import begin
from tests.support.organizations import Tenant, new_tenant
from tests.support.ports import own_port
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_key

_RECONNECTED = 60_000  # milliseconds; a page reconnects after fifteen seconds at most


async def test_two_windows_see_each_others_changes(browser: Browser, client: Client) -> None:
    await add_integration(client, "Billing")
    async with console(browser, client) as one, console(browser, client, "activity") as other:
        await expect(other.locator(".connection")).to_have_text("Live")
        await one.get_by_role("switch", name="Billing is active").click()
        await one.mouse.move(0, 0)  # rows stay under the pointer
        await expect(other.get_by_role("row").nth(1)).to_contain_text("“Billing” changed its status")
        await add_integration(client, "Shop")
        await expect(one.get_by_role("link", name="Shop")).to_be_visible()


async def test_a_recovery_is_announced_on_every_page(
    browser: Browser, tenant: Tenant, app_server: RunningServer
) -> None:
    client, key = tenant.client, secret_key()
    id_ = (await add_credential(client, "Keys", key))["id"]
    viewer = await tenant.client_with(Scope.READ)
    async with console(browser, viewer, "activity") as page:
        await expect(page.locator(".connection")).to_have_text("Live")
        await change_key(app_server, client, id_, key, "rejected")
        await told(page, "“Keys” is no longer connected.")
        await change_key(app_server, client, id_, key, "accepted")
        await told(page, "“Keys” is connected again.")


@pytest.mark.usefixtures("sqlite")
async def test_a_page_resumes_after_a_restart_without_a_gap(browser: Browser, tmp_path: Path) -> None:
    settings = {"PORT": str(own_port()), "STRIPE_AUTH_TTL_SECONDS": "10"}
    with running_server(tmp_path, **settings) as server:
        client = (await new_tenant(server)).client
        async with console(browser, client, unreachable=True) as page:
            await expect(page.locator(".connection")).to_have_text("Live")
            await begin(client, "Left behind")
            server.kill()
            await expect(page.locator(".connection")).to_have_text("Reconnecting…")
            await go(page, "credentials")
            await expect(page.get_by_text("The server could not be reached.")).to_be_visible()
            with running_server(tmp_path, **settings):
                await expect(page.locator(".connection")).to_have_text("Live", timeout=_RECONNECTED)
                await told(page, "“Left behind” was not completed in time, and has been removed.")
                await expect(page.get_by_text("There are no credentials yet.")).to_be_visible()
                await add_credential(client, "Afterwards")
                await expect(page.get_by_role("link", name="Afterwards")).to_be_visible()


@pytest.mark.usefixtures("sqlite")
async def test_a_page_begins_anew_after_an_older_database_was_restored(browser: Browser, tmp_path: Path) -> None:
    port, older = str(own_port()), tmp_path / "older.sqlite3"
    with running_server(tmp_path, PORT=port) as server:
        database = server.settings.database.sqlite_path
        client = (await new_tenant(server)).client
        await add_integration(client, "Kept")
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(older)) as copy:
            source.backup(copy)
        async with console(browser, client, unreachable=True) as page:
            await add_integration(client, "Lost")
            await expect(page.get_by_role("link", name="Lost")).to_be_visible()
            server.kill()
            _restore(older, database)
            with running_server(tmp_path, PORT=port):
                await expect(page.get_by_role("link", name="Lost")).to_have_count(0, timeout=_RECONNECTED)
                await add_integration(client, "New")
                await expect(page.get_by_role("link", name="New")).to_be_visible()
                await expect(page.locator(".connection")).to_have_text("Live")


async def test_a_revoked_token_ends_its_pages_and_typed_text_is_kept(browser: Browser, tenant: Tenant) -> None:
    passing = await tenant.client_with(Scope.CONFIGURE)
    newest = (await tenant.client.result(TOKENS))["nodes"][0]
    async with console(browser, passing, "integrations/new/STRIPE", unreachable=True) as page:
        await expect(page.locator(".connection")).to_have_text("Live")
        await page.get_by_label("Name").fill("Half typed")
        await tenant.client.result(REVOKE_TOKEN, input={"id": newest["id"]})
        await expect(page.get_by_role("alert")).to_contain_text("token")
        await expect(page.get_by_label("API token")).to_be_visible()
        assert await page.evaluate("sessionStorage.getItem('drawbridge.token')") is None
        await page.get_by_label("API token").fill(str(tenant.client.token))
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_label("Name")).to_have_value("Half typed")


def _restore(older: Path, database: Path) -> None:
    for left in database.parent.glob(f"{database.name}-*"):
        left.unlink()
    older.replace(database)

"""Webhook endpoints are added, changed and deleted by whoever may configure."""

import re

from playwright.async_api import Browser, expect

from models import Scope
from tests.browser.endpoint_page import confirm, fact, path_of
from tests.support.actions import add_endpoint, add_integration
from tests.support.browser import console, go, told
from tests.support.client import Client
from tests.support.endpoints import resting_endpoint
from tests.support.organizations import Tenant
from tests.support.receivers import Receiver, responding

_FAILED = "The response was 500 Internal Server Error."
_failing = responding("500 Internal Server Error")


async def test_an_endpoint_is_added_and_its_secret_shown_once(
    browser: Browser, client: Client, receiver: Receiver
) -> None:
    async with console(browser, client, "webhooks", permissions=["clipboard-read", "clipboard-write"]) as page:
        await page.get_by_role("button", name="Add endpoint").first.click()
        await page.get_by_label("URL").fill("ftp://example.com")
        await page.get_by_label("Only these kinds").check()
        await page.get_by_role("button", name="Save endpoint").click()
        await expect(page.get_by_role("alert")).to_have_text("Choose at least one kind of event.")
        await page.get_by_label("Credential created").check()
        await page.get_by_role("button", name="Save endpoint").click()
        await expect(page.get_by_label("URL")).to_be_focused()
        await expect(page.get_by_role("alert")).to_contain_text("https")
        await page.get_by_label("URL").fill(receiver.url("/hooks"))
        await page.get_by_label("Description").fill("Invoice sync")
        await page.get_by_role("button", name="Save endpoint").click()
        dialog = page.get_by_role("dialog", name="The signing secret")
        secret = await dialog.locator("code").inner_text()
        await page.keyboard.press("Escape")  # it would be lost
        await dialog.get_by_role("button", name="Copy", exact=True).click()
        await expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
        assert await page.evaluate("navigator.clipboard.readText()") == secret
        await dialog.get_by_role("button", name="Done").click()
        await expect(page.get_by_role("heading", name=receiver.url("/hooks"))).to_be_visible()
        await fact(page, "Events", "Credential created")
        assert secret not in await page.content()
        await add_integration(client)
        (received,) = await receiver.wait_for(1)
        assert received.verified_by(secret)["type"] == "credential.created"
        await fact(page, "Behind", "up to date")
        await expect(page.get_by_role("row").filter(has_text="Delivered")).to_contain_text("204")
        await page.get_by_role("link", name="← Back").click()
        row = page.get_by_role("row").filter(has_text="Invoice sync")
        await expect(row).to_contain_text(re.compile("Enabled.*1 kind.*up to date.*just now"))


async def test_settings_are_changed(browser: Browser, client: Client, receiver: Receiver) -> None:
    endpoint = await resting_endpoint(client, url=receiver.url(), description="Before", kinds=["TOKEN_ISSUED"])
    async with console(browser, client, path_of(endpoint)) as page:
        await page.get_by_role("button", name="Edit").click()
        await expect(page.get_by_label("Token issued")).to_be_checked()
        await page.get_by_label("All kinds").check()
        await page.get_by_label("Description").fill("")
        await page.get_by_role("button", name="Save endpoint").click()
        await told(page, "Webhook endpoint localhost has been updated.")
        await fact(page, "Events", "All kinds, also those of later versions")
        await expect(page.get_by_text("Description", exact=True)).to_have_count(0)


async def test_an_endpoint_is_deleted_after_a_question(browser: Browser, client: Client) -> None:
    endpoint = await resting_endpoint(client)
    async with console(browser, client, path_of(endpoint)) as page:
        await page.get_by_role("button", name="Delete").click()
        question = f"Are you sure you want to delete “{endpoint['url']}”?"
        await expect(page.get_by_role("dialog", name=question)).to_be_visible()
        await page.keyboard.press("Enter")  # Cancel has the focus
        await page.get_by_role("button", name="Delete").click()
        await confirm(page, "Delete endpoint")
        await expect(page.get_by_text("There are no webhook endpoints yet.")).to_be_visible()
        await go(page, path_of(endpoint))
        await expect(page.get_by_text("“localhost” was deleted, just now")).to_be_visible()


async def test_who_may_only_read_changes_nothing(browser: Browser, tenant: Tenant, receiver: Receiver) -> None:
    receiver.behaviour = _failing
    endpoint = await add_endpoint(tenant.client, url=receiver.url())
    await add_integration(tenant.client)
    await receiver.wait_for(1)
    reader = await tenant.client_with(Scope.READ)
    async with console(browser, reader, path_of(endpoint)) as page:
        await expect(page.get_by_text(_FAILED).first).to_be_visible()
        await expect(page.get_by_role("row").filter(has_text=_FAILED).first).to_be_visible()
        for name in ("Send test event", "Edit", "Rotate secret", "Switch off", "Delete", "Try again now", "Replay"):
            await expect(page.get_by_role("button", name=name)).to_have_count(0)
        await go(page, "webhooks")
        await expect(page.get_by_role("link", name=receiver.url())).to_be_visible()
        await expect(page.get_by_role("button", name="Add endpoint")).to_have_count(0)
        for path in ("webhooks/new", f"{path_of(endpoint)}/edit"):
            await go(page, path)
            await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


async def test_what_was_typed_is_kept_and_the_keyboard_is_enough(browser: Browser, client: Client) -> None:
    async with console(browser, client, "webhooks/new") as page:
        await page.keyboard.press("Tab")
        await page.keyboard.type("http://localhost:9999/")
        await page.keyboard.press("Tab")
        await page.keyboard.type("By keyboard")
        await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.get_by_role("link", name="Activity").click()
        await page.get_by_role("dialog").get_by_role("button", name="Leave").click()
        await expect(page.get_by_role("heading", name="Activity")).to_be_focused()
        await go(page, "webhooks/new")
        await expect(page.get_by_label("URL")).to_have_value("http://localhost:9999/")
        await expect(page.get_by_label("Only these kinds")).to_be_checked()
        await expect(page.get_by_label("Integration created")).to_be_checked()
        await page.get_by_label("URL").press("Enter")
        await expect(page.get_by_role("dialog", name="The signing secret")).to_be_visible()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="http://localhost:9999/")).to_be_focused()


async def test_a_page_whose_code_cannot_be_loaded_says_so(browser: Browser, client: Client) -> None:
    async with console(browser, client, unreachable=True) as page:
        await page.context.set_offline(True)
        await page.get_by_role("link", name="Webhooks").click()
        await expect(page.get_by_role("alert")).to_contain_text("The server could not be reached.")
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text("There are no webhook endpoints yet.")).to_be_visible()

"""Details that a walk through the console by hand has shown: waiting, Escape, print, and names from right to left."""

import asyncio

from playwright.async_api import Browser, Route, expect

from tests.support.actions import add_credential, add_integration
from tests.support.browser import console
from tests.support.client import Client
from tests.support.documents import UPDATE_CREDENTIAL, UPDATE_INTEGRATION

_HEBREW = "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET} (1)"


async def test_a_list_shows_that_it_is_searching(browser: Browser, client: Client) -> None:
    await add_integration(client, "Coral")
    async with console(browser, client) as page:
        answer = asyncio.Event()

        async def hold(route: Route) -> None:
            if "coral" in (route.request.post_data or ""):
                await answer.wait()
            await route.continue_()

        await page.route("**/graphql", hold)
        table = page.get_by_role("table")
        await expect(table).to_have_attribute("aria-busy", "false")
        await page.get_by_label("Search").fill("coral")
        await expect(table).to_have_attribute("aria-busy", "true")
        await expect(table.locator("tbody")).to_have_css("opacity", "0.5")
        answer.set()
        await expect(table).to_have_attribute("aria-busy", "false")


async def test_a_token_that_is_shown_once_stays_until_it_is_closed(browser: Browser, client: Client) -> None:
    async with console(browser, client, "tokens") as page:
        await page.get_by_role("button", name="Issue token").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("Once")
        await dialog.get_by_role("checkbox").first.check()
        await dialog.get_by_role("button", name="Issue", exact=True).click()
        await expect(dialog.get_by_role("button", name="Copy", exact=True)).to_be_focused()
        for _ in range(3):  # a browser lets the second Escape pass where only `cancel` is handled
            await page.keyboard.press("Escape")
        await dialog.get_by_role("heading").click()  # takes the focus from the buttons
        for _ in range(3):
            await page.keyboard.press("Escape")
        await expect(dialog.get_by_text("Copy it now")).to_be_visible()
        await dialog.get_by_role("button", name="Close without copying").click()
        await expect(dialog).to_have_count(0)


async def test_a_conflict_names_one_way_on(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    async with console(browser, client, f"integrations/{integration['id']}/edit") as page:
        await page.get_by_label("Name").fill("Mine")
        await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Theirs"})
        await page.get_by_role("button", name="Save Integration").click()
        await expect(page.get_by_role("alert")).to_have_count(1)
        await expect(page.get_by_role("alert")).to_contain_text("Save again to replace that")
    credential = await add_credential(client, "Key")
    async with console(browser, client, f"credentials/{credential['id']}") as page:
        await page.get_by_role("button", name="Rename").click()
        await page.get_by_role("textbox", name="Name").fill("Mine")
        await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "Theirs"})
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Save again to replace that")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Mine")).to_be_visible()


async def test_a_name_from_right_to_left_leaves_the_sentence_in_its_order(browser: Browser, client: Client) -> None:
    await add_integration(client, _HEBREW)
    async with console(browser, client, "activity") as page:
        sentence = page.get_by_role("link", name="was added").first
        await expect(sentence).to_have_text(f"“{_HEBREW}” was added")
        left = await sentence.evaluate("link => link.getBoundingClientRect().left")
        name = await sentence.locator("bdi").evaluate("name => name.getBoundingClientRect().right")
        words = await sentence.evaluate(
            """link => { const range = document.createRange(); range.selectNode(link.lastChild);
            return range.getBoundingClientRect().left }"""
        )
        assert left < name <= words + 1


async def test_print_has_all_headings_and_no_controls(browser: Browser, client: Client) -> None:
    await add_integration(client, "Billing")
    async with console(browser, client) as page:
        await page.emulate_media(media="print")
        for heading in ("Name", "Account", "Status", "Key", "Last checked"):
            await expect(page.get_by_role("columnheader", name=heading).get_by_text(heading)).to_be_visible()
        await expect(page.get_by_role("button", name="Add Integration")).to_be_hidden()
        await expect(page.get_by_label("Search")).to_be_hidden()

"""Nothing is lost: places, typed text, and what others change meanwhile."""

from urllib.parse import unquote

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.actions import add_integration
from tests.support.browser import console, go
from tests.support.client import Client
from tests.support.documents import DELETE_INTEGRATION, UPDATE_INTEGRATION
from tests.support.secrecy import keep, secret_key

_NEW = "integrations/new/STRIPE"


def _key_field(page: Page) -> Locator:
    return page.get_by_label("Secret key", exact=True).first


async def _save(page: Page) -> None:
    await page.get_by_role("button", name="Save Integration").click()


async def test_leaving_asks_and_what_was_typed_is_kept_but_no_key(browser: Browser, client: Client) -> None:
    async with console(browser, client, _NEW) as page:
        await page.get_by_label("Name").fill("Billing")
        await _key_field(page).fill(secret_key())
        await page.get_by_role("link", name="Activity").click()
        dialog = page.get_by_role("dialog", name="Leave without saving?")
        await dialog.get_by_role("button", name="Stay").click()
        await expect(page.get_by_label("Name")).to_have_value("Billing")
        await page.get_by_role("link", name="Activity").click()
        await dialog.get_by_role("button", name="Leave").click()
        await expect(page.get_by_role("heading", name="Activity")).to_be_visible()
        assert "sk_test" not in await page.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage })")
        await page.go_back()
        await expect(page.get_by_label("Name")).to_have_value("Billing")
        await expect(_key_field(page)).to_have_value("")
        await page.get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Add Integration").first.click()
        await page.get_by_role("link").filter(has_text="Payments").click()
        await expect(page.get_by_label("Name")).to_have_value("")


async def test_search_filters_order_and_page_are_in_the_address(browser: Browser, client: Client) -> None:
    for number in range(21):
        await add_integration(client, f"Shop {number:02}", active=number != 7)
    async with console(browser, client) as page:
        rows = page.get_by_role("row")
        await expect(page.get_by_text("1\N{EN DASH}20 of 21")).to_be_visible()
        await page.get_by_role("button", name="Next").click()
        await expect(page.get_by_text("21\N{EN DASH}21 of 21")).to_be_visible()
        await page.get_by_role("link", name="Shop 00").click()
        await expect(page.get_by_role("heading", name="Shop 00")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_text("21\N{EN DASH}21 of 21")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("21\N{EN DASH}21 of 21")).to_be_visible()
        await page.get_by_role("button", name="Previous").click()
        await expect(rows).to_have_count(21)
        await page.get_by_role("columnheader", name="Name").get_by_role("button").click()
        await expect(rows.nth(1)).to_contain_text("Shop 00")
        await page.get_by_label("Search").fill("  shop 1 ")
        await expect(rows).to_have_count(11)
        await page.get_by_role("link", name="Shop 10").click()
        await page.get_by_role("link", name="← Back").click()
        await expect(page.get_by_label("Search")).to_have_value("shop 1")
        await expect(rows).to_have_count(11)
        await page.get_by_label("Search").fill("")
        await page.get_by_label("Status").select_option("Inactive")
        await expect(rows).to_have_count(2)
        await page.get_by_label("Destination").select_option("Stripe")
        await expect(page.get_by_text("No integrations match.")).to_be_visible()


async def test_an_integration_is_found_by_its_id_and_by_its_account(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    await add_integration(client, "Live", authentication={"secretKey": secret_key(behaviour="otheraccount")})
    async with console(browser, client) as page:
        await page.get_by_label("Search").fill(integration["id"])
        await expect(page.get_by_role("row")).to_have_count(2)
        await page.get_by_label("Search").fill(integration["credential"]["account"]["accountId"])
        await expect(page.get_by_role("link", name="Live")).to_have_count(0)
        await expect(page.get_by_role("link", name="Billing")).to_be_visible()


@pytest.mark.parametrize(
    ("prefix", "rest"),
    [("sk_test_", "51SandboxKeyOfShop4242"), ("rkcs_test_", "51Sandbox-Key-Of_4343"), ("rk_test_", "51Sand-Sho-4-4")],
)
async def test_rows_are_found_by_the_end_of_the_key_and_a_whole_key_is_masked(
    browser: Browser, client: Client, prefix: str, rest: str
) -> None:
    key, ending = keep(prefix + rest), rest[-4:]
    await add_integration(client, "Shop", authentication={"secretKey": key})
    await add_integration(client, f"{ending} Main Street")
    await add_integration(client, "Billing")
    async with console(browser, client) as page:
        rows, search = page.get_by_role("row"), page.get_by_label("Search")
        masked = f"{prefix}…{ending}"
        for typed, shown in ((ending, ending), (f"{prefix}...{ending}", f"{prefix}...{ending}"), (key, masked)):
            await search.fill("")
            await expect(rows).to_have_count(4)
            await search.fill(typed)
            await expect(rows).to_have_count(3)
            await expect(page.get_by_role("link", name="Billing")).to_have_count(0)
            await expect(search).to_have_value(shown)
        assert key not in unquote(await page.evaluate("location.href + JSON.stringify({ ...sessionStorage })"))
        await go(page, f"credentials?search={ending}")
        await expect(rows).to_have_count(3)
        await go(page, "integrations/new/STRIPE")
        await page.get_by_role("button", name="Use a connected credential instead").click()
        await page.get_by_label("Search credentials").fill(masked)
        await expect(page.get_by_role("radio")).to_have_count(2)


async def test_rows_stay_under_the_pointer_when_somebody_adds_one(browser: Browser, client: Client) -> None:
    await add_integration(client, "First")
    async with console(browser, client) as page:
        await page.get_by_role("link", name="First").hover()
        await add_integration(client, "Second")
        await expect(page.get_by_role("button", name="1 change: show")).to_be_visible()
        await expect(page.get_by_role("row").nth(1)).to_contain_text("First")
        await page.mouse.move(0, 0)
        await expect(page.get_by_role("row").nth(1)).to_contain_text("Second")


async def test_somebody_elses_change_is_shown_before_it_is_overwritten(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    async with console(browser, client, f"integrations/{integration['id']}/edit") as page:
        await page.get_by_label("Name").fill("Mine")
        await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Theirs"})
        await _save(page)
        await expect(page.get_by_text("changed this integration")).to_be_visible()
        await expect(page.get_by_role("listitem").filter(has_text="Name: Theirs")).to_be_visible()
        await expect(page.get_by_label("Name")).to_have_value("Mine")
        await _save(page)
        await expect(page.get_by_role("heading", name="Mine")).to_be_visible()


async def test_what_somebody_deletes_meanwhile_can_be_added_anew(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    async with console(browser, client, f"integrations/{integration['id']}/edit") as page:
        await page.get_by_label("Name").fill("Mine")
        await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
        await expect(page.get_by_role("alert")).to_contain_text("“Billing” was deleted by")
        await page.get_by_role("button", name="Add it as a new integration").click()
        await expect(page.get_by_role("heading", name="Add Stripe integration")).to_be_visible()
        await expect(page.get_by_label("Name")).to_have_value("Mine")


async def test_what_does_not_exist_says_so_and_leads_back(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
    async with console(browser, client, f"integrations/{integration['id']}") as page:
        await expect(page.get_by_text("“Billing” was deleted").first).to_be_visible()
        await page.get_by_role("button", name="All integrations").click()
        await expect(page.get_by_text("There are no integrations yet.")).to_be_visible()
    async with console(browser, client, "integrations/integration_01m7zya908eqrbf2erv6qwz5ee") as page:
        await expect(page.get_by_text("There is no integration with this id.")).to_be_visible()

"""The External Integration pages besides the guide: errors, lost answers, credentials, switches."""

import asyncio

from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.support.actions import add_credential, add_integration
from tests.support.browser import console, told
from tests.support.client import Client
from tests.support.documents import DELETE_INTEGRATION, INTEGRATIONS
from tests.support.secrecy import secret_key

_NEW = "integrations/new/STRIPE"


def _key_field(page: Page) -> Locator:
    return page.get_by_label("Secret key", exact=True).first


async def _save(page: Page) -> None:
    await page.get_by_role("button", name="Save Integration").click()


async def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    browser: Browser, client: Client
) -> None:
    await add_integration(client, "Billing")
    key = secret_key(behaviour="rejected")
    async with console(browser, client, _NEW) as page:
        await _save(page)
        await expect(page.get_by_role("alert")).to_have_text("Enter the secret key.")
        await page.get_by_label("Name").fill("Invoices")
        await _key_field(page).fill(key)
        await _save(page)
        await expect(_key_field(page)).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_role("alert")).to_contain_text("The secret key is invalid")
        await expect(_key_field(page)).to_have_value(key)
        await page.get_by_role("button", name="Show").click()
        await expect(_key_field(page)).to_have_attribute("type", "text")
        await _key_field(page).fill(secret_key())
        await page.get_by_label("Name").fill("Billing")
        await _save(page)
        await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("Name").fill("Invoices")
        await _save(page)
        await told(page, "Integration “Invoices” has been added.")


async def test_what_was_saved_inactive_can_be_activated_at_once(browser: Browser, client: Client) -> None:
    async with console(browser, client, _NEW) as page:
        await page.get_by_label("Name").fill("Billing")
        await _key_field(page).fill(secret_key())
        await _save(page)
        await told(page, "Integration “Billing” has been added. It is inactive.")
        await page.locator(".messages").get_by_role("button", name="Activate").click()
        await expect(page.get_by_role("switch", name="Billing is active")).to_be_checked()


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_done_twice(
    browser: Browser, client: Client
) -> None:
    lost: list[str] = []

    async def lose_the_first(route: Route) -> None:
        if "createIntegration" in (route.request.post_data or "") and not lost:
            lost.append(await (await route.fetch()).text())
            await route.abort()
        else:
            await route.continue_()

    async with console(browser, client, _NEW, unreachable=True) as page:
        await page.route("**/graphql", lose_the_first)
        await page.get_by_label("Name").fill("Billing")
        await _key_field(page).fill(secret_key())
        await _save(page)
        await expect(page.get_by_text("Trying again (2 of 5)")).to_be_visible()
        await told(page, "Integration “Billing” has been added.")
    assert "CreateIntegrationSuccess" in lost[0]
    assert len((await client.result(INTEGRATIONS))["nodes"]) == 1


async def test_an_integration_is_added_by_a_credential_that_there_is(browser: Browser, client: Client) -> None:
    await add_credential(client, "Keys")
    async with console(browser, client, _NEW) as page:
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_role("button", name="Use a connected credential instead").click()
        await _save(page)
        await expect(page.get_by_role("alert")).to_have_text("Choose a credential.")
        await page.get_by_role("radio", name="Keys").check()
        await _save(page)
        row = page.get_by_role("row").filter(has_text="Billing")
        await expect(row.get_by_text("Inactive")).to_be_visible()
    (added,) = (await client.result(INTEGRATIONS))["nodes"]
    assert added["credential"]["name"] == "Keys"


async def test_a_credential_is_found_by_its_name_among_101_that_contain_it(browser: Browser, client: Client) -> None:
    for number in range(101):
        await add_credential(client, f"Shop {number}")
    async with console(browser, client, _NEW) as page:
        await page.get_by_role("button", name="Use a connected credential instead").click()
        await expect(page.get_by_text("10 of 101 credentials. Search for the others.")).to_be_visible()
        await page.get_by_label("Search credentials").fill("shop 77")
        await expect(page.get_by_role("radio")).to_have_count(1)
        await page.get_by_role("radio", name="Shop 77").check()


async def test_a_live_key_is_called_one_before_it_is_saved(browser: Browser, client: Client) -> None:
    async with console(browser, client, _NEW) as page:
        await _key_field(page).fill(secret_key("sk_live_"))
        await expect(page.get_by_text("This is a live key, for real payments.")).to_be_visible()


async def test_a_key_that_was_typed_stays_while_one_looks_at_the_credentials(browser: Browser, client: Client) -> None:
    key = secret_key()
    async with console(browser, client, _NEW) as page:
        await _key_field(page).fill(key)
        await page.get_by_role("button", name="Use a connected credential instead").click()
        await page.get_by_role("button", name="Use a secret key instead").click()
        await expect(_key_field(page)).to_have_value(key)


async def test_from_test_to_live_there_is_a_way_on(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    key = secret_key(kind="sk_live_")
    async with console(browser, client, f"integrations/{integration['id']}/edit") as page:
        await _key_field(page).fill(key)
        await _save(page)
        await expect(_key_field(page)).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("Use this key although it is for another Stripe account or mode").check()
        await _save(page)
        await expect(page.get_by_text(f"sk_live_…{key[-4:]}")).to_be_visible()


async def test_a_switch_that_is_refused_says_why_beside_it(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")

    async def keep_from_reading(route: Route) -> None:
        reads = "integrations(" in (route.request.post_data or "")
        await (route.abort() if reads else route.continue_())

    async with console(browser, client, unreachable=True) as page:
        await expect(page.get_by_role("switch")).to_be_visible()
        await page.route("**/graphql", keep_from_reading)
        await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
        await page.get_by_role("switch").click()
        row = page.get_by_role("row").filter(has_text="Billing")
        await expect(row.get_by_role("alert")).to_have_text("There is no integration with this id.")
        await expect(page.get_by_role("switch")).to_be_checked()


async def test_quick_clicks_on_a_switch_are_one_change(browser: Browser, client: Client) -> None:
    await add_integration(client, "Billing")
    async with console(browser, client) as page:
        switch = page.get_by_role("switch", name="Billing is active")
        await switch.evaluate("element => { for (let click = 0; click < 21; click++) element.click() }")
        await told(page, "Integration “Billing” has been deactivated.")
        await page.get_by_role("link", name="Activity").click()
        await expect(page.get_by_text("“Billing” changed its status: Inactive")).to_have_count(1)
        await expect(page.get_by_text("“Billing” changed its status: Active")).to_have_count(0)


async def test_what_is_saved_late_moves_nobody_who_has_gone_elsewhere(browser: Browser, client: Client) -> None:
    gone = asyncio.Event()

    async def delay(route: Route) -> None:
        if "createIntegration" in (route.request.post_data or ""):
            await gone.wait()
        await route.continue_()

    async with console(browser, client, _NEW) as page:
        await page.route("**/graphql", delay)
        await page.get_by_label("Name").fill("Billing")
        await _key_field(page).fill(secret_key())
        await _save(page)
        await expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
        await expect(page.get_by_text("Still working.")).to_be_visible()
        await page.get_by_role("link", name="Activity").click()
        await page.get_by_role("button", name="Leave").click()
        await expect(page.get_by_role("heading", name="Activity")).to_be_visible()
        gone.set()
        await told(page, "Integration “Billing” has been added.")
        await expect(page.get_by_role("heading", name="Activity")).to_be_visible()


async def test_what_was_chosen_stays_when_there_is_more_to_choose_from(browser: Browser, client: Client) -> None:
    await add_credential(client, "First")
    async with console(browser, client, _NEW) as page:
        await page.get_by_role("button", name="Use a connected credential instead").click()
        await page.get_by_role("radio", name="First").check()
        await add_credential(client, "Second")
        await expect(page.get_by_role("radio")).to_have_count(2)
        await expect(page.get_by_role("radio", name="First")).to_be_checked()

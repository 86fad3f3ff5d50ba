"""The Integrations pages: integrations are added, edited, switched and deleted by mouse."""

import asyncio

from playwright.async_api import Browser, Page, Route, expect

from tests.support.actions import add_credential, add_integration, state
from tests.support.browser import console, told
from tests.support.client import Client
from tests.support.documents import DELETE_INTEGRATION, INTEGRATIONS
from tests.support.secrecy import secret_key


async def _begin_to_add(page: Page) -> None:
    await page.get_by_role("button", name="Add Integration").first.click()
    await page.get_by_role("link", name="Stripe Payments").click()


async def _key_field(page: Page) -> str:
    return await page.get_by_label("Secret key", exact=True).last.input_value()


async def test_an_integration_is_added_by_its_secret_key(browser: Browser, client: Client) -> None:
    key = secret_key()
    async with console(browser, client) as page:
        await expect(page.get_by_text("There are no integrations yet.")).to_be_visible()
        await _begin_to_add(page)
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_label("Secret key", exact=True).last.fill(key)
        await page.get_by_role("button", name="Save").click()
        await told(page, "Integration “Billing” has been added.")
        row = page.get_by_role("row").filter(has_text="Billing")
        for text in ("Stripe", "Stripe (Test Mode)", "Active", f"sk_test_…{key[-4:]}"):
            await expect(row.get_by_text(text, exact=True)).to_be_visible()
        await expect(row.get_by_role("switch")).to_be_checked()


async def test_cancel_goes_back_and_nothing_was_added(browser: Browser, client: Client) -> None:
    before = await state(client)
    async with console(browser, client) as page:
        await _begin_to_add(page)
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("heading", name="External Integrations")).to_be_focused()
        await expect(page.get_by_text("There are no integrations yet.")).to_be_visible()
    assert await state(client) == before


async def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    browser: Browser, client: Client
) -> None:
    await add_integration(client, "Billing")
    key = secret_key(behaviour="rejected")
    async with console(browser, client, "integrations/new/STRIPE") as page:
        await page.get_by_label("Name").fill("Invoices")
        await page.get_by_label("Secret key", exact=True).last.fill(key)
        await page.get_by_role("button", name="Save").click()
        field = page.get_by_label("Secret key", exact=True).last
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_role("alert")).to_contain_text("Stripe does not accept this secret key.")
        assert await _key_field(page) == key
        await page.get_by_role("button", name="Show").click()
        await expect(field).to_have_attribute("type", "text")
        await field.fill(secret_key())
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("Name").fill("Invoices")
        await page.get_by_role("button", name="Save").click()
        await told(page, "Integration “Invoices” has been added.")


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

    async with console(browser, client, "integrations/new/STRIPE", unreachable=True) as page:
        await page.route("**/graphql", lose_the_first)
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_label("Secret key", exact=True).last.fill(secret_key())
        await page.get_by_role("button", name="Save").click()
        await told(page, "Integration “Billing” has been added.")
    assert "CreateIntegrationSuccess" in lost[0]
    assert len((await client.result(INTEGRATIONS))["nodes"]) == 1


async def test_an_integration_is_added_by_a_credential_that_there_is(browser: Browser, client: Client) -> None:
    await add_credential(client, "Keys")
    async with console(browser, client, "integrations/new/STRIPE") as page:
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_label("A credential that is connected already").check()
        await page.get_by_label("Credential", exact=True).select_option(label="Keys · Stripe (Test Mode)")
        await page.get_by_label("Active").uncheck()
        await page.get_by_role("button", name="Save").click()
        row = page.get_by_role("row").filter(has_text="Billing")
        await expect(row.get_by_text("Inactive")).to_be_visible()
    (added,) = (await client.result(INTEGRATIONS))["nodes"]
    assert added["credential"]["name"] == "Keys"


async def test_an_integration_is_edited_switched_and_deleted_and_tells_its_history(
    browser: Browser, client: Client
) -> None:
    await add_integration(client, "Billing")
    async with console(browser, client) as page:
        await page.get_by_role("switch", name="Billing is active").click()
        await told(page, "Integration “Billing” has been deactivated.")
        await page.get_by_role("link", name="Billing").click()
        await page.get_by_role("button", name="Edit").click()
        await page.get_by_label("Name").fill("Invoices")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Invoices")).to_be_visible()
        happened = page.get_by_role("table").get_by_role("row")
        await expect(happened).to_have_count(4)
        await expect(happened.nth(1)).to_contain_text("“Invoices” was changed")
        await page.get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("dialog", name="Delete “Invoices”?")
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(dialog).to_be_hidden()
        await page.get_by_role("button", name="Delete").click()
        await dialog.get_by_role("button", name="Delete integration").click()
        await told(page, "Integration “Invoices” has been deleted.")
        await expect(page.get_by_text("There are no integrations yet.")).to_be_visible()


async def test_a_switch_that_is_refused_says_why(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")

    async def keep_from_reading(route: Route) -> None:
        reads = "integrations(" in (route.request.post_data or "")
        await (route.abort() if reads else route.continue_())

    async with console(browser, client, unreachable=True) as page:
        await expect(page.get_by_role("switch")).to_be_visible()
        await page.route("**/graphql", keep_from_reading)
        await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
        await page.get_by_role("switch").click()
        await told(page, "There is no integration with this id.")
        await expect(page.get_by_role("switch")).to_be_checked()


async def test_what_is_saved_late_moves_nobody_who_has_gone_elsewhere(browser: Browser, client: Client) -> None:
    gone = asyncio.Event()

    async def delay(route: Route) -> None:
        if "createIntegration" in (route.request.post_data or ""):
            await gone.wait()
        await route.continue_()

    async with console(browser, client, "integrations/new/STRIPE") as page:
        await page.route("**/graphql", delay)
        await page.get_by_label("Name").fill("Billing")
        await page.get_by_label("Secret key", exact=True).last.fill(secret_key())
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
        await page.get_by_role("link", name="Activity").click()
        await expect(page.get_by_role("heading", name="Activity")).to_be_visible()
        gone.set()
        await told(page, "Integration “Billing” has been added.")
        await expect(page.get_by_role("heading", name="Activity")).to_be_visible()


async def test_what_was_chosen_stays_when_there_is_more_to_choose_from(browser: Browser, client: Client) -> None:
    await add_credential(client, "First")
    async with console(browser, client, "integrations/new/STRIPE") as page:
        await page.get_by_label("A credential that is connected already").check()
        choice = page.get_by_label("Credential", exact=True)
        await choice.select_option(label="First · Stripe (Test Mode)")
        await add_credential(client, "Second")
        await expect(choice.locator("option")).to_have_count(2)
        await expect(choice.locator("option:checked")).to_have_text("First · Stripe (Test Mode)")


async def test_a_credential_is_found_by_its_name_among_101_that_contain_it(browser: Browser, client: Client) -> None:
    for number in range(101):
        await add_credential(client, f"A Keys {number}" if number else "Keys")
    async with console(browser, client, "integrations/new/STRIPE") as page:
        await page.get_by_label("Name", exact=True).fill("Billing")
        await page.get_by_label("A credential that is connected already").check()
        choice, search = page.get_by_label("Credential", exact=True), page.get_by_label("Search credentials")
        await expect(page.get_by_text("More credentials match.")).to_be_visible()
        await choice.select_option(label="A Keys 10 · Stripe (Test Mode)")
        await search.fill("Keys")
        await expect(choice.locator("option").first).to_have_text("Keys · Stripe (Test Mode)")
        await expect(choice.locator("option:checked")).to_have_text("A Keys 10 · Stripe (Test Mode)")
        await choice.select_option(label="Keys · Stripe (Test Mode)")
        await search.fill("A Keys 100")
        await expect(choice.locator("option")).to_have_text(
            ["A Keys 100 · Stripe (Test Mode)", "Keys · Stripe (Test Mode)"]
        )
        await page.get_by_role("button", name="Save").click()
        await told(page, "Integration “Billing” has been added.")
    (added,) = (await client.result(INTEGRATIONS))["nodes"]
    assert added["credential"]["name"] == "Keys"


async def test_the_list_is_searched_filtered_and_paged(browser: Browser, client: Client) -> None:
    for number in range(21):
        await add_integration(client, f"Shop {number}", active=number != 7)
    async with console(browser, client) as page:
        rows = page.get_by_role("row")
        await expect(rows).to_have_count(21)
        await page.get_by_role("button", name="Next").click()
        await expect(rows).to_have_count(2)
        await expect(page.get_by_role("link", name="Shop 0")).to_be_visible()
        await page.get_by_role("button", name="Previous").click()
        await expect(rows).to_have_count(21)
        await page.get_by_role("button", name="Next").click()
        await page.get_by_label("Search").fill("shop 1")
        await expect(rows).to_have_count(12)
        await page.get_by_label("Search").fill("")
        await page.get_by_label("Status").select_option("Inactive")
        await expect(rows).to_have_count(2)
        await page.get_by_label("Destination").select_option("Stripe")
        await expect(page.get_by_text("No integrations match.")).to_be_visible()


async def test_somebody_elses_change_is_not_overwritten_unawares(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    async with console(browser, client, f"integrations/{integration['id']}/edit") as page:
        await page.get_by_label("Name").fill("Mine")
        await client.execute(
            'mutation ($id: ID!) { updateIntegration(input: {id: $id, name: "Theirs"}) { __typename } }',
            id=integration["id"],
        )
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_contain_text("Submit again to proceed anyway.")
        await expect(page.get_by_label("Name")).to_have_value("Mine")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Mine")).to_be_visible()

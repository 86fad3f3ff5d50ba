"""The system guide's External Integration topics, sentence by sentence, in its words and order."""

from playwright.async_api import Browser, expect

from tests.browser.reader import Reader, reader
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import INTEGRATIONS
from tests.support.secrecy import secret_key


async def _go_to_the_page(admin: Reader) -> None:
    await admin.open_page("External Integration")
    await admin.is_on("External Integration")


async def test_viewing_external_integrations(browser: Browser, client: Client) -> None:
    await add_integration(client, "Acme Billing")
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.sees_in_the_list("Acme Billing", "Active")


async def test_adding_a_stripe_integration(browser: Browser, client: Client) -> None:
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.click("Add Integration")
        await admin.select("Stripe")
        await admin.enter("Name", "Acme Billing")
        await admin.enter("Secret key", secret_key())
        await admin.toggle_the_switch()
        await admin.click("Save Integration")
        await admin.sees_in_the_list("Acme Billing", "Active")
        await admin.is_told("Integration “Acme Billing” has been added.")


async def test_editing_a_stripe_integration(browser: Browser, client: Client) -> None:
    await add_integration(client, "Acme Billing", active=False)
    key = secret_key()
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.select("Acme Billing")
        await admin.click("Edit")
        await admin.enter("Name", "Acme Billing EU")
        await admin.enter("Secret key", key)
        await admin.toggle_the_switch()
        await admin.click("Save Integration")
        await admin.is_told("Integration “Acme Billing EU” has been updated.")
        await admin.is_on("Acme Billing EU")
        await admin.sees(f"sk_test_…{key[-4:]}")
        await _go_to_the_page(admin)
        await admin.sees_in_the_list("Acme Billing EU", "Active")


async def test_deleting_a_stripe_integration(browser: Browser, client: Client) -> None:
    await add_integration(client, "Acme Billing")
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.select("Acme Billing")
        await admin.click("Delete")
        await admin.sees("Are you sure you want to delete “Acme Billing”?")
        await admin.sees("Its secret key is deleted, too.")
        await admin.click("Delete integration")
        await admin.is_on("External Integration")
        await admin.does_not_see_in_the_list("Acme Billing")
        await admin.is_told("Integration “Acme Billing” has been deleted.")


async def test_activating_a_stripe_integration(browser: Browser, client: Client) -> None:
    await add_integration(client, "Acme Billing", active=False)
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.sees_in_the_list("Acme Billing", "Inactive")
        await admin.toggle_the_switch("Acme Billing is active")
        await admin.sees_in_the_list("Acme Billing", "Active")
        await admin.is_told("Integration “Acme Billing” has been activated.")


async def test_deactivating_a_stripe_integration(browser: Browser, client: Client) -> None:
    await add_integration(client, "Acme Billing")
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.sees_in_the_list("Acme Billing", "Active")
        await admin.toggle_the_switch("Acme Billing is active")
        await admin.sees_in_the_list("Acme Billing", "Inactive")
        await admin.is_told("Integration “Acme Billing” has been deactivated.")


async def test_viewing_an_integrations_details(browser: Browser, client: Client) -> None:
    await add_integration(client, "Acme Billing")
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.select("Acme Billing")
        await admin.is_on("Acme Billing")
        await expect(admin.page.locator(".facts").get_by_text("Active", exact=True).first).to_be_visible()


async def test_cancelling_while_an_integration_is_added(browser: Browser, client: Client) -> None:
    await add_integration(client, "Shop")
    before = await client.result(INTEGRATIONS)
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.click("Add Integration")
        await admin.select("Stripe")
        await admin.enter("Name", "Acme Billing")
        await admin.enter("Secret key", secret_key())
        await admin.click("Cancel")
        await admin.is_on("External Integration")
        await admin.does_not_see_in_the_list("Acme Billing")
        assert await client.result(INTEGRATIONS) == before


async def test_an_invalid_secret_key(browser: Browser, client: Client) -> None:
    async with reader(browser, client) as admin:
        await _go_to_the_page(admin)
        await admin.click("Add Integration")
        await admin.select("Stripe")
        await admin.enter("Secret key", secret_key(behaviour="rejected"))
        await admin.click("Save Integration")
        await admin.sees_error("The secret key is invalid")
        await expect(admin.page.get_by_label("Secret key", exact=True).first).to_have_attribute("aria-invalid", "true")
        assert (await client.result(INTEGRATIONS))["nodes"] == []


async def test_help_and_support(browser: Browser, client: Client) -> None:
    async with reader(browser, client) as admin:
        await admin.open_page("Help")
        await admin.is_on("Help")
        await admin.sees("Click Save Integration.")
        await admin.sees("Ask the operator of this server.")

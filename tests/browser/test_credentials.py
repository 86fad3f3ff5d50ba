"""The pages of credentials besides the guide: they are searched, changed, reconnected and deleted."""

from datetime import UTC, datetime

from playwright.async_api import Browser, expect

from tests.support.actions import add_credential, add_integration
from tests.support.browser import approve_at_stripe, console, go, told
from tests.support.checks import checker, move
from tests.support.client import Client
from tests.support.documents import CREDENTIALS
from tests.support.oauth import begin, connect
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe


async def test_a_credential_is_renamed_verified_reconnected_and_deleted(browser: Browser, client: Client) -> None:
    credential = await connect(client)
    async with console(browser, client, f"credentials/{credential['id']}") as page:
        await page.get_by_role("button", name="Rename").click()
        await page.get_by_role("dialog").get_by_label("Name").fill("Acme Ltd")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Acme Ltd")).to_be_visible()
        await page.get_by_role("button", name="Verify").click()
        await told(page, "Credential “Acme Ltd” works.")
        await page.get_by_role("button", name="Reconnect").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await approve_at_stripe(page)
        await page.get_by_role("button", name="Reconnect credential").click()
        await page.get_by_role("link", name="Acme Ltd").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await expect(page.get_by_role("dialog", name="Are you sure you want to delete “Acme Ltd”?")).to_be_visible()
        await page.get_by_role("button", name="Delete credential").click()
        await expect(page.get_by_text("There are no credentials yet.")).to_be_visible()
    assert (await client.result(CREDENTIALS))["nodes"] == []


async def test_a_key_is_replaced_and_what_is_in_use_cannot_be_deleted(browser: Browser, client: Client) -> None:
    integration = await add_integration(client, "Billing")
    key, other = secret_key(), secret_key(behaviour="otheraccount")
    async with console(browser, client, f"credentials/{integration['credential']['id']}") as page:
        await page.get_by_role("button", name="Replace key").click()
        field = page.get_by_role("dialog").get_by_label("New secret key", exact=True).first
        await field.fill(other)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_contain_text("account")
        await expect(field).to_have_value(other)
        await field.fill(key)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text(f"sk_test_…{key[-4:]}")).to_be_visible()
        await expect(page.get_by_role("link", name="Billing", exact=True)).to_be_visible()
        await expect(page.get_by_text("In use, so it cannot be deleted.")).to_be_visible()
        await expect(page.get_by_role("button", name="Delete", exact=True)).to_have_count(0)


async def test_a_credentials_integrations_are_paged(browser: Browser, client: Client) -> None:
    credential = await add_credential(client, "Shared")
    for number in range(21):
        await add_integration(client, f"Shop {number:02}", authentication={"credentialId": credential["id"]})
    async with console(browser, client, f"credentials/{credential['id']}") as page:
        await expect(page.get_by_text("1\N{EN DASH}20 of 21")).to_be_visible()
        await page.get_by_role("button", name="Next").first.click()
        await expect(page.get_by_role("link", name="Shop 20")).to_be_visible()


async def test_credentials_are_searched_and_filtered(browser: Browser, client: Client) -> None:
    await add_credential(client, "Keys")
    await begin(client, "New shop")
    async with console(browser, client, "credentials?status=INCOMPLETE") as page:
        await expect(page.get_by_role("row")).to_have_count(2)
        await page.get_by_label("Status").select_option("Any status")
        await expect(page.get_by_role("row")).to_have_count(3)
        await page.get_by_label("Search").fill("keys")
        await expect(page.get_by_role("row")).to_have_count(2)


async def test_a_credential_that_stripe_does_not_confirm_is_marked(
    browser: Browser, client: Client, app_server: RunningServer
) -> None:
    key = secret_key()
    integration = await add_integration(client, "Keys", authentication={"secretKey": key})
    id_ = integration["credential"]["id"]
    async with console(browser, client, f"credentials/{id_}") as page:
        await expect(page.get_by_text("Next check")).to_be_visible()
        await expect(page.get_by_text("Not confirmed by Stripe since")).to_have_count(0)
    await change_at_stripe(app_server, key, "unavailable")
    async with checker(app_server.settings) as checks:
        await move(id_, next_check_at=datetime(1970, 1, 1, tzinfo=UTC))
        await checks.reach(id_)
    async with console(browser, client, "credentials") as page:
        await expect(page.get_by_text("Not confirmed by Stripe since")).to_be_visible()
        await page.get_by_role("link", name="Keys").click()
        await expect(page.get_by_text("the status stands.")).to_be_visible()
        await expect(page.get_by_text("Next check")).to_be_visible()
        await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
        for path in ("integrations", f"integrations/{integration['id']}"):
            await go(page, path)
            await expect(page.get_by_text("Not confirmed by Stripe since")).to_be_visible()

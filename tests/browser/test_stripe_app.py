"""The console with a Stripe App: the user installs it, declines, or comes from Stripe's Marketplace."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.apps import install
from tests.support.browser import approve_at_stripe, console, told
from tests.support.client import Client
from tests.support.documents import CREDENTIALS


async def _go_to_stripe(page: Page) -> None:
    """Completes the first stage, goes to Stripe, and logs in."""
    await page.get_by_role("button", name="Configure new credentials").first.click()
    await page.get_by_label("Destination").select_option("Stripe (Test Mode)")
    await page.get_by_label("Name").fill("Acme")
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Go to Stripe").click()
    await expect(page.get_by_role("heading", name="Get started with Stripe")).to_be_visible()
    await expect(page.get_by_text("This is not Stripe.")).to_be_visible()


async def _statuses(client: Client) -> list[tuple[str, str]]:
    nodes = (await client.result(CREDENTIALS))["nodes"]
    return [(node["displayName"], node["status"]) for node in nodes]


async def test_the_user_installs_the_app_and_returns_by_the_link_at_the_left(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _go_to_stripe(page)
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_text("This app is in external test.")).to_be_visible()
        await expect(page.get_by_role("listitem").filter(has_text="customer_read")).to_be_visible()
        await page.get_by_role("button", name="Install", exact=True).click()
        link = page.get_by_role("link", name="Return to Drawbridge")
        beside = await page.get_by_role("heading", name="Get started with Stripe").bounding_box()
        box = await link.bounding_box()
        assert box
        assert beside
        assert box["x"] + box["width"] <= beside["x"]
        await link.click()
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")
    assert await _statuses(client) == [("Acme", "CONNECTED")]


@pytest.mark.parametrize("button", ["Decline", "← Return to Drawbridge"])
async def test_who_declines_goes_on_in_the_console_where_the_attempt_is_open(
    browser: Browser, client: Client, button: str
) -> None:
    async with console(browser, client, "credentials") as page:
        await _go_to_stripe(page)
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(page.get_by_role("heading", name="Access was declined")).to_be_visible()
        assert await _statuses(client) == [("Acme (Incomplete)", "INCOMPLETE")]
        await page.get_by_role("link", name="Go to the console").click()
        await page.get_by_role("row").filter(has_text="Acme (Incomplete)").get_by_role("link", name="Continue").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await approve_at_stripe(page)
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


async def test_who_declines_can_give_up(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _go_to_stripe(page)
        await page.get_by_role("button", name="Return to Drawbridge").click()
        await page.get_by_role("link", name="Go to the console").click()
        await page.get_by_role("link", name="Acme (Incomplete)").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await expect(page.get_by_role("dialog")).to_contain_text("Connecting it is given up.")
        await page.get_by_role("button", name="Delete credential").click()
        await expect(page.get_by_text("There are no credentials yet.")).to_be_visible()
    assert await _statuses(client) == []


async def test_who_closed_the_window_at_stripe_goes_on_in_another(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _go_to_stripe(page)
    async with console(browser, client, "credentials") as page:
        row = page.get_by_role("row").filter(has_text="Acme (Incomplete)")
        await expect(row.get_by_text("left")).to_be_visible()
        await row.get_by_role("link", name="Continue").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await approve_at_stripe(page)
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


async def test_an_installation_from_the_marketplace_makes_nothing_and_leads_to_the_console(
    browser: Browser, client: Client
) -> None:
    async with console(browser, client, "credentials") as page:
        await page.goto(f"{client.address}/sandbox/apps")
        await page.get_by_role("link", name="Install in test mode").click()
        await approve_at_stripe(page)
        await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
        await page.get_by_role("link", name="Go to the console").click()
        await expect(page.get_by_role("heading", name="Stage 1: Select a system and name")).to_be_focused()
        assert await _statuses(client) == []


async def test_the_page_lists_who_has_fetched_access_and_not_which_token(browser: Browser, client: Client) -> None:
    """Each refresh replaces the token under the same number, so nobody knows who has the current one."""
    installed = await install(client)
    await installed.reveal()
    async with console(browser, client, f"credentials/{installed.credential_id}") as page:
        name = "Tokens and users that have fetched the access token, the last one first"
        table = page.get_by_role("table", name=name)
        await expect(table.get_by_role("row")).to_have_count(2)
        await expect(table.get_by_role("columnheader")).to_have_text(["Token or user", "Last fetched"])
        await expect(page.get_by_text("the current")).to_have_count(0)


async def test_the_user_uninstalls_in_the_dashboard(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _go_to_stripe(page)
        await approve_at_stripe(page, "other account")
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")
        await page.goto(f"{client.address}/sandbox/apps")
        await page.get_by_role("button", name="Uninstall acct_1SandboxOther").click()
        await expect(page.get_by_role("cell", name="acct_1SandboxOther")).to_have_count(1)  # its code alone
        assert await _statuses(client) == [("Acme", "DISCONNECTED")]


async def test_an_account_whose_access_stripe_did_not_refresh_is_connected_again(
    browser: Browser, client: Client
) -> None:
    async with console(browser, client, "credentials") as page:
        await _go_to_stripe(page)
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_label("Lifetime in seconds").fill("1")
        await page.get_by_role("button", name="Install", exact=True).click()
        await page.get_by_role("link", name="Return to Drawbridge").click()
        await page.get_by_role("button", name="Create credential").click()
        await page.get_by_role("link", name="Acme", exact=True).click()
        await expect(page.get_by_text("Stripe App", exact=True)).to_be_visible()
        await expect(page.get_by_text("refreshed on need")).to_be_visible()
        of_credential = page.url
        await page.goto(f"{client.address}/sandbox/apps")
        await page.get_by_label("Outcome").last.select_option("revoked")
        await page.get_by_role("button", name="Choose").last.click()
        await page.goto(of_credential)
        await page.get_by_role("button", name="Verify").click()
        await expect(page.get_by_text("Stripe did not refresh the access token.")).to_be_visible()
        assert await _statuses(client) == [("Acme", "DISCONNECTED")]
        await page.get_by_role("button", name="Reconnect").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await approve_at_stripe(page)
        await page.get_by_role("button", name="Reconnect credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")
    assert await _statuses(client) == [("Acme", "CONNECTED")]

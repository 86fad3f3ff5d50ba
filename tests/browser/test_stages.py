"""Both stages of "Create" besides the guide: ways back and on, other tabs, clocks and expiry."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.actions import add_credential, kinds
from tests.support.browser import approve_at_stripe, console, counts_down, go, told, window
from tests.support.client import Client
from tests.support.documents import CREDENTIALS
from tests.support.oauth import begin, complete, returned
from tests.support.organizations import new_tenant
from tests.support.servers import AS_RUN, running_server
from tests.support.waiting import until

_TWO_HOURS = """
  const now = Date.now.bind(Date);
  Date.now = () => now() + {sign}7_200_000;
"""


async def _stage_1(page: Page, name: str = "Acme") -> None:
    """Completes the first stage."""
    await page.get_by_role("button", name="Configure new credentials").first.click()
    await page.get_by_label("Destination").select_option("Stripe (Test Mode)")
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Next").click()


async def _approve(page: Page, outcome: str = "works") -> None:
    """Goes to Stripe, approves access, and comes back."""
    await page.get_by_role("button", name="Go to Stripe").click()
    await approve_at_stripe(page, outcome)


async def test_a_taken_name_is_said_beside_its_field(browser: Browser, client: Client) -> None:
    await add_credential(client, "Acme")
    async with console(browser, client, "credentials") as page:
        await _stage_1(page)
        await expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_label("Name")).to_have_value("Acme")


async def test_the_name_of_ones_unfinished_credential_leads_to_it(browser: Browser, client: Client) -> None:
    await begin(client, "Acme")
    async with console(browser, client, "credentials") as page:
        await _stage_1(page)
        await page.get_by_role("button", name="Continue “Acme”").click()
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()


async def test_back_keeps_the_form_and_next_goes_on_with_the_same_credential(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _stage_1(page)
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_label("Name")).to_have_value("Acme")
        await expect(page.get_by_label("Destination").locator("option:checked")).to_have_text("Stripe (Test Mode)")
        await page.get_by_role("button", name="Next").click()
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
        assert len((await client.result(CREDENTIALS))["nodes"]) == 1
        await page.go_back()
        await page.get_by_label("Destination").select_option("Stripe")
        await page.get_by_role("button", name="Next").click()
        await expect(page.get_by_text("“Acme (Incomplete)”")).to_be_visible()
    (credential,) = (await client.result(CREDENTIALS))["nodes"]
    assert credential["destination"] == "STRIPE"


async def test_an_unknown_outcome_has_one_way_on(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _stage_1(page)
        await _approve(page, "unavailable")
        await page.get_by_role("button", name="Create credential").click()
        await expect(page.get_by_role("alert")).to_contain_text("may or may not be connected")
        await expect(page.get_by_role("button", name="Create credential")).to_have_count(0)
        await _approve(page)
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


async def test_what_was_approved_but_not_created_is_only_created(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _stage_1(page)
        await _approve(page)
        await expect(page.get_by_text("Stripe has approved access")).to_be_visible()
        assert "code" not in page.url
        await page.get_by_role("link", name="Integrations", exact=True).click()
        await page.get_by_role("link").filter(has_text="Payments").click()
        await page.get_by_role("link", name="Continue").click()
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


async def test_who_closed_the_tab_goes_on_from_the_list(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _stage_1(page)
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
    async with console(browser, client, "credentials") as page:
        row = page.get_by_role("row").filter(has_text="Acme (Incomplete)")
        await counts_down(row.get_by_text("left"), client)
        await row.get_by_role("link", name="Continue").click()
        await _approve(page)
        await page.get_by_role("button", name="Create credential").click()
        await expect(page.get_by_role("link", name="Acme", exact=True)).to_be_visible()


async def test_who_came_back_in_a_new_tab_signs_in_and_completes(browser: Browser, client: Client) -> None:
    begun = await begin(client)
    async with window(browser, client.address, unreachable=True) as page:
        await page.goto(begun["authorizationUrl"])
        await approve_at_stripe(page)
        await expect(page.get_by_text("You came back from Stripe.")).to_be_visible()
        await page.get_by_label("API token").fill("mistyped")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("This token does not work.")
        await expect(page.get_by_label("API token")).to_have_value("mistyped")
        await page.get_by_label("API token").fill(str(client.token))
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


@pytest.mark.parametrize("sign", ["+", "-"])
async def test_a_countdown_goes_by_the_servers_clock(browser: Browser, client: Client, sign: str) -> None:
    await begin(client)
    async with window(browser, client.address) as page:
        await page.add_init_script(_TWO_HOURS.replace("{sign}", sign))
        await page.goto(f"{client.address}/console/#token={client.token}")
        await page.get_by_role("link", name="Integrations", exact=True).click()
        await page.get_by_role("link").filter(has_text="Payments").click()
        await counts_down(page.get_by_text("left"), client)
        await page.get_by_role("link", name="Activity").click()
        await expect(page.get_by_text(re.compile("just now|in a moment|second|minute")).first).to_be_visible()
        await expect(page.get_by_text("hour")).to_have_count(0)


@pytest.fixture
async def hurried(tmp_path: Path, sqlite: None) -> AsyncIterator[Client]:  # noqa: ARG001 - selects the database
    """A client of a server whose authorizations expire after ten seconds."""
    with running_server(tmp_path, **AS_RUN, STRIPE_AUTH_TTL_SECONDS="10") as server:
        yield (await new_tenant(server)).client


async def _expired(client: Client, times: int) -> bool:
    """Whether this many expired credentials have been removed."""
    return (await kinds(client)).count("CREDENTIAL_EXPIRED") == times


async def test_what_has_expired_is_told_and_can_be_started_again(browser: Browser, hurried: Client) -> None:
    async with console(browser, hurried, "credentials") as page:
        await _stage_1(page)
        await told(page, "“Acme” was not completed in time, and has been removed.")
        await expect(page.get_by_text("“Acme” expired and was removed").first).to_be_visible()
        await page.get_by_role("button", name="Start again").click()
        await expect(page.get_by_label("Name")).to_have_value("Acme")
        await page.get_by_role("button", name="Next").click()
        await page.get_by_role("button", name="Go to Stripe").click()
        await until(partial(_expired, hurried, 2))
        await approve_at_stripe(page)
        await expect(page.get_by_text("Access was approved at Stripe after that")).to_be_visible()
        await expect(page.get_by_text("An app that was installed stays installed at Stripe")).to_be_visible()
        await expect(page.get_by_role("button", name="Start again")).to_be_visible()


async def test_another_name_leaves_what_was_connected_meanwhile(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _stage_1(page, "First")
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
        (first,) = (await client.result(CREDENTIALS))["nodes"]
        await complete(client, await returned(await begin(client, credentialId=first["id"])))
        await go(page, "credentials")
        await _stage_1(page, "Second")
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
    assert {node["name"] for node in (await client.result(CREDENTIALS))["nodes"]} == {"First", "Second"}

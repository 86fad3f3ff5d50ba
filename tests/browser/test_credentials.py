"""The Credentials pages: a credential is connected by OAuth through the sandbox's pages, changed and deleted."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.actions import add_credential, add_integration, kinds
from tests.support.browser import console, told, window
from tests.support.client import Client
from tests.support.documents import CREDENTIALS
from tests.support.oauth import begin, connect
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import running_server
from tests.support.waiting import until


async def _begin(page: Page, name: str = "Acme") -> None:
    """Completes the first step of the form."""
    await page.get_by_role("button", name="Configure new credentials").first.click()
    await page.get_by_label("External system").select_option("Stripe (Test Mode)")
    await page.get_by_label("Credential name").fill(name)
    await page.get_by_role("button", name="Next").click()


async def _answer_stripe(page: Page, button: str) -> None:
    """Completes the second step, up to the redirect back to the console."""
    await page.get_by_role("button", name="Go to Stripe").click()
    await page.get_by_role("button", name=button).click()


async def test_a_credential_is_configured_by_approving_at_stripe(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await expect(page.get_by_text("There are no credentials yet.")).to_be_visible()
        await _begin(page)
        await expect(page.get_by_role("listitem").filter(has_text="Authentication with Stripe")).to_have_attribute(
            "aria-current", "step"
        )
        await expect(page.get_by_text("You are about to leave for Stripe (Test Mode)")).to_be_visible()
        await expect(page.get_by_text("left")).to_have_text(re.compile(r"9:5\d left"))
        await _answer_stripe(page, "Connect account")
        await expect(page.get_by_text("You approved access at Stripe. One step is left.")).to_be_visible()
        assert "code" not in page.url
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Acme", exact=True))
        await expect(row.get_by_text("Connected")).to_be_visible()


async def test_a_taken_name_is_said_beside_its_field(browser: Browser, client: Client) -> None:
    await add_credential(client, "Acme")
    async with console(browser, client, "credentials") as page:
        await _begin(page)
        await expect(page.get_by_label("Credential name")).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_label("Credential name")).to_have_value("Acme")


async def test_who_declines_can_try_again(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _begin(page)
        await _answer_stripe(page, "Cancel")
        await expect(page.get_by_role("alert")).to_contain_text("declined")
        await page.get_by_role("button", name="Begin again").click()
        await _answer_stripe(page, "Connect account")
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


async def test_who_closed_the_tab_goes_on_from_the_list(browser: Browser, client: Client) -> None:
    async with console(browser, client, "credentials") as page:
        await _begin(page)
        await expect(page.get_by_role("button", name="Go to Stripe")).to_be_visible()
    async with console(browser, client, "credentials") as page:
        row = page.get_by_role("row").filter(has_text="Acme (Incomplete)")
        await expect(row.get_by_text("left")).to_contain_text("9:")
        await row.get_by_role("link", name="Continue").click()
        await _answer_stripe(page, "Connect account")
        await page.get_by_role("button", name="Create credential").click()
        await expect(page.get_by_role("link", name="Acme", exact=True)).to_be_visible()


async def test_who_came_back_in_a_new_tab_signs_in_and_completes(browser: Browser, client: Client) -> None:
    begun = await begin(client)
    async with window(browser, client.address, unreachable=True) as page:
        await page.goto(begun["authorizationUrl"])
        await page.get_by_role("button", name="Connect account").click()
        await page.get_by_label("API token").fill("mistyped")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("This token does not work.")
        await page.get_by_label("API token").fill(str(client.token))
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Create credential").click()
        await told(page, "Credential “Acme” is connected to Stripe.")


@pytest.fixture
async def hurried(tmp_path: Path, sqlite: None) -> AsyncIterator[Client]:  # noqa: ARG001 - selects the database
    """A client of a server whose authorizations expire after ten seconds."""
    with running_server(tmp_path, STRIPE_AUTH_TTL_SECONDS="10") as server:
        yield (await new_tenant(server)).client


async def _expired(client: Client, times: int) -> bool:
    """Whether this many expired credentials have been removed."""
    return (await kinds(client)).count("CREDENTIAL_EXPIRED") == times


async def test_what_has_expired_is_told_and_can_be_begun_again(browser: Browser, hurried: Client) -> None:
    async with console(browser, hurried, "credentials") as page:
        await _begin(page)
        await told(page, "“Acme” was not completed in time, and has been removed.")
        await expect(page.get_by_text("The time to approve access ran out")).to_be_visible()
        await page.get_by_role("button", name="Begin again").click()
        await page.get_by_label("Credential name").fill("Acme")
        await page.get_by_role("button", name="Next").click()
        await _answer_stripe(page, "Connect account")
        await until(partial(_expired, hurried, 2))
        await page.get_by_role("button", name="Create credential").click()
        await expect(page.get_by_role("alert")).to_contain_text("has expired")
        await page.get_by_role("button", name="Begin again").click()
        await expect(page.get_by_text("This credential no longer exists")).to_be_visible()


async def test_who_took_too_long_at_stripe_is_taken_back_all_the_same(browser: Browser, hurried: Client) -> None:
    async with console(browser, hurried, "credentials") as page:
        await _begin(page)
        await page.get_by_role("button", name="Go to Stripe").click()
        await until(partial(_expired, hurried, 1))
        await page.get_by_role("button", name="Connect account").click()
        await page.get_by_role("button", name="Create credential").click()
        await expect(page.get_by_role("alert")).to_contain_text("has expired")
        await expect(page.get_by_role("button", name="Begin again")).to_be_visible()


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
        await _answer_stripe(page, "Connect account")
        await page.get_by_role("button", name="Connect again").click()
        await page.get_by_role("link", name="Acme Ltd").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
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
        await expect(page.get_by_role("link", name="Billing")).to_be_visible()
        await expect(page.get_by_role("button", name="Delete", exact=True)).to_have_count(0)

"""Where a key is pasted, the console says which permissions it needs; a credential's page says what its key lacks."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.actions import add_credential, add_integration
from tests.support.browser import console, told
from tests.support.client import Client
from tests.support.databases import in_use, use
from tests.support.documents import CREDENTIALS
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import restrict_at_stripe, restricted_key

_NEW = "integrations/new/STRIPE"
_REQUIRED = "customer_read,plan_read"
_PERMISSIONS = "permissions%5B%5D=rak_customer_read&permissions%5B%5D=rak_plan_read"
_FILLED_IN = f"apikeys/create?name=Drawbridge&{_PERMISSIONS}"


def _server(tmp_path_factory: pytest.TempPathFactory, policy: str) -> Iterator[RunningServer]:
    before = in_use()
    use(None)
    with running_server(
        tmp_path_factory.mktemp(policy), KEY_POLICY=policy, STRIPE_REQUIRED_PERMISSIONS=_REQUIRED
    ) as running:
        use(before)
        yield running


@pytest.fixture(scope="module")
def warning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server whose integrations need two permissions."""
    yield from _server(tmp_path_factory, "warn")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that accepts restricted keys only."""
    yield from _server(tmp_path_factory, "restricted")


def _key_field(page: Page) -> Locator:
    return page.get_by_label("Secret key", exact=True).first


_LINKS = {"Stripe": "", "Stripe (Test Mode)": "test/"}


async def _sees_the_links(place: Page | Locator, links: dict[str, str]) -> None:
    for name, mode in links.items():
        link = place.get_by_role("link", name=name, exact=True)
        await expect(link).to_have_attribute("href", f"https://dashboard.stripe.com/{mode}{_FILLED_IN}")
    await expect(place.get_by_text("It needs the permissions Customers Read, Prices Read.")).to_be_visible()


async def test_a_key_is_checked_before_it_is_saved(browser: Browser, warning: RunningServer) -> None:
    client, key = (await new_tenant(warning)).client, await restricted_key(warning)
    async with console(browser, client, _NEW) as page:
        await _sees_the_links(page, _LINKS)
        await page.get_by_label("Name").fill("Billing")
        await _key_field(page).fill(key)
        check = page.get_by_role("button", name="Check the key without saving it")
        await check.click()
        await expect(page.get_by_text("The key lacks the permission Prices Read.")).to_be_visible()
        await expect(page.get_by_role("listitem").filter(has_text="Customers Read")).to_contain_text("Granted")
        await expect(page.get_by_role("listitem").filter(has_text="Prices Read")).to_contain_text("Missing")
        assert (await client.result(CREDENTIALS))["nodes"] == []
        await _key_field(page).fill(secret_key(behaviour="rejected"))
        await expect(page.get_by_role("listitem").filter(has_text="Prices Read")).to_have_count(0)
        await check.click()
        await expect(page.get_by_role("alert")).to_contain_text("The secret key is invalid")
        await _key_field(page).fill(key)
        await page.get_by_role("button", name="Save Integration").click()
        await told(page, "has been added. The key lacks the permission Prices Read.")


async def test_a_credential_shows_what_its_key_lacks_until_it_is_granted(
    browser: Browser, warning: RunningServer
) -> None:
    client, key = (await new_tenant(warning)).client, await restricted_key(warning)
    credential = await add_credential(client, key=key)
    async with console(browser, client, f"credentials/{credential['id']}") as page:
        lacking = page.locator(".problem")
        await expect(lacking).to_contain_text("The key lacks Prices Read.")
        await expect(lacking.get_by_role("link", name="Stripe (Test Mode)", exact=True)).to_be_visible()
        await expect(page.get_by_role("listitem").filter(has_text="Prices Read")).to_contain_text("Missing")
        await restrict_at_stripe(warning, key, _REQUIRED.replace(",", " "))
        await page.get_by_role("button", name="Verify").click()
        await told(page, "Credential “Keys” works.")
        await expect(page.get_by_role("listitem").filter(has_text="Prices Read")).to_contain_text("Granted")
        await expect(lacking).to_have_count(0)
        await page.get_by_role("button", name="Replace key").click()
        dialog = page.get_by_role("dialog")
        await _sees_the_links(dialog, {"Stripe (Test Mode)": "test/"})
        await expect(dialog.get_by_role("link", name="Stripe", exact=True)).to_have_count(0)


async def test_integrations_show_what_their_key_lacks(browser: Browser, warning: RunningServer) -> None:
    client, key = (await new_tenant(warning)).client, await restricted_key(warning)
    await add_integration(client, authentication={"secretKey": key})
    async with console(browser, client) as page:
        await expect(page.get_by_role("row").nth(1)).to_contain_text("The key lacks Prices Read.")
        await page.get_by_role("link", name="Billing").click()
        await expect(page.locator(".problem")).to_contain_text("The key lacks Prices Read.")
        await page.locator(".problem").get_by_role("link", name="credential").click()
        await expect(page.get_by_role("button", name="Verify")).to_be_visible()


async def test_a_server_for_restricted_keys_says_so(browser: Browser, strict: RunningServer) -> None:
    client = (await new_tenant(strict)).client
    async with console(browser, client, _NEW) as page:
        await expect(page.get_by_text("A restricted key from the Stripe Dashboard.")).to_be_visible()
        await expect(_key_field(page)).to_have_attribute("placeholder", "rk_…")
        await page.get_by_label("Name").fill("Billing")
        await _key_field(page).fill(secret_key())
        await page.get_by_role("button", name="Save Integration").click()
        await expect(_key_field(page)).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_role("alert")).to_contain_text("only restricted keys are accepted")
        await _key_field(page).fill(await restricted_key(strict))
        await page.get_by_role("button", name="Save Integration").click()
        await expect(page.get_by_role("alert")).to_contain_text("lacks the permission Prices Read")
        await _key_field(page).fill(await restricted_key(strict, "customer_read plan_read"))
        await page.get_by_role("button", name="Save Integration").click()
        await told(page, "Integration “Billing” has been added.")


async def test_without_required_permissions_a_form_asks_for_none(browser: Browser, client: Client) -> None:
    async with console(browser, client, _NEW) as page:
        await expect(page.get_by_text("A secret or restricted key from the Stripe Dashboard.")).to_be_visible()
        await expect(page.get_by_role("button", name="Check the key without saving it")).to_have_count(0)

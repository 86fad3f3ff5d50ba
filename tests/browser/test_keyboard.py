"""The console can be used by keyboard alone."""

from playwright.async_api import Browser, Page, expect

from tests.support.browser import console, told
from tests.support.client import Client
from tests.support.secrecy import secret_key

_MOST_TABS = 40
_LOOKS = "element => { const s = getComputedStyle(element); return s.outline + s.boxShadow }"


async def _tab_to(page: Page, name: str, role: str = "button", *, exact: bool = True) -> None:
    """Presses Tab until the element of this name has the focus; asserts that the focus is visible."""
    wanted = page.get_by_role(role, name=name, exact=exact).first  # type: ignore[arg-type]
    await wanted.wait_for()
    before = await wanted.evaluate(_LOOKS)
    for _ in range(_MOST_TABS):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            assert await wanted.evaluate(_LOOKS) != before, f"the focus on {name} is not seen"
            return
    message = f"Tab does not lead to {name}"
    raise AssertionError(message)


async def test_an_integration_is_added_and_deleted_by_keyboard_alone(browser: Browser, client: Client) -> None:
    async with console(browser, client) as page:
        await _tab_to(page, "Add Integration")
        await page.keyboard.press("Enter")
        await _tab_to(page, "Stripe Payments", "link", exact=False)
        await page.keyboard.press("Enter")
        await _tab_to(page, "Name", "textbox")
        await page.keyboard.type("Billing")
        await page.keyboard.press("Tab")
        await page.keyboard.type(secret_key())
        await page.keyboard.press("Enter")
        await told(page, "Integration “Billing” has been added.")
        await _tab_to(page, "Billing", "link")
        await page.keyboard.press("Enter")
        await _tab_to(page, "Delete")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)
        await expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        await _tab_to(page, "Delete integration")
        await page.keyboard.press("Enter")
        await told(page, "Integration “Billing” has been deleted.")

"""A webhook endpoint's page."""

import re
from typing import Any

from playwright.async_api import Page, expect


def path_of(endpoint: dict[str, Any]) -> str:
    """The page's path."""
    return f"webhooks/{endpoint['id']}"


async def fact(page: Page, name: str, text: str | re.Pattern[str]) -> None:
    """Waits until the page has this text beneath a name."""
    shown = page.locator(".facts div", has=page.get_by_text(name, exact=True))
    await expect(shown.get_by_role("definition")).to_have_text(text)


async def confirm(page: Page, button: str) -> None:
    """Clicks a dialog's button, and waits for its end."""
    await page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)

"""Activity: filters of the address, and the export as a file."""

import asyncio
import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from models import Scope
from tests.support.actions import add_credential, add_integration
from tests.support.browser import console
from tests.support.client import Client
from tests.support.documents import EVENTS, UPDATE_CREDENTIAL
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer

_FORMULA = '=HYPERLINK("//evil.example", "Ünpaid")'
_MANY = """WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {number})
    INSERT INTO events (organization_id, position, kind, subject, name, actor, actor_kind, occurred_at)
    SELECT organizations.id, position + n, 'TOKEN_ISSUED', 'token_1', 'Event ' || (position + n), 'cli', 'SYSTEM',
        '2026-01-01 00:00:00+00:00' FROM organizations, numbers WHERE organizations.name = ?"""
_MOST = 10_000
# Browsers report that a dialog was closed with their next frame, which can be late.
_CLOSED_LATE = """addEventListener("close", (event) => {
    if (!event.isTrusted) return;
    event.stopImmediatePropagation();
    setTimeout(() => event.target.dispatchEvent(new Event("close")), 5000);
}, true)"""


def _append(server: RunningServer, tenant: Tenant, number: int) -> None:
    """Appends events to the tenant's log, faster than through the API."""
    with closing(sqlite3.connect(server.settings.database.sqlite_path)) as database:
        database.execute(_MANY.format(number=number), [tenant.name])
        database.execute("UPDATE organizations SET position = position + ? WHERE name = ?", [number, tenant.name])
        database.commit()


async def _export(page: Page, kind: str) -> str:
    """Exports what the page shows; returns the file's content."""
    await page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export activity")
    await dialog.get_by_label("Format").select_option(label=kind)
    async with page.expect_download() as started:
        await dialog.get_by_role("button", name="Export").click()
    await expect(dialog).to_have_count(0)
    return (await asyncio.to_thread(Path(await (await started.value).path()).read_bytes)).decode()


async def test_the_log_is_filtered_by_who_and_when(browser: Browser, tenant: Tenant) -> None:
    other = await tenant.client_with(Scope.CONFIGURE)
    credential = await add_credential(tenant.client, "Mine")
    await other.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "Theirs"})
    events = (await tenant.client.result(EVENTS))["nodes"]
    theirs = events[-1]["actor"]["name"]
    async with console(browser, tenant.client, "activity") as page:
        rows = page.get_by_role("row")
        await expect(rows).to_have_count(1 + len(events))
        await rows.filter(has_text="“Theirs”").get_by_role("link", name=theirs).click()
        await expect(page.get_by_text(f"Only changes by {theirs}.")).to_be_visible()
        await expect(rows).to_have_count(2)
        await page.reload()
        await expect(rows).to_have_count(2)
        await page.get_by_role("button", name="Show all changes").click()
        await page.get_by_role("combobox", name="By").select_option("Drawbridge itself")
        await expect(rows).to_have_count(1 + len([event for event in events if event["actor"]["kind"] == "SYSTEM"]))
        await page.get_by_role("combobox", name="By").select_option("Anyone")
        today = await page.evaluate("new Date().toLocaleDateString('sv')")
        await page.get_by_label("From", exact=True).fill(today)
        await page.get_by_label("To", exact=True).fill(today)
        await expect(page).to_have_url(f"{tenant.client.address}/console/#/activity?from={today}&to={today}")
        await expect(rows).to_have_count(1 + len(events))
        await page.get_by_label("To", exact=True).fill("2026-01-01")
        await expect(page.get_by_text("No events match. Try other filters.")).to_be_visible()
        await page.get_by_label("From", exact=True).fill("")
        await page.get_by_label("To", exact=True).fill("")
        await expect(rows).to_have_count(1 + len(events))


async def test_a_file_has_what_the_page_shows_and_no_formula(browser: Browser, client: Client) -> None:
    await add_integration(client, _FORMULA)
    await add_integration(client, "Billing", active=False)
    async with console(browser, client, "activity") as page:
        text = await _export(page, "CSV, for spreadsheets")
        assert text.startswith("\ufeff")
        assert text.replace("\r\n", "").count("\n") == 0
        head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        events: list[dict[str, Any]] = (await client.result(EVENTS))["nodes"]
        assert [row[head.index("Cursor")] for row in rows] == [event["cursor"] for event in reversed(events)]
        assert {row[head.index("By")] for row in rows} == {event["actor"]["name"] for event in events}
        names = {row[head.index("Name")] for row in rows}
        assert {f"'{_FORMULA}", "Billing"} <= names
        assert _FORMULA not in names
        await page.get_by_label("Show").select_option("Integration created")
        await expect(page.get_by_role("row")).to_have_count(3)
        exported = json.loads(await _export(page, "JSON, for programs"))
        assert [(event["name"], event["integrationStatus"]) for event in exported] == [
            ("Billing", "INACTIVE"),
            (_FORMULA, "ACTIVE"),
        ]


async def test_an_export_is_bounded(browser: Browser, app_server: RunningServer) -> None:
    tenant = await new_tenant(app_server)
    _append(app_server, tenant, _MOST + 1)
    async with console(browser, tenant.client, "activity") as page:
        await page.get_by_role("button", name="Export").click()
        await expect(page.get_by_text("The file has the newest 10,000")).to_be_visible()
        await page.keyboard.press("Escape")
        exported = json.loads(await _export(page, "JSON, for programs"))
        total = (await tenant.client.result(EVENTS))["totalCount"]
        assert [event["name"] for event in exported] == [f"Event {n}" for n in range(total, total - _MOST, -1)]


@pytest.mark.parametrize("way_out", ["Cancel", "Escape"])
async def test_an_export_shows_its_progress_and_can_be_cancelled(
    browser: Browser, app_server: RunningServer, way_out: str
) -> None:
    tenant = await new_tenant(app_server)
    _append(app_server, tenant, 500)
    async with console(browser, tenant.client, "activity") as page:
        await page.evaluate(_CLOSED_LATE)
        asked, let_on, files = 0, asyncio.Event(), 0

        async def hold_the_third(route: Route) -> None:
            nonlocal asked
            if "secretVersion" in (route.request.post_data or ""):
                asked += 1
                if asked == 3:
                    await let_on.wait()
            await route.continue_()

        def count(_: object) -> None:
            nonlocal files
            files += 1

        await page.route("**/graphql", hold_the_third)
        page.on("download", count)
        await page.get_by_role("button", name="Export").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Export").click()
        await expect(dialog.get_by_text("200 of 50")).to_be_visible()
        await expect(dialog.get_by_role("progressbar")).to_have_attribute("value", "200")
        await dialog.get_by_role("button", name="Cancel").press("Enter" if way_out == "Cancel" else way_out)
        await expect(dialog).to_have_count(0)
        async with page.expect_response(lambda answer: "secretVersion" in (answer.request.post_data or "")):
            let_on.set()
        await page.get_by_label("Show").select_option("Token issued")
        await expect(page.get_by_role("row")).to_have_count(21)
        assert (asked, files) == (3, 0)


async def test_a_failed_export_says_so_and_can_be_repeated(browser: Browser, client: Client) -> None:
    await add_integration(client, "Billing")
    async with console(browser, client, "activity", unreachable=True) as page:
        await page.get_by_role("button", name="Export").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("Format")).to_be_visible()
        await page.context.set_offline(True)
        await dialog.get_by_role("button", name="Export").click()
        await expect(dialog.get_by_role("alert").first).to_contain_text("The server could not be reached.")
        await page.context.set_offline(False)
        async with page.expect_download():
            await dialog.get_by_role("button", name="Export").click()

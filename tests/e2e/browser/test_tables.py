"""Tables that sort: by pointer and by keyboard, hidden cells last, totals where they were, and back to as printed."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page

from shared.pages.rendering import STATIC
from tests.e2e.browser import checks

pytestmark = pytest.mark.browser

ROWS = (("North", "9", "57%"), ("South", "c", "c"), ("East", "1,204", "8%"), ("West", "0", "n under 10"))
TABLE = (
    "<main><h1>Report</h1><div class='scroll' role='region' aria-label='Areas' tabindex='0'><table><caption>Areas</caption>"
    "<thead><tr><th scope='col'>Area</th><th scope='col'>Audits</th><th scope='col'>Good</th></tr></thead><tbody>"
    + "".join(f"<tr><th scope='row'>{row[0]}</th><td>{row[1]}</td><td>{row[2]}</td></tr>" for row in ROWS)
    + "<tr class='whole'><th scope='row'>All</th><td>1,215</td><td>12%</td></tr></tbody></table></div></main>"
)


async def opened(browser: Browser, *, script: bool = True) -> Page:
    page = await browser.new_page()
    head = "<!doctype html><html lang='en-GB'><head><meta charset='utf-8'><title>Report</title></head><body>"
    await page.set_content(f"{head}{TABLE}</body></html>")
    await page.add_style_tag(content=(STATIC / "pages.css").read_text(encoding="utf-8"))
    if script:
        await page.add_script_tag(content=(STATIC / "tables.js").read_text(encoding="utf-8"))
    return page


async def order(page: Page) -> list[str]:
    found: list[str] = await page.locator("tbody th").all_inner_texts()
    return found


async def test_a_heading_sorts_most_first_then_fewest_first_then_as_printed(browser: Browser) -> None:
    page = await opened(browser)
    heading = page.locator("thead th").nth(1)
    said = []
    for _ in range(3):
        await heading.get_by_role("button").click()
        said.append((await heading.get_attribute("aria-sort"), await order(page)))
    assert said == [
        ("descending", ["East", "North", "West", "South", "All"]),
        ("ascending", ["West", "North", "East", "South", "All"]),
        ("none", ["North", "South", "East", "West", "All"]),
    ]


async def test_it_sorts_by_keyboard_and_one_column_at_a_time(browser: Browser) -> None:
    page = await opened(browser)
    await page.locator("thead button").nth(2).focus()
    await page.keyboard.press("Enter")
    assert await order(page) == ["North", "East", "South", "West", "All"]  # no percentage: last, as printed
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Space")
    assert await order(page) == ["East", "North", "South", "West", "All"]
    states = [await one.get_attribute("aria-sort") for one in await page.locator("thead th").all()]
    assert states == ["ascending", "none", "none"]
    assert await checks.violations(page) == []


async def test_the_words_of_a_table_are_the_same_with_and_without_the_script(browser: Browser) -> None:
    with_script, without = await opened(browser), await opened(browser, script=False)
    assert await with_script.inner_text("main") == await without.inner_text("main")
    assert await without.locator("button").count() == 0

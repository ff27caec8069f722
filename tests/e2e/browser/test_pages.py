"""Every page in a real browser: WCAG 2.2 AA by axe, phone and desktop, keyboard, print, high contrast, large letters.

The pages are lines of a table (places.py); what each has to hold is in checks.py. With `SIGHTLINE_TEST_PICTURES` set to
a folder, a picture of each page at each width is left there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.browser import checks
from tests.e2e.browser.places import PLACES, Place
from tests.e2e.browser.world import World, world

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(300)]

PHONE, DESKTOP = 390, 1280
every_page = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)


@pytest.fixture(scope="module")
def made() -> Iterator[World]:
    with world() as running:
        yield running


@asynccontextmanager
async def opened(
    browser: Browser, made: World, place: Place, width: int = DESKTOP, **options: Any
) -> AsyncIterator[Page]:
    """Open a page as its reader, and hold that neither it nor the browser complains."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB", **options)
    said: list[str] = []
    try:
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        answer = await page.goto(made.address(place))
        assert answer is not None
        assert answer.status == place.status
        if place.status >= 400:  # the browser notes the page's own status
            said[:] = [one for one in said if f"status of {place.status}" not in one]
        assert said == []
        yield page
    finally:
        await context.close()


@every_page
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
async def test_it_is_accessible_and_fits(browser: Browser, made: World, place: Place, width: int) -> None:
    async with opened(browser, made, place, width) as page:
        assert await checks.does_not_fit(page) == []
        if folder := os.environ.get("SIGHTLINE_TEST_PICTURES"):
            await page.screenshot(path=Path(folder) / f"{place.name}-{width}.png", full_page=True)
        assert await checks.violations(page) == []


@every_page
async def test_it_is_read_and_used_by_keyboard(browser: Browser, made: World, place: Place) -> None:
    async with opened(browser, made, place) as page:
        assert await checks.keyboard_faults(page) == []
    async with opened(browser, made, place, PHONE) as page:
        assert await checks.skips_to_the_content(page)


@every_page
async def test_it_says_the_same_without_scripts(browser: Browser, made: World, place: Place) -> None:
    async with opened(browser, made, place) as page:
        said = await page.inner_text("main")
    async with opened(browser, made, place, java_script_enabled=False) as page:
        without = await page.inner_text("main")
    assert len(without) > 20
    assert _but_for_moments(without) == _but_for_moments(said)


@every_page
async def test_it_prints(browser: Browser, made: World, place: Place) -> None:
    async with opened(browser, made, place) as page:
        assert await checks.printing_faults(page) == []
        printed = await page.pdf(prefer_css_page_size=True)
        assert printed.startswith(b"%PDF-")


@every_page
async def test_it_is_seen_in_high_contrast(browser: Browser, made: World, place: Place) -> None:
    async with opened(browser, made, place) as page:
        assert await checks.high_contrast_faults(page) == []


@every_page
async def test_it_reflows(browser: Browser, made: World, place: Place) -> None:
    """At 320 pixels; with letters of twice the size; and spaced as WCAG 1.4.12 has readers space them."""
    async with opened(browser, made, place, checks.NARROWEST) as page:
        assert await checks.does_not_fit(page) == []
        await page.set_viewport_size({"width": DESKTOP, "height": 900})
        await page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        assert await checks.does_not_fit(page) == []
        await page.evaluate(
            "() => { document.documentElement.style.fontSize = ''; for (const one of document.querySelectorAll('main *')) "
            "Object.assign(one.style, {letterSpacing: '0.12em', wordSpacing: '0.16em', lineHeight: '1.5'}); }"
        )
        assert await checks.does_not_fit(page) == []


def _but_for_moments(said: str) -> str:
    """Leave out how fresh live figures are: two readings of a page are made at two moments."""
    return "\n".join(line for line in said.splitlines() if not line.startswith("True for "))

"""A real browser for tests of the pages: Debian's chromium, driven by Playwright.

`SIGHTLINE_TEST_BROWSER` names another Chromium to start. Tests marked `browser` are skipped by name where there is none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

__all__ = ["browser"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""The browser asks no host but the one under test."""


def found_browser() -> str | None:
    """Give the path of the browser to start, or None where there is none."""
    named = os.environ.get("SIGHTLINE_TEST_BROWSER")
    return next((path for name in ((named,) if named else _NAMES) if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, by name, what needs a browser where there is none."""
    if found_browser() is not None:
        return
    skip = pytest.mark.skip(reason="needs a browser: install Debian's chromium, or name one in SIGHTLINE_TEST_BROWSER")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Give a module its browser. As root it runs without its sandbox, which it has no other way of doing."""
    alone = () if os.geteuid() else ("--no-sandbox",)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=found_browser(), args=[*_OPTIONS, *alone])
        yield started
        await started.close()

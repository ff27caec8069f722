"""How long each page of reporting takes to be answered, by the real service in a process of its own.

As the QA unit reads them: live, as known in the middle of the log, and what is known otherwise since; the newest window
that has ended, and one in the middle of the ten years.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from benchmarks.growth.region import AUTHORITIES, YEARS, write_settings
from services.reporting.pages import view
from services.reporting.reports.build import KINDS
from shared.web.principal import Role
from tests.support.platform import Platform

WINDOW: Final = f"{YEARS[-1]}-06"
_EARLIER: Final = f"{YEARS[len(YEARS) // 2]}-06"
_KNOWN_AT: Final = f"{YEARS[-1]}-09-01"
_TIMES: Final = 5


def addresses() -> dict[str, str]:
    """Return the pages that are timed, by the name a person reads."""
    found = {"start page": "/", "measures": "/measures"}
    for kind in KINDS:
        path = view.PATHS[kind]
        found[kind] = f"{path}?window={WINDOW}"
        found[f"{kind}, JSON"] = f"{path}.json?window={WINDOW}"
        found[f"{kind}, CSV"] = f"{path}.csv?window={WINDOW}"
        found[f"{kind}, an earlier window"] = f"{path}?window={_EARLIER}"
        found[f"{kind}, as it was known"] = f"{path}?window={WINDOW}&known_at={_KNOWN_AT}"
    found["what is known otherwise"] = f"/reports/triannual/changes?window={WINDOW}&known_at={_KNOWN_AT}"
    found["the audits behind a figure"] = f"/reports/evidence?window={WINDOW}&count=completed"
    return found


async def timed(dsn: str, bootstrap: str, prefix: str) -> dict[str, list[float]]:
    """Return the seconds of each page, some times over, of a service that stands on these facts.

    Raises:
        RuntimeError: a page was not answered with 200.

    """
    found: dict[str, list[float]] = {}
    async with _service(dsn, bootstrap, prefix) as client:
        for name, address in addresses().items():
            found[name] = [await _get(client, address) for _ in range(_TIMES)]
    return found


def worst(pages: Mapping[str, list[float]]) -> tuple[str, float]:
    """Return the page that takes longest by its median, and that median in seconds."""
    medians = {name: statistics.median(seconds) for name, seconds in pages.items()}
    name = max(medians, key=medians.__getitem__)
    return name, medians[name]


async def _get(client: httpx.AsyncClient, address: str) -> float:
    begun = time.perf_counter()
    answer = await client.get(address)
    seconds = time.perf_counter() - begun
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{address} was answered with {answer.status_code}: {answer.text[:300]}")
    return seconds


@asynccontextmanager
async def _service(dsn: str, bootstrap: str, prefix: str) -> AsyncIterator[httpx.AsyncClient]:
    with TemporaryDirectory(prefix="sightline-growth-") as name:
        folder = Path(name)
        platform = Platform(folder, {"reporting": dsn}, bootstrap, prefix)
        authorities = write_settings(folder / "authorities")
        await platform.begin("reporting", SIGHTLINE_AUTHORITIES=str(authorities))
        try:
            await platform.until_ready("reporting")
            async with httpx.AsyncClient(
                base_url=platform.addresses.reporting,
                headers=platform.token(Role.QA_MANAGER, AUTHORITIES[0]),
                trust_env=False,
                timeout=120,
            ) as client:
                yield client
        finally:
            await platform.stop()

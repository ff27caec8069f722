"""Small things a reader stumbles over: rows in their natural order with a total, no empty cell, nothing said twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.reporting.reports.conftest import Reader

pytestmark = pytest.mark.stack


async def tables_of(reader: Reader, path: str, authority: str) -> dict[str, dict[str, Any]]:
    report = (await reader.json(path, authority=authority, window="2026-06")).json()["report"]
    blocks = [block for section in report["sections"] for block in section["blocks"]]
    return {block["id"]: block for block in blocks if block["type"] == "table"}


@pytest.mark.parametrize("authority", ["westshire", "eastmarch"])
async def test_details_of_tables(reader: Callable[[str, str], Reader], authority: str) -> None:
    person = reader("qa-manager", authority)
    report = await tables_of(person, "/reports/triannual", authority)
    if "took-part" in report:  # else all of it is hidden, and a sentence says so
        keys = [row["key"] for row in report["took-part"]["rows"]]
        assert keys == [*(key for key in ("worker", "manager", "both", "neither") if key in keys), "completed"]
    kinds = [row for row in report["activity-by-kind"]["rows"] if not row["whole"]]
    assert len(kinds) > 1 or "grades-by-kind" not in report
    late = report["corrections"]["rows"][0]["cells"]["count"]
    assert ("imported" in report["corrections"]["note"]) is (late["value"] != 0)
    board = await tables_of(person, "/boards/quality", authority)
    signals = [row["cells"]["signal"]["text"] for row in board["good-or-better-months"]["rows"]]
    assert signals
    assert all(signals)

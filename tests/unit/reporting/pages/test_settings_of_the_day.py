"""A report goes by the settings document that holds today: one that begins later changes no window before its day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from services.reporting.pages.desk import Desk, settings_for
from services.reporting.reports.build import rhythm_of
from shared.authority.settings import Authorities, parse_settings
from shared.eventstore.database import Pool
from shared.web.principal import WHOLE, Principal, Role

FIRST = (Path(__file__).parents[4] / "infra" / "sample" / "ways" / "wealdmere.yaml").read_text(encoding="utf-8")
EVEN = "  window_start_month: 10\n  window_months: 4\n"
THEN = FIRST.replace("version: 1\n", "version: 2\n").replace("valid_from: 2024-01-01", "valid_from: 2026-07-01")
SECOND = THEN.replace(EVEN, "  windows:\n    - {name: Year, months: [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]}\n")


@pytest.mark.parametrize(
    ("now", "version", "window"),
    [
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), 1, "2026-06"),
        (datetime(2026, 6, 30, 23, tzinfo=UTC), 2, "2026-04"),  # midnight in England
    ],
)
def test_the_document_of_the_day_cuts_the_windows(now: datetime, version: int, window: str) -> None:
    assert EVEN in FIRST
    documents = [parse_settings(one, "test.yaml") for one in (FIRST, SECOND)]
    desk = Desk(cast("Pool", None), Authorities(documents), lambda _moment: None, lambda: now)
    reader = Principal(UUID(int=1), frozenset({Role.QA_MANAGER}), "wealdmere", (WHOLE,))
    settings = settings_for(desk, reader, None)
    assert settings.version == version
    assert rhythm_of(settings).containing(now.date()).key == window

"""Which windows are offered: only such as their own address leads to, whatever dates events came with."""

from __future__ import annotations

from typing import Any, cast

import pytest

from infra.sample.demonstration import LARGE, sample_authorities
from services.reporting.reports.build import rhythm_of, windows_with_facts
from services.reporting.reports.counts import Counter
from services.reporting.reports.windows import Month


async def test_a_month_no_report_can_be_of_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def months(_: Counter) -> list[Month]:
        return [Month(1, 1), Month(1999, 12), Month(2026, 11), Month(2026, 5), Month(9999, 12)]

    monkeypatch.setattr(Counter, "months_with_facts", months)
    settings = sample_authorities().get(LARGE)
    windows = await windows_with_facts(cast("Any", None), settings)
    assert [window.key for window in windows] == ["2026-10", "2026-02"]
    assert [rhythm_of(settings).parse(window.key) for window in windows] == windows

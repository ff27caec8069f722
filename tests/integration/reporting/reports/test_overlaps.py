"""An authority cuts its year otherwise: what overlaps a published window is not published, and compared with as hidden."""

from __future__ import annotations

from datetime import date

import pytest

from services.reporting.pages.desk import Desk
from services.reporting.publications.overlaps import Span, without_overlapping
from services.reporting.reports.printed_before import Before, Printed
from services.reporting.reports.windows import Rhythm
from shared.authority.settings import Authorities
from shared.eventstore.database import open_pool
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import NOW, served
from tests.integration.reporting.reports.test_publishing import Office, office

__all__ = ["office"]

SUMMER = Span(date(2026, 6, 1), date(2026, 10, 1), "June to September 2026")


@pytest.mark.stack
async def test_a_window_that_shares_months_with_a_published_one_is_refused(office: Office) -> None:
    assert (await office.publish(window="2026-06")).status_code == 201
    settings = made_up.settings()
    quarters = settings.model_copy(update={"reporting": settings.reporting.model_copy(update={"window_months": 3})})
    pool = await open_pool(office.dsn, size=2)
    try:
        office.app = served(Desk(pool, Authorities([quarters]), lambda _now: {}, lambda: NOW), office.issuer)
        for window in ("2026-07", "2026-04"):
            answer = await office.publish(window=window)
            assert answer.status_code == 409, answer.text
            assert answer.json()["type"].endswith(":window-overlaps")
            assert "June to September 2026, which is published" in answer.json()["detail"]
        free = await office.publish(window="2026-01")
        assert free.status_code == 201, free.text
    finally:
        await pool.close()


def test_months_in_both_and_in_one_alone_overlap() -> None:
    quarters, thirds = Rhythm.of(10, 3), Rhythm.of(10, 4)
    assert SUMMER.overlaps(quarters.parse("2026-07"))
    assert SUMMER.overlaps(quarters.parse("2026-04"))
    assert not SUMMER.overlaps(quarters.parse("2026-01"))
    assert not SUMMER.overlaps(quarters.parse("2026-10"))
    assert not SUMMER.overlaps(thirds.parse("2026-06"))


def test_what_a_window_compares_itself_with_is_hidden_where_it_overlaps() -> None:
    given = Printed({"completed": 40})
    before = Before(published={"2026-06": given, "2025-10": given})
    found = without_overlapping(before, Rhythm.of(10, 3).parse("2026-10"), [SUMMER])
    hidden = Printed({})
    assert found.published == {"2026-06": given, "2025-10": given, "2026-07": hidden, "2026-04": hidden}
    assert without_overlapping(before, Rhythm.of(10, 4).parse("2026-10"), [SUMMER]) == before

"""Windows of whole months, wherever the year is cut."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.reporting.reports.windows import Month, Rhythm, WindowUnknown, london_date
from shared.calendar.words import long_date


def test_the_default_windows_are_those_of_the_triannual() -> None:
    rhythm = Rhythm()
    labels = [rhythm.containing(date(2026, month, 15)).label for month in (10, 1, 2, 5, 6, 9)]
    assert labels == [
        "October 2026 to January 2027",
        "October 2025 to January 2026",
        "February to May 2026",
        "February to May 2026",
        "June to September 2026",
        "June to September 2026",
    ]


def test_a_window_ends_where_the_next_begins() -> None:
    window = Rhythm().parse("2026-06")
    assert (window.start, window.end) == (date(2026, 6, 1), date(2026, 10, 1))
    assert window.back(-1).start == window.end
    assert window.back().label == "February to May 2026"
    assert [month.key for month in window.months] == ["2026-06", "2026-07", "2026-08", "2026-09"]


def test_a_window_begins_at_midnight_in_england_summer_or_winter() -> None:
    assert Rhythm().parse("2026-06").starts_at == datetime(2026, 5, 31, 23, tzinfo=UTC)
    assert Rhythm().parse("2026-02").starts_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert london_date(datetime(2026, 5, 31, 23, 30, tzinfo=UTC)) == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("start", "length", "day", "key"),
    [
        (4, 3, date(2026, 3, 31), "2026-01"),
        (4, 12, date(2026, 3, 31), "2025-04"),
        (1, 1, date(2026, 3, 31), "2026-03"),
        (10, 4, date(2026, 12, 31), "2026-10"),
    ],
)
def test_other_rhythms_cut_the_year_elsewhere(start: int, length: int, day: date, key: str) -> None:
    assert Rhythm(start, length).containing(day).key == key


@pytest.mark.parametrize(
    "key", ["2026-07", "2026-00", "2026-13", "1066-10", "2026", "June", "2026-6", "2026-06-01", ""]
)
def test_what_is_no_window_is_refused_with_the_months_that_are(key: str) -> None:
    with pytest.raises(WindowUnknown, match="Windows start in February, June, October"):
        Rhythm().parse(key)


@pytest.mark.parametrize(("start", "length"), [(0, 4), (13, 4), (1, 5), (1, 0)])
def test_a_year_that_cannot_be_cut_so_is_refused(start: int, length: int) -> None:
    with pytest.raises(ValueError, match="months long"):
        Rhythm(start, length)


def test_months_and_dates_are_written_as_pages_write_them() -> None:
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert Month(2026, 6).label == "June 2026"
    assert Month(2026, 6).short == "Jun 26"
    assert long_date(date(2026, 11, 23)) == "23 November 2026"

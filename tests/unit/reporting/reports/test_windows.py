"""Windows of whole months, wherever the year is cut."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.reporting.reports.build import rhythm_of
from services.reporting.reports.windows import Month, Part, Rhythm, WindowUnknown, london_date
from shared.authority.settings import load_authorities
from shared.calendar.words import long_date

WAYS = Path(__file__).parents[4] / "infra" / "sample" / "ways"


def test_the_default_windows_are_those_of_the_triannual() -> None:
    rhythm = Rhythm.of()
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
    window = Rhythm.of().parse("2026-06")
    assert (window.start, window.end) == (date(2026, 6, 1), date(2026, 10, 1))
    assert window.back(-1).start == window.end
    assert window.back().label == "February to May 2026"
    assert [month.key for month in window.months] == ["2026-06", "2026-07", "2026-08", "2026-09"]


def test_a_window_begins_at_midnight_in_england_summer_or_winter() -> None:
    assert Rhythm.of().parse("2026-06").starts_at == datetime(2026, 5, 31, 23, tzinfo=UTC)
    assert Rhythm.of().parse("2026-02").starts_at == datetime(2026, 2, 1, tzinfo=UTC)
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
    assert Rhythm.of(start, length).containing(day).key == key


@pytest.mark.parametrize(
    "key", ["2026-07", "2026-00", "2026-13", "1066-10", "2026", "June", "2026-6", "2026-06-01", ""]
)
def test_what_is_no_window_is_refused_with_the_months_that_are(key: str) -> None:
    with pytest.raises(WindowUnknown, match="Windows start in February, June, October"):
        Rhythm.of().parse(key)


@pytest.mark.parametrize(("start", "length"), [(0, 4), (13, 4), (1, 5), (1, 0)])
def test_a_year_that_cannot_be_cut_so_is_refused(start: int, length: int) -> None:
    with pytest.raises(ValueError, match="months long"):
        Rhythm.of(start, length)


def test_three_rounds_a_year_of_which_one_is_twice_as_long() -> None:
    """As Reading (domain.md section 2): Q1, then Q2 and Q3 together, then Q4, of a year that begins in April."""
    rhythm = rhythm_of(load_authorities(WAYS).get("abbeymead"))
    of_month = {month: rhythm.containing(date(2026, month, 15)) for month in range(1, 13)}
    assert {month: window.key for month, window in of_month.items()} == {
        **dict.fromkeys((1, 2, 3), "2026-01"),
        **dict.fromkeys((4, 5, 6), "2026-04"),
        **dict.fromkeys((7, 8, 9, 10, 11, 12), "2026-07"),
    }
    assert [of_month[month].label for month in (1, 4, 7)] == [
        "Q4 (January to March 2026)",
        "Q1 (April to June 2026)",
        "Q2 and Q3 (July to December 2026)",
    ]
    long = rhythm.parse("2026-07")
    assert (long.start, long.end, len(long.months)) == (date(2026, 7, 1), date(2027, 1, 1), 6)
    assert [long.back(back).key for back in (-2, -1, 0, 1, 2, 3, 4)] == [
        "2027-04", "2027-01", "2026-07", "2026-04", "2026-01", "2025-07", "2025-04",
    ]  # fmt: skip
    assert long.back(-1).start == long.end
    with pytest.raises(WindowUnknown, match="Windows start in January, April, July:"):
        rhythm.parse("2026-10")


def test_a_window_over_the_new_year_begins_in_the_old_one() -> None:
    rhythm = Rhythm((Part(11, 4, "Winter"), Part(3, 8)))
    winter = rhythm.containing(date(2027, 2, 28))
    assert (winter.key, winter.label) == ("2026-11", "Winter (November 2026 to February 2027)")
    assert (winter.back().key, winter.back().label) == ("2026-03", "March to October 2026")


def test_parts_that_are_no_year_are_refused() -> None:
    for parts in ((Part(1, 6), Part(8, 5)), (Part(1, 7), Part(7, 6)), ()):
        with pytest.raises(ValueError, match="make up a year"):
            Rhythm(parts)


def test_months_and_dates_are_written_as_pages_write_them() -> None:
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert Month(2026, 6).label == "June 2026"
    assert Month(2026, 6).short == "Jun 26"
    assert long_date(date(2026, 11, 23)) == "23 November 2026"

"""A row of an import file as forms: its days are held to what HTTP holds them to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.audit.app.importing.columns import forms_of
from services.audit.app.importing.reading import Row
from tests.unit.audit import builders as b


def faults(**days: Any) -> set[tuple[str, str]]:
    """What is wrong with the days of a row that holds nothing else."""
    _, problems = forms_of(Row(2, days), b.tool())
    return {(each.column, each.problem) for each in problems if each.column in days}


@pytest.mark.parametrize("column", ["allocated_on", "completed_on"])
@pytest.mark.parametrize("day", ["0025-11-20", "31/12/1989", date(1989, 12, 31)])
def test_a_day_before_1990_is_a_slip_of_the_pen(column: str, day: Any) -> None:
    assert (column, "the day lies before 1990") in faults(**{column: day})


@pytest.mark.parametrize("column", ["allocated_on", "completed_on"])
def test_the_first_day_of_1990_may_be(column: str) -> None:
    assert faults(**{column: date(1990, 1, 1)}) == set()

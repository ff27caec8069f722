"""docs/tools.md is true: every row, list and column that the workbooks have stands in it, and every tool shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.audit.app.tools.xlsform import cells, names
from services.audit.app.tools.xlsform.writing import CHOICES_COLUMNS, SETTINGS_COLUMNS, SURVEY_COLUMNS
from tests.unit.audit.test_shipped_tools import NAMES

PAGE = (Path(__file__).parents[3] / "docs/tools.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word", sorted({*names.OF_THE_FORM, *SURVEY_COLUMNS, *CHOICES_COLUMNS, *SETTINGS_COLUMNS, *NAMES})
)
def test_each_name_stands_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("part", sorted(names.OF_A_QUESTION))
def test_each_row_beside_a_question_stands_on_the_page(part: str) -> None:
    assert f"`NAME_{part}`" in PAGE


@pytest.mark.parametrize("part", sorted(names.OF_A_SECTION))
def test_each_row_beside_a_section_stands_on_the_page(part: str) -> None:
    assert f"`SECTION_{part}`" in PAGE


def test_the_sizes_are_the_ones_that_are_kept() -> None:
    assert "5 MB, 5,000 rows and 100 columns" in PAGE
    assert (cells.MOST_BYTES, cells.MOST_ROWS, cells.MOST_COLUMNS) == (5_000_000, 5_000, 100)

"""What people write in cells, as the codes they mean: "Requires improvement", "Yes", 03/11/2025, "n/a"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from services.audit.app.importing.reading import Cell
from services.audit.domain.tools.document import Question, Scale, ToolDocument
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN

_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})
_NOT_APPLICABLE = frozenset({NOT_APPLICABLE, "n/a", "na"})
_GRADES = {"ri": "requires-improvement", "requires-improvement-to-be-good": "requires-improvement"}
_BRITISH_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_LONGEST_CODE = 80
_UNREADABLE = "?"
"""Stands for what fits no scale: refused by the tool's own rules, with the way out."""


def code(cell: Cell) -> str:
    """Return a cell as a code: lower case, blanks as hyphens."""
    return "-".join(str(cell).strip().casefold().split())


def grade(cell: Cell) -> str:
    """Return a cell as a grade's code; the full name and "RI" are known."""
    said = code(cell)
    return _GRADES.get(said, said)


def yes_no(cell: Cell) -> bool | str:
    """Return a cell as yes or no, or as it is where it is neither."""
    said = code(cell)
    return True if said in _YES else False if said in _NO else _UNREADABLE


def day(cell: Cell) -> date | None:
    """Return a cell as a date: a date cell, YYYY-MM-DD, or DD/MM/YYYY."""
    if isinstance(cell, date):
        return cell
    british = _BRITISH_DATE.fullmatch(str(cell).strip())
    try:
        if british:
            return date(int(british[3]), int(british[2]), int(british[1]))
        return date.fromisoformat(str(cell).strip())
    except ValueError:
        return None


def several(cell: Cell) -> list[str]:
    """Return a cell as several codes, written with semicolons or commas between them."""
    return [code(part) for part in re.split(r"[;,]", str(cell)) if part.strip()]


def answer(  # noqa: C901, PLR0911 - a table, one return a scale, and mypy sees that none is left out
    tool: ToolDocument, question: Question | None, cell: Cell
) -> Any:
    """Return a cell as the answer its question asks for; what fits no scale stays something that fits none."""
    said = code(cell)
    if said in _NOT_APPLICABLE:
        return NOT_APPLICABLE
    if said == NOT_SEEN:
        return NOT_SEEN
    if question is None:
        return _UNREADABLE
    match question.scale:
        case Scale.YES_NO:
            return yes_no(cell)
        case Scale.GRADE:
            return _short(grade(cell))
        case Scale.SCALE | Scale.NUMBER:
            return _number(cell)
        case Scale.DATE:
            found = day(cell)
            return _UNREADABLE if found is None else found.isoformat()
        case Scale.CHOICE:
            return _short(_by_label({each.label: each.code for each in question.choices}, said))
        case Scale.CHOICES:
            labels = {each.label: each.code for each in question.choices}
            return tuple(_short(_by_label(labels, each)) for each in several(cell))
        case Scale.THEMES:
            labels = {each.label: each.code for each in tool.themes}
            return tuple(_short(_by_label(labels, each)) for each in several(cell))
        case Scale.TEXT:
            return _UNREADABLE


def _by_label(labels: dict[str, str], said: str) -> str:
    """Return the code that a label stands for; a code stands for itself."""
    return {code(label): choice for label, choice in labels.items()}.get(said, said)


def _number(cell: Cell) -> int | float | str:
    if isinstance(cell, bool | date):
        return _UNREADABLE
    if isinstance(cell, int | float):
        return cell
    try:
        number = float(cell)
    except ValueError:
        return _UNREADABLE
    return int(number) if number.is_integer() else number


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CODE else _UNREADABLE

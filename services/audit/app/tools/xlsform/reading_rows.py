"""Single cells of the survey read as what they mean: yes or no, conditions, bounds, calculations, grades of scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.cells import SheetRow
from services.audit.app.tools.xlsform.drafting import Draft, Json
from services.audit.app.tools.xlsform.expressions import Clause, ExpressionInvalid, read

_YES: Final = frozenset({"yes", "true", "true()"})
_NO: Final = frozenset({"", "no", "false", "false()"})
_NUMBER: Final = r"-?\d+(?:\.\d+)?"
_LOW: Final = re.compile(rf"\.\s*>=\s*({_NUMBER})")
_HIGH: Final = re.compile(rf"\.\s*<=\s*({_NUMBER})")
_NOT_AHEAD: Final = re.compile(r"\.\s*<=\s*today\(\s*\)")
_ROW: Final = r"\$\{\s*([^{}\s]+)\s*\}"
_NOT_BEFORE: Final = re.compile(
    rf"\.\s*>=\s*{_ROW}|\(?\s*{_ROW}\s*=\s*(?:''|\"\")\s*or\s*\.\s*>=\s*\$\{{\s*\2\s*\}}\s*\)?"
)
_LITERAL: Final = re.compile(rf"'([^']*)'|\"([^\"]*)\"|({_NUMBER})")


def is_required(draft: Draft, row: SheetRow, unless: str = "") -> bool:
    """Return whether a row must be answered; `unless` is the expression that stands for "unless a reason is given"."""
    text = row["required"].lower()
    if text in _YES or (unless and "".join(text.split()) == "".join(unless.split())):
        return True
    if text not in _NO:
        draft.fault(row, "required", "required is neither yes nor no", "Write yes, or no.")
    return False


def clauses_of(draft: Draft, row: SheetRow) -> tuple[Clause, ...]:
    """Return the conditions of a row; one that cannot be read is a fault of it."""
    try:
        return read(row["relevant"])
    except ExpressionInvalid as invalid:
        draft.fault(row, "relevant", str(invalid), invalid.way_out)
        return ()


def bounds_of(draft: Draft, row: SheetRow) -> tuple[str | None, str | None]:
    """Return the least and the greatest number that a row allows, as they are written."""
    low: str | None = None
    high: str | None = None
    for part in [part.strip() for part in row["constraint"].split(" and ")] if row["constraint"] else []:
        least, most = _LOW.fullmatch(part), _HIGH.fullmatch(part)
        if least and low is None:
            low = least[1]
        elif most and high is None:
            high = most[1]
        else:
            draft.fault(row, "constraint", "the constraint cannot be read", "Write . >= LEAST and . <= GREATEST.")
            return None, None
    return low, high


def days_of(draft: Draft, row: SheetRow, ahead: SheetRow | None) -> Json:
    """Return what the constraint of a date says: which date it does not lie before, and not after today.

    Not after today is so anyway, unless the row `ahead` says otherwise; a constraint that says both is a fault.
    """
    found: Json = {}
    for part in [part.strip() for part in row["constraint"].split(" and ")] if row["constraint"] else []:
        earlier = _NOT_BEFORE.fullmatch(part)
        if earlier and "not_before" not in found:
            name = earlier[1] or earlier[2]
            if not draft.has_row(name):
                way_out = "Check the spelling, or add a row of that name above this one."
                draft.fault(row, "constraint", f"no row of the sheet is named {name[:80]}", way_out)
            found["not_before"] = names.id_of(name)
        elif not _NOT_AHEAD.fullmatch(part):
            way_out = "Write . <= today() and . >= ${question}, or one of the two."
            draft.fault(row, "constraint", "the constraint of the date cannot be read", way_out)
            return {}
        elif ahead is not None and literal_yes(draft, ahead):
            message, way_out = (
                "the date may lie ahead, and its constraint says that it may not",
                "Take . <= today() out.",
            )
            draft.fault(row, "constraint", message, way_out)
    return found


def no_constraint(draft: Draft, row: SheetRow) -> None:
    """Keep a fault where a row has a constraint that a tool has no place for."""
    if row["constraint"]:
        draft.fault(row, "constraint", "only a number or a date has a constraint in a tool", "Empty the cell.")


def number(text: str) -> float | int:
    """Return a number as JSON has it."""
    return float(text) if "." in text else int(text)


def literal(draft: Draft, row: SheetRow) -> str:
    """Return the text or the number that a calculation is; an expression is a fault."""
    found = _LITERAL.fullmatch(row["calculation"])
    if found is None:
        way_out = "Write a number, or a text in quotes such as 'strength'."
        draft.fault(row, "calculation", "the calculation is no plain value", way_out)
        return ""
    return next(group for group in found.groups() if group is not None)


def literal_number(draft: Draft, row: SheetRow) -> float | int | None:
    """Return the number that a calculation is."""
    text = literal(draft, row)
    if re.fullmatch(_NUMBER, text):
        return number(text)
    if draft.no_fault_in(row, "calculation"):
        draft.fault(row, "calculation", "the calculation is no number", "Write a number.")
    return None


def literal_yes(draft: Draft, row: SheetRow) -> bool:
    """Return the yes or no that a calculation is."""
    text = literal(draft, row)
    if text not in {"yes", "no"} and draft.no_fault_in(row, "calculation"):
        draft.fault(row, "calculation", "the calculation is neither 'yes' nor 'no'", "Write 'yes', or 'no'.")
    return text == "yes"


def score_grades(draft: Draft, row: SheetRow, judgement: str) -> list[Json]:
    """Return which scores stand for which grade, from the calculation `if(...)` that says it."""
    score = r"\$\{\s*" + re.escape(judgement) + r"\s*\}"
    band = re.compile(rf"\s*if\(\s*{score}\s*>=\s*(\d+)\s+and\s+{score}\s*<=\s*(\d+)\s*,\s*'([a-z-]+)'\s*,")
    found: list[Json] = []
    text, at = row["calculation"], 0
    while match := band.match(text, at):
        found.append({"from": int(match[1]), "to": int(match[2]), "grade": match[3]})
        at = match.end()
    if not found or "".join(text[at:].split()) != "''" + ")" * len(found):
        score = f"${{{judgement}}}"
        way_out = f"Write if({score} >= 0 and {score} <= 2, 'inadequate', if(...)), with '' at the end."
        draft.fault(row, "calculation", "the grades of the scores cannot be read", way_out)
        return []
    return found


def wants_type(draft: Draft, row: SheetRow, type_: str, expected: Sequence[str], what: str) -> bool:
    """Say whether a row beside a question or section has the type it must have; another is a fault."""
    if type_ in expected:
        return True
    draft.fault(row, "type", f"{what} is of another type", f"Its type is {' or '.join(expected)}.")
    return False


def same_condition(draft: Draft, row: SheetRow, own: Sequence[Clause], extra: Clause | None = None) -> None:
    """Keep a fault where a row beside a question has a condition that is not the question's."""
    given = clauses_of(draft, row)
    allowed = {*own, *([extra] if extra else [])}
    if given and draft.no_fault_in(row, "relevant") and not (set(given) <= allowed and set(own) <= {*given}):
        message = "the condition is another one than the question's"
        draft.fault(
            row, "relevant", message, "Leave it empty, or copy the question's: it is asked when the question is."
        )

"""The choices sheet, read into lists: each with a name, and each choice in it with its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.cells import SheetRow
from services.audit.app.tools.xlsform.drafting import Draft, Entry, Json, one_language
from services.audit.app.tools.xlsform.lists import GRADE_LABELS, UNANSWERED_LABELS
from services.audit.domain.words import RESERVED_ANSWERS, Grade

_COLUMNS: Final = frozenset({"list_name", "name", "label", "grade", "component"})


def read_lists(draft: Draft) -> None:
    """Fill the draft's lists from the choices sheet."""
    sheet = draft.book.choices
    one_language(sheet, draft.book.faults, ("label",))
    for column in ("list_name", "name", "label"):
        if sheet.letters and column not in sheet.letters:
            draft.book.faults.append(
                sheet.fault(1, column, f"the column {column} is missing", "Its name stands in row 1.")
            )
            return
    for column in sheet.letters:
        if column and column not in _COLUMNS:
            message = f"the column {column[:80]} is no part of a tool and was not read"
            draft.book.notes.append(
                sheet.fault(1, column, message, "A tool reads " + ", ".join(sorted(_COLUMNS)) + ".")
            )
    for row in sheet.rows:
        _read_entry(draft, row)


def _read_entry(draft: Draft, row: SheetRow) -> None:
    sheet = draft.book.choices
    for column in ("list_name", "name", "label"):
        if not row[column]:
            draft.fault(row, column, f"the choice has no {column}", "Fill the cell, or empty the row.", sheet=sheet)
    list_name, name = row["list_name"], row["name"]
    if not list_name or not name:
        return
    entries = draft.lists.setdefault(list_name, [])
    for other in entries:
        if other.name == name:
            message = f"the list {list_name} has the choice {name[:80]} twice, first in row {other.row.number}"
            draft.fault(row, "name", message, "Give each choice of a list its own name.", sheet=sheet)
            return
    entries.append(Entry(row, name, row["label"], row["grade"], row["component"]))


def entries_of(draft: Draft, row: SheetRow, list_name: str) -> list[Entry]:
    """Return the entries of the list that a survey row names; a missing one is a fault of the row."""
    entries = draft.lists.get(list_name)
    if entries is None:
        way_out = f"Add rows with the list_name {list_name[:80]} to the sheet choices, or name a list that is there."
        draft.fault(row, "type", f"the list {list_name[:80]} is not in the sheet choices", way_out)
        return []
    return entries


def answers_only(draft: Draft, entries: Sequence[Entry]) -> list[Entry]:
    """Return a list's entries without not applicable and not seen, whose labels are always ours."""
    for entry in entries:
        if entry.name in RESERVED_ANSWERS and entry.label != UNANSWERED_LABELS[entry.name]:
            message = f"{entry.name} is always called “{UNANSWERED_LABELS[entry.name]}”; this label is not kept"
            draft.note(entry.row, "label", message, "Nothing needs doing.", sheet=draft.book.choices)
    return [entry for entry in entries if entry.name not in RESERVED_ANSWERS]


def unanswered_flags(entries: Sequence[Entry]) -> Json:
    """Return whether a list offers not applicable and not seen."""
    there = {entry.name for entry in entries}
    flags = {"may_be_not_applicable": "not-applicable" in there, "may_be_not_seen": "not-seen" in there}
    return {field: True for field, may in flags.items() if may}


def as_choices(entries: Sequence[Entry]) -> list[Json]:
    """Return entries as choices."""
    return [{"code": entry.name, "label": entry.label} for entry in entries]


def as_points(draft: Draft, entries: Sequence[Entry]) -> list[Json]:
    """Return entries as points of a scale, whose names are whole numbers."""
    points: list[Json] = []
    for entry in entries:
        try:
            point: Json = {"value": int(entry.name), "name": entry.label}
        except ValueError:
            message, way_out = f"“{entry.name[:40]}” is no whole number", "A point of a scale is named by its number."
            draft.fault(entry.row, "name", message, way_out, sheet=draft.book.choices)
            continue
        points.append(point | ({"grade": entry.grade} if entry.grade else {}))
    return points


def descriptors(draft: Draft, entries: Sequence[Entry]) -> Json:
    """Return what each grade means, from the labels of a list of grades; a list that is none is a fault."""
    sheet = draft.book.choices
    known = {str(grade): label for grade, label in GRADE_LABELS.items()}
    found: Json = {}
    for entry in entries:
        label = known.get(entry.name)
        if label is None:
            way_out = f"A list of grades has {', '.join(Grade)}, and not-applicable or not-seen where that may be."
            draft.fault(entry.row, "name", f"{entry.name[:80]} is no grade", way_out, sheet=sheet)
        elif entry.label.startswith(f"{label}: "):
            found[entry.name] = entry.label.removeprefix(f"{label}: ")
        elif entry.label != label:
            message = f"the label of {entry.name} does not begin with its name"
            way_out = f"Write “{label}”, or “{label}: ” and what it means here."
            draft.fault(entry.row, "label", message, way_out, sheet=sheet)
    missing = [grade for grade in known if grade not in {entry.name for entry in entries}]
    if entries and missing:
        message = f"the list of grades lacks {', '.join(missing)}"
        draft.fault(entries[0].row, "list_name", message, "Give it all four grades.", sheet=sheet)
    return found


def must_be_of(draft: Draft, entries: Sequence[Entry], known: Collection[str], what: str) -> None:
    """Keep a fault for each entry that is not among the words that may stand there."""
    for entry in entries:
        if entry.name not in known:
            way_out = f"It is one of: {', '.join(known)}."
            draft.fault(entry.row, "name", f"{entry.name[:80]} is no {what}", way_out, sheet=draft.book.choices)


def themes_of(draft: Draft) -> list[Json]:
    """Return the tool's themes: the list `themes`."""
    return [
        {"code": entry.name, "label": entry.label, **({"component": entry.component} if entry.component else {})}
        for entry in draft.lists.get(names.THEMES, [])
    ]

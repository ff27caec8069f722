"""A row of the survey, with the rows beside it, as a question of the tool's document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.cells import SheetRow
from services.audit.app.tools.xlsform.drafting import Draft, Entry, Json, QuestionRows
from services.audit.app.tools.xlsform.expressions import Clause
from services.audit.app.tools.xlsform.lists import YES_NO_LABELS
from services.audit.app.tools.xlsform.reading_lists import (
    answers_only,
    as_choices,
    as_points,
    descriptors,
    entries_of,
    must_be_of,
    unanswered_flags,
)
from services.audit.app.tools.xlsform.reading_rows import (
    bounds_of,
    clauses_of,
    days_of,
    is_required,
    literal,
    literal_number,
    literal_yes,
    no_constraint,
    number,
    same_condition,
    wants_type,
)
from services.audit.app.tools.xlsform.reading_tree import type_of
from services.audit.app.tools.xlsform.writing import BOX_LABELS, LIKERT
from services.audit.domain.tools.document import Scale
from services.audit.domain.words import NOT_APPLICABLE, RESERVED_ANSWERS, Grade

_PLAIN: Final = {"decimal": Scale.NUMBER, "integer": Scale.NUMBER, "date": Scale.DATE, "text": Scale.TEXT}
_YES_OR_NO: Final = frozenset({names.COMPARABLE, names.AHEAD})
_FIELDS: Final = {names.AHEAD: "may_lie_ahead"}


def read_question(draft: Draft, rows: QuestionRows) -> Json:
    """Return a question as a document has it."""
    row, beside = rows.row, rows.beside
    id_ = names.id_of(row["name"])
    document: Json = {"id": id_, "text": row["label"]} | _scale(draft, row)
    _appearance(draft, row, document["scale"])
    if document["scale"] == Scale.DATE:
        document |= days_of(draft, row, beside.get(names.AHEAD))
    elif document["scale"] != Scale.NUMBER:
        no_constraint(draft, row)
    clauses = clauses_of(draft, row)
    document |= respondent_and_conditions(draft, row, clauses)
    unless = f"${{{names.beside(id_, names.UNANSWERED)}}} = ''"
    document["required"] = is_required(draft, row, unless if names.UNANSWERED in beside else "")
    if guidance := guidance_of(row):
        document["guidance"] = guidance
    if rows.compliance:
        document["compliance"] = True
    document |= _unanswered(draft, beside.get(names.UNANSWERED), document["scale"], clauses)
    document |= _reasons(draft, id_, beside.get(names.REASON), clauses)
    for part in (names.EVIDENCE, names.IMPACT):
        if part in beside:
            document[part] = read_box(draft, beside[part], BOX_LABELS[part])
            same_condition(draft, beside[part], clauses)
    return document | _properties(draft, beside)


def guidance_of(row: SheetRow) -> str:
    """Return what helps whoever fills in the form: the hint, and the guidance hint below it."""
    return "\n".join(text for text in (row.exact("hint"), row.exact("guidance_hint")) if text)


def _scale(draft: Draft, row: SheetRow) -> Json:
    type_, list_name = type_of(row)
    if type_ in _PLAIN:
        document: Json = {"scale": _PLAIN[type_]}
        if type_ == "integer":
            draft.note(row, "type", "that the number is whole is not kept", "Say so in the hint, or in the label.")
        if _PLAIN[type_] is Scale.NUMBER:
            bounds = zip(("minimum", "maximum"), bounds_of(draft, row), strict=True)
            document |= {field: number(bound) for field, bound in bounds if bound is not None}
        return document
    entries = _listed(draft, row, list_name)
    answers = answers_only(draft, entries)
    several = type_ == "select_multiple"
    flags = unanswered_flags(entries)
    if names.is_list(names.GRADES, list_name) and not several:
        found = descriptors(draft, answers)
        return {"scale": Scale.GRADE, **({"grade_descriptors": found} if found else {}), **flags}
    if names.is_list(names.YES_NO, list_name) and not several:
        must_be_of(draft, answers, YES_NO_LABELS, "answer to a question of yes or no")
        return {"scale": Scale.YES_NO, **flags}
    if names.is_list(names.THEMES, list_name) and several:
        _must_be_themes(draft, list_name, answers)
        return {"scale": Scale.THEMES, **flags}
    if LIKERT in row["appearance"].split() and not several:
        return {"scale": Scale.SCALE, "points": as_points(draft, answers), **flags}
    _perhaps_meant(draft, row, list_name, answers, several=several)
    return {"scale": Scale.CHOICES if several else Scale.CHOICE, "choices": as_choices(answers), **flags}


def _listed(draft: Draft, row: SheetRow, list_name: str) -> list[Entry]:
    if not list_name:
        way_out = "Write select_one and the list's name, such as select_one yes_no."
        draft.fault(row, "type", "the type names no list of choices", way_out)
        return []
    words = row["type"].lower().split()
    if "or_other" in words:
        draft.fault(row, "type", "a tool has no “other”", "Take or_other out, and add a choice for it to the list.")
        return []
    return entries_of(draft, row, list_name)


def _must_be_themes(draft: Draft, list_name: str, answers: Sequence[Entry]) -> None:
    themes = {entry.name for entry in draft.lists.get(names.THEMES, [])}
    if list_name == names.THEMES:
        return
    must_be_of(draft, answers, sorted(themes), f"theme of the list {names.THEMES}")
    missing = themes - {entry.name for entry in answers}
    if answers and missing:
        message = f"the list {list_name[:80]} lacks themes of the list {names.THEMES}"
        draft.fault(answers[0].row, "list_name", message, "Give it all of them.", sheet=draft.book.choices)


def _perhaps_meant(draft: Draft, row: SheetRow, list_name: str, answers: Sequence[Entry], *, several: bool) -> None:
    found = {entry.name for entry in answers}
    if several or not found:
        return
    if found == set(Grade):
        way_out = f"To make it a grade, call the list {names.GRADES}, or give it a name that ends with _{names.GRADES}."
        draft.note(row, "type", f"the list {list_name[:80]} is read as choices, not as grades", way_out)
    elif all(name.isdigit() for name in found):
        way_out = f"To make it a scale, write {LIKERT} in the column appearance."
        draft.note(row, "appearance", f"the list {list_name[:80]} is read as choices, not as a scale", way_out)


def _appearance(draft: Draft, row: SheetRow, scale: str) -> None:
    if row["appearance"] and (row["appearance"] != LIKERT or scale != Scale.SCALE):
        draft.note(row, "appearance", "how a question looks is not kept", "Nothing needs doing.")


def _unanswered(draft: Draft, row: SheetRow | None, scale: str, clauses: Sequence[Clause]) -> Json:
    if row is None:
        return {}
    type_, list_name = type_of(row)
    if not wants_type(draft, row, type_, ("select_one",), "the row why a question is not answered"):
        return {}
    if scale not in {Scale.NUMBER, Scale.DATE, Scale.TEXT}:
        way_out = "Put not-applicable or not-seen into the question's own list instead."
        draft.fault(row, "name", "the question has choices of its own", way_out)
    same_condition(draft, row, clauses)
    entries = _listed(draft, row, list_name)
    answers_only(draft, entries)
    must_be_of(draft, entries, sorted(RESERVED_ANSWERS), "reason why a question is not answered")
    return unanswered_flags(entries)


def _reasons(draft: Draft, id_: str, row: SheetRow | None, clauses: Sequence[Clause]) -> Json:
    if row is None:
        return {}
    type_, list_name = type_of(row)
    if not wants_type(draft, row, type_, ("select_one",), "the row of the reasons"):
        return {}
    same_condition(draft, row, clauses, Clause(names.name_of(id_), (NOT_APPLICABLE,)))
    return {"not_applicable_reasons": as_choices(_listed(draft, row, list_name))}


def read_box(draft: Draft, row: SheetRow, label: str) -> str:
    """Return whether a box of free text must be filled."""
    wants_type(draft, row, type_of(row)[0], ("text",), "the box")
    if row["label"] != label:
        draft.note(row, "label", f"the box is always called “{label}”; this label is not kept", "Nothing needs doing.")
    if guidance_of(row):
        draft.note(row, "hint", "a box has no hint of its own; it is not kept", "Write it beside the question.")
    return "required" if is_required(draft, row) else "optional"


def _properties(draft: Draft, beside: dict[str, SheetRow]) -> Json:
    found: Json = {}
    for part in (names.WEIGHT, names.POLARITY, names.REPLACES, names.COMPARABLE, names.AHEAD):
        row = beside.get(part)
        if row is None or not wants_type(draft, row, type_of(row)[0], ("calculate",), f"the row of the {part}"):
            continue
        if part == names.WEIGHT:
            value: object = literal_number(draft, row)
        else:
            value = literal_yes(draft, row) if part in _YES_OR_NO else literal(draft, row)
        if value not in {None, ""}:
            found[_FIELDS.get(part, part)] = value
    return found


def respondent_and_conditions(draft: Draft, row: SheetRow, clauses: Sequence[Clause], *, section: bool = False) -> Json:
    """Return who answers, for which statuses of the child (a section only), and what else must be so."""
    found: Json = {}
    conditions: list[Json] = []
    for clause in clauses:
        if clause.name == names.ANSWERING:
            if clause.negated or len(clause.answers) != 1 or "answered_by" in found:
                way_out = f"Write selected(${{{names.ANSWERING}}}, 'practitioner'), with one respondent."
                draft.fault(row, "relevant", "who answers is not one respondent", way_out)
            found["answered_by"] = clause.answers[0]
        elif clause.name == names.STATUS:
            if clause.negated or not section or "applies_to" in found:
                message = "the child's status may decide a whole section only, by the statuses it is for"
                draft.fault(row, "relevant", message, "Put the condition into the section's row begin_group.")
            found["applies_to"] = list(clause.answers)
        elif names.parted(clause.name)[1]:
            message = f"a condition cannot look at {clause.name[:80]}"
            draft.fault(row, "relevant", message, "Name a question, the child's status or who answers.")
        else:
            if not draft.has_row(clause.name):
                way_out = "Check the spelling, or add a row of that name above this one."
                draft.fault(row, "relevant", f"no row of the sheet is named {clause.name[:80]}", way_out)
            condition: Json = {"question": names.id_of(clause.name), "answers": list(clause.answers)}
            conditions.append(condition | ({"negated": True} if clause.negated else {}))
    return found | ({"asked_if": conditions} if conditions else {})

"""A draft as the document of a tool: its settings, what holds for the form as a whole, its sections, its limits."""

from __future__ import annotations

from typing import Final

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.cells import SheetRow
from services.audit.app.tools.xlsform.conditions import at_most
from services.audit.app.tools.xlsform.drafting import Draft, Entry, Json, SectionRows
from services.audit.app.tools.xlsform.reading_lists import as_points, descriptors, entries_of, must_be_of, themes_of
from services.audit.app.tools.xlsform.reading_questions import (
    guidance_of,
    read_box,
    read_question,
    respondent_and_conditions,
)
from services.audit.app.tools.xlsform.reading_rows import (
    bounds_of,
    clauses_of,
    is_required,
    literal_number,
    literal_yes,
    score_grades,
    wants_type,
)
from services.audit.app.tools.xlsform.reading_tree import type_of
from services.audit.app.tools.xlsform.writing import OVERALL_RATIONALE_LABEL, RATIONALE_LABEL
from services.audit.domain.tools.parts import Judgement, Respondent
from services.audit.domain.words import ChildStatus, Grade

_SETTINGS: Final = {"form_title": "title", "form_id": "tool", "version": "version"}
_SAME_SETTING: Final = {
    "title": "form_title",
    "set form title": "form_title",
    "set_form_title": "form_title",
    "id_string": "form_id",
    "set_form_id": "form_id",
}
_MOST_DIGITS: Final = 6


def document_of(draft: Draft) -> Json:
    """Return the document that a draft holds; what is wrong on the way is kept as the draft's faults."""
    document = _settings(draft) | _beginning(draft)
    if themes := themes_of(draft):
        document["themes"] = themes
    document["sections"] = [_section(draft, section) for section in draft.sections]
    return document | _end(draft)


def _settings(draft: Draft) -> Json:
    sheet = draft.book.settings
    for column in sheet.letters:
        if _SAME_SETTING.get(column, column) not in _SETTINGS:
            message = f"the setting {column[:80]} is no part of a tool and was not read"
            draft.book.notes.append(sheet.fault(1, column, message, "A tool reads form_title, form_id and version."))
    if not sheet.rows:
        message = "the settings are empty"
        draft.book.faults.append(sheet.fault(2, "form_id", message, "Fill form_title and form_id in row 2."))
        return {}
    row, *more = sheet.rows
    for other in more:
        draft.fault(other, "", "the settings have a second row", "Keep one row.", sheet=sheet)
    cells = {_SAME_SETTING.get(column, column): text.strip() for column, text in row.cells.items()}
    found: Json = {_SETTINGS[column]: text for column, text in cells.items() if column in _SETTINGS}
    for column in ("form_title", "form_id"):
        if column not in cells:
            draft.fault(row, column, f"the setting {column} is missing", "Fill it.", sheet=sheet)
    version = found.pop("version", None)
    if version is None:
        return found
    if version.isdecimal() and len(version) <= _MOST_DIGITS:
        return found | {"version": int(version)}
    way_out = "Give a whole number, or empty the cell: the next number is then given."
    draft.fault(row, "version", "the version is no whole number", way_out, sheet=sheet)
    return found


def _beginning(draft: Draft) -> Json:
    found: Json = {}
    form = draft.form
    first = [form[names.DESCRIPTION].exact("label")] if names.DESCRIPTION in form else []
    if first or draft.description:
        found["description"] = "\n".join((*first, *draft.description))
    if names.KIND in form:
        found["kinds"] = [entry.name for entry in _list_of(draft, form[names.KIND], "select_one")]
    else:
        way_out = f"Add a row select_one {names.KINDS} named {names.KIND}, and the kinds to the sheet choices."
        draft.book.faults.append(draft.survey.fault(None, "", "the kinds of audit are not named", way_out))
    if names.STATUS in form:
        must_be_of(draft, _list_of(draft, form[names.STATUS], "select_one"), list(ChildStatus), "child status")
    if names.ANSWERING in form:
        entries = _list_of(draft, form[names.ANSWERING], "select_multiple")
        must_be_of(draft, entries, list(Respondent), "respondent")
    if names.EARLIER_AUDIT in form:
        row = form[names.EARLIER_AUDIT]
        found["needs_earlier_audit"] = wants_type(draft, row, type_of(row)[0], ("text",), "the earlier audit")
    for name in (names.MONTHS_READ, names.MONTHS_JUDGED, names.DAYS, names.IN_FIGURES):
        calculated = form.get(name)
        if calculated is not None and wants_type(draft, calculated, type_of(calculated)[0], ("calculate",), name):
            yes_no = name == names.IN_FIGURES
            found[name] = literal_yes(draft, calculated) if yes_no else literal_number(draft, calculated)
    return found


def _list_of(draft: Draft, row: SheetRow, expected: str) -> list[Entry]:
    type_, list_name = type_of(row)
    fits = wants_type(draft, row, type_, (expected,), f"the row {row['name']}")
    return entries_of(draft, row, list_name) if fits else []


def _section(draft: Draft, rows: SectionRows) -> Json:
    row = rows.row
    section: Json = {"id": names.id_of(row["name"]), "title": row["label"]}
    section |= respondent_and_conditions(draft, row, clauses_of(draft, row), section=True)
    guidance = [text for text in (guidance_of(row), *rows.guidance) if text]
    if guidance:
        section["guidance"] = "\n".join(guidance)
    section |= _judgement(draft, section["id"], rows)
    if names.RATIONALE in rows.beside:
        section["rationale"] = read_box(draft, rows.beside[names.RATIONALE], RATIONALE_LABEL)
    section["questions"] = [read_question(draft, question) for question in rows.questions]
    return section


def _judgement(draft: Draft, id_: str, rows: SectionRows) -> Json:
    row = rows.beside.get(names.JUDGEMENT)
    if row is None:
        if names.GRADE in rows.beside:
            message = "the section has no score that could stand for a grade"
            draft.fault(rows.beside[names.GRADE], "name", message, f"Add a row integer named {id_}_{names.JUDGEMENT}.")
        return {"judgement": Judgement.NONE}
    type_, list_name = type_of(row)
    if not wants_type(draft, row, type_, ("select_one", "integer"), "the section's judgement"):
        return {}
    if type_ == "integer":
        return {"judgement": Judgement.SCORE} | _scores(draft, id_, row, rows.beside.get(names.GRADE))
    if not names.is_list(names.GRADES, list_name):
        way_out = f"Use the list {names.GRADES}, or one whose name ends with _{names.GRADES}."
        draft.fault(row, "type", "a section is graded by a list of grades", way_out)
        return {}
    found = descriptors(draft, entries_of(draft, row, list_name))
    return {"judgement": Judgement.GRADE} | ({"grade_descriptors": found} if found else {})


def _scores(draft: Draft, id_: str, row: SheetRow, grade: SheetRow | None) -> Json:
    low, high = bounds_of(draft, row)
    found: Json = {}
    if low is None or high is None or "." in low + high:
        if draft.no_fault_in(row, "constraint"):
            way_out = "Write . >= LEAST and . <= GREATEST with whole numbers."
            draft.fault(row, "constraint", "the score does not say from where to where it goes", way_out)
    else:
        found = {"score_from": int(low), "score_to": int(high)}
    entries = draft.lists.get(names.beside(id_, names.GRADES))
    if entries and (described := descriptors(draft, entries)):
        found["grade_descriptors"] = described
    if grade is not None and wants_type(draft, grade, type_of(grade)[0], ("calculate",), "the grade of the score"):
        found["score_grades"] = score_grades(draft, grade, row["name"])
    return found


def _end(draft: Draft) -> Json:
    form = draft.form
    found: Json = {"graded": names.OVERALL in form, "limits": [_limit(draft, row) for row in draft.limits]}
    if names.OVERALL in form:
        row = form[names.OVERALL]
        type_, list_name = type_of(row)
        if wants_type(draft, row, type_, ("select_one",), "the overall grade"):
            for grade in descriptors(draft, entries_of(draft, row, list_name)):
                message = f"what {grade} means overall is not kept"
                draft.note(row, "type", message, "Describe grades at a section or a question.")
    if names.OVERALL_RATIONALE in form:
        found["overall_rationale"] = read_box(draft, form[names.OVERALL_RATIONALE], OVERALL_RATIONALE_LABEL)
    elif found["graded"]:
        found["overall_rationale"] = "none"
    feedback = [form[name] for name in names.FEEDBACK if name in form]
    lists = {type_of(row)[1]: row for row in feedback}
    for number, (list_name, row) in enumerate(lists.items()):
        if number:
            draft.fault(row, "type", "feedback is scored on two scales", "Use one list for all feedback.")
        elif wants_type(draft, row, type_of(row)[0], ("select_one",), "feedback"):
            found["feedback_points"] = as_points(draft, entries_of(draft, row, list_name))
    return found


def _limit(draft: Draft, row: SheetRow) -> Json:
    id_, _ = names.parted(row["name"])
    type_, _ = type_of(row)
    wants_type(draft, row, type_, ("text", "note"), "the limit")
    if not is_required(draft, row):
        way_out = "Write yes: a text is then a reason that must be given, and a note stops the audit."
        draft.fault(row, "required", "the limit is not required", way_out)
    found: Json = {"id": id_, "message": row["label"], "effect": "warn" if type_ == "text" else "block", "when": []}
    for clause in clauses_of(draft, row):
        name, part = names.parted(clause.name)
        section = part in {names.JUDGEMENT, names.GRADE}
        if clause.name == names.OVERALL:
            beneath = set(Grade) - set(clause.answers)
            found["overall_at_most"] = at_most(beneath)
            fits = not clause.negated and found["overall_at_most"] is not None and set(clause.answers) <= set(Grade)
        elif section:
            worst = at_most(clause.answers)
            fits = not clause.negated and worst is not None
            found["when"].append({"section": name, "at_most": worst})
        else:
            fits = not part
            when: Json = {"question": name, "answers": list(clause.answers)}
            found["when"].append(when | ({"negated": True} if clause.negated else {}))
        if not fits:
            message = f"the limit cannot look at {clause.name[:80]} so"
            way_out = "Name a question's answers, a section's worst grades, and the overall grades that it stops."
            draft.fault(row, "relevant", message, way_out)
    if "overall_at_most" not in found and draft.no_fault_in(row, "relevant"):
        way_out = f"Add and (${{{names.OVERALL}}} = 'good' or ${{{names.OVERALL}}} = 'outstanding')."
        draft.fault(row, "relevant", "the limit does not say which overall grades it stops", way_out)
    return found

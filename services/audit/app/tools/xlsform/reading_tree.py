"""The survey sheet, read into sections with their questions, and the rows that belong to the form as a whole."""

from __future__ import annotations

import re
from typing import Final

from services.audit.app.tools.xlsform import names
from services.audit.app.tools.xlsform.cells import SheetRow
from services.audit.app.tools.xlsform.drafting import (
    NO_PLACE_BEGINNINGS,
    NO_PLACE_COLUMNS,
    READ_COLUMNS,
    Draft,
    QuestionRows,
    SectionRows,
    one_language,
)
from services.audit.app.tools.xlsform.reading_rows import clauses_of

QUESTION_TYPES: Final = ("select_one", "select_multiple", "decimal", "integer", "date", "text")
_METADATA: Final = frozenset(
    {"start", "end", "today", "deviceid", "phonenumber", "username", "email", "audit", "start-geopoint", "simserial"}
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")
_KNOWN: Final = (
    "A tool has select_one LIST, select_multiple LIST, decimal, integer, date and text, in begin_group and end_group."
)


def type_of(row: SheetRow) -> tuple[str, str]:
    """Return a row's type and the list it names, which is empty for most."""
    words = (
        row["type"].lower().replace("select one", "select_one").replace("select multiple", "select_multiple").split()
    )
    word = " ".join(words[:1])
    if len(words) > 1 and word in {"begin", "end"}:
        return f"{word}_{words[1]}", ""
    listed = row["type"].split()[-1] if len(words) > 1 else ""
    return word, listed


def read_tree(draft: Draft) -> None:
    """Fill the draft's sections, questions, limits and rows of the form from the survey sheet."""
    sheet = draft.survey
    one_language(sheet, draft.book.faults, ("label", "hint", "guidance_hint", "constraint_message"))
    for column in ("type", "name", "label"):
        if sheet.letters and column not in sheet.letters:
            draft.book.faults.append(
                sheet.fault(1, column, f"the column {column} is missing", "Its name stands in row 1.")
            )
            return
    _columns(draft)
    _Walk(draft).over(sheet.rows)
    if sheet.letters and not draft.sections:
        way_out = "Put the questions between begin_group and end_group: each group is a section."
        draft.book.faults.append(sheet.fault(None, "", "the survey has no section", way_out))


def _columns(draft: Draft) -> None:
    for column in draft.survey.letters:
        if not column or column in READ_COLUMNS or "::" in column:
            continue
        if column not in NO_PLACE_COLUMNS and not column.startswith(NO_PLACE_BEGINNINGS):
            message = f"the column {column[:80]} is no part of a tool and was not read"
            draft.book.notes.append(draft.survey.fault(1, column, message, "docs/tools.md lists the columns."))


class _Walk:
    """Goes over the rows once; the open groups are a section and, within it, perhaps its compliance questions."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._open: list[SheetRow] = []
        self._section: SectionRows | None = None
        self._compliance = False
        self._first: dict[str, int] = {}
        self._beside: list[tuple[SheetRow, str, str]] = []
        self._strayed = False

    def over(self, rows: list[SheetRow]) -> None:
        for row in rows:
            self._row(row)
        for row in self._open:
            self._draft.fault(row, "type", "the group is never ended", "Add a row end_group after its last question.")
        self._place_beside()

    def _row(self, row: SheetRow) -> None:
        type_, _ = type_of(row)
        self._no_place(row)
        if type_ in {"begin_group", "end_group"}:
            self._group(row, begins=type_ == "begin_group")
        elif not type_:
            self._draft.fault(row, "type", "the row has no type", f"Fill it, or empty the row. {_KNOWN}")
        elif type_ in _METADATA:
            self._draft.note(
                row, "type", f"a tool does not record {type_}; the row is not kept", "Nothing needs doing."
            )
        elif type_ in QUESTION_TYPES or type_ in {"note", "calculate"}:
            self._named(row, type_)
        elif type_ in {"begin_repeat", "end_repeat"}:
            self._draft.fault(
                row, "type", "a tool has no repeated group", "Take it out: an audit is of one child's file."
            )
        else:
            self._draft.fault(row, "type", f"a tool has no question of the type {row['type'][:60]}", _KNOWN)
            if self._unique(row):
                self._label(row)
            clauses_of(self._draft, row)

    def _no_place(self, row: SheetRow) -> None:
        for column, text in row.cells.items():
            if column in NO_PLACE_COLUMNS or column.startswith(NO_PLACE_BEGINNINGS):
                self._draft.fault(row, column, f"a tool has no place for {column}", "Empty the cell.")
            elif column == "required_message" and text:
                self._draft.note(
                    row, column, "a tool has no message of its own for this; it is not kept", "Empty the cell."
                )

    def _group(self, row: SheetRow, *, begins: bool) -> None:
        if not begins:
            if not self._open:
                self._draft.fault(row, "type", "the group that ends here never began", "Take the row out.")
                return
            self._open.pop()
            self._compliance = False
            if not self._open:
                self._section = None
            return
        self._open.append(row)
        if len(self._open) == 1:
            self._unique(row)
            self._label(row)
            self._section = SectionRows(row)
            self._id(row)
            self._draft.sections.append(self._section)
        elif len(self._open) == 2 and names.is_compliance_group(row["name"]):  # noqa: PLR2004 - a section and a group in it
            self._compliance = True
            if row["relevant"]:
                message = "the compliance questions have a condition as a group"
                self._draft.fault(row, "relevant", message, "Give each question its condition.")
        else:
            message = "the group is within another one"
            way_out = (
                "End the first one before it; only a section's compliance questions have a group, SECTION_compliance."
            )
            self._draft.fault(row, "type", message, way_out)

    def _named(self, row: SheetRow, type_: str) -> None:
        name = row["name"]
        if type_ != "calculate":
            self._label(row)
        if type_ == "note" and not name:
            self._guidance(row)
            return
        if not self._unique(row):
            return
        id_, part = names.parted(name)
        if name in names.OF_THE_FORM:
            self._draft.form[name] = row
        elif part == names.LIMIT:
            self._id(row, id_)
            self._draft.limits.append(row)
        elif part in names.OF_A_QUESTION | names.OF_A_SECTION:
            self._beside.append((row, id_, part))
        elif type_ == "note":
            self._guidance(row)
        elif type_ == "calculate":
            way_out = "Take it out, or give it a name that docs/tools.md lists, such as QUESTION_weight."
            self._draft.fault(row, "name", "a tool does not calculate this", way_out)
        elif self._id(row):
            self._question(row)

    def _question(self, row: SheetRow) -> None:
        if self._section is None:
            message = "the question is outside a section"
            self._draft.fault(
                row, "type", message, "Put it between begin_group and end_group: each group is a section."
            )
            return
        self._section.questions.append(QuestionRows(row, self._compliance))

    def _guidance(self, row: SheetRow) -> None:
        (self._draft.description if self._section is None else self._section.guidance).append(row.exact("label"))

    def _unique(self, row: SheetRow) -> bool:
        name = row["name"]
        if not name:
            self._draft.fault(row, "name", "the row has no name", "Name it: lower case letters, digits, - and .")
            return False
        if not _NAME.fullmatch(name):
            message, way_out = "the name holds signs that a name may not", "Use lower case letters, digits, - and ."
            self._draft.fault(row, "name", message, f"{way_out}, and begin with a letter.")
            return False
        first = self._first.setdefault(name, row.number)
        if first != row.number:
            message = f"the name {name[:80]} is there already, in row {first}"
            self._draft.fault(row, "name", message, "Give each row its own name.")
        return first == row.number

    def _id(self, row: SheetRow, id_: str | None = None) -> bool:
        id_ = names.id_of(row["name"]) if id_ is None else id_
        if _ID.fullmatch(id_):
            return True
        if row["name"] and self._draft.no_fault_in(row, "name"):
            message = f"the name {row['name'][:80]} is no id"
            way_out = (
                "Use lower case letters, digits, - and . An underscore is kept for rows beside a question, such as "
                "QUESTION_evidence."
            )
            self._draft.fault(row, "name", message, way_out)
        return False

    def _label(self, row: SheetRow) -> None:
        if not row["label"]:
            self._draft.fault(row, "label", "the row has no label", "Write what stands on the form.")

    def _place_beside(self) -> None:
        """Give each row beside a question or a section to it, wherever it stands."""
        questions = {names.id_of(one.row["name"]): one for section in self._draft.sections for one in section.questions}
        sections = {names.id_of(section.row["name"]): section for section in self._draft.sections}
        for row, id_, part in self._beside:
            owner = questions.get(id_) if part in names.OF_A_QUESTION else sections.get(id_)
            if owner is None:
                what = "question" if part in names.OF_A_QUESTION else "section"
                way_out = f"The name of such a row is the {what}'s name and _{part}."
                self._draft.fault(row, "name", f"there is no {what} {id_[:80]}", way_out)
            elif part == names.GUIDANCE:
                sections[id_].guidance.append(row.exact("label"))
            else:
                owner.beside[part] = row

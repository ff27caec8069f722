"""Workbooks that are no tool: every fault at its sheet, row and column, in a sentence, all at once."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from services.audit.app.tools.xlsform import cells, reading
from services.audit.app.tools.xlsform.faults import Fault, WorkbookRefused
from services.audit.app.tools.xlsform.reading import read_workbook
from services.audit.app.tools.xlsform.workbook import write_workbook
from services.audit.domain.tools.document import read_tool
from tests.unit.audit.test_shipped_tools import FILES
from tests.unit.audit.xlsform_books import CHOICES, SETTINGS, SURVEY, book, cells_of, saved, with_cell


def faults(content: bytes) -> list[Fault]:
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(content)
    return list(refused.value.faults)


def only(content: bytes) -> Fault:
    found = faults(content)
    assert len(found) == 1, found
    return found[0]


def changed(cell: str, value: Any, sheet: str = "survey") -> bytes:
    return with_cell(book(), sheet, cell, value)


def survey(*rows: list[Any]) -> bytes:
    """Return the small workbook with more rows in its section."""
    return book([*SURVEY[:-1], *rows, SURVEY[-1]])


class TestNoWorkbook:
    @pytest.mark.parametrize("content", [b"", b"PK", b"name,label\n", b"\x00" * 1000, b"%PDF-1.7", b"PK\x03\x04" * 50])
    def test_what_is_no_workbook(self, content: bytes) -> None:
        assert only(content).message == "the file is no readable XLSX workbook"

    def test_a_zip_that_is_no_workbook(self) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("hello.txt", "hello")
        assert only(content.getvalue()).message == "the file is no readable XLSX workbook"

    def test_a_huge_file(self) -> None:
        assert "larger than 5,000,000 bytes" in only(b"PK" + b"x" * cells.MOST_BYTES).message

    def test_a_zip_bomb_is_not_unpacked(self) -> None:
        content = io.BytesIO(book())
        with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/media/bomb", b"\x00" * (cells.MOST_UNPACKED_BYTES + 1))
        assert len(content.getvalue()) < 100_000
        assert only(content.getvalue()).message == "the workbook is too large when unpacked"

    def test_a_zip_of_very_many_parts_is_not_read(self) -> None:
        content = io.BytesIO(book())
        with zipfile.ZipFile(content, "a") as archive:
            for number in range(cells.MOST_PARTS):
                archive.writestr(f"xl/media/{number}", b"")
        assert only(content.getvalue()).message == "the workbook is too large when unpacked"

    def test_entities_are_not_unfolded(self) -> None:
        source = zipfile.ZipFile(io.BytesIO(book()))
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for part in source.infolist():
                text = source.read(part)
                if part.filename == "xl/workbook.xml":
                    text = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + text
                archive.writestr(part, text)
        assert "entities" in only(content.getvalue()).message

    def test_what_openpyxl_only_warns_of_is_no_fault(self) -> None:
        """Excel saves what openpyxl does not keep, such as some validations: it warns, and reads the cells."""
        source = zipfile.ZipFile(io.BytesIO(book()))
        content = io.BytesIO()
        plain = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
        with zipfile.ZipFile(content, "w") as archive:
            for part in source.infolist():
                archive.writestr(part, plain if part.filename == "xl/styles.xml" else source.read(part))
        with pytest.warns(UserWarning, match="no stylesheet"):
            load_workbook(io.BytesIO(content.getvalue()))
        assert read_workbook(content.getvalue()).tool.tool == "seeing-children"

    def test_a_sheet_that_goes_on_for_ever(self) -> None:
        found = only(changed("A1048576", "note"))
        assert (found.sheet, found.row) == ("survey", 1048576)
        assert "past row 5,000" in found.message

    def test_a_row_that_goes_on_for_ever(self) -> None:
        assert "or column CV" in only(changed("XFD3", "x")).message


class TestSheets:
    def test_every_missing_sheet_is_named_with_those_that_are_there(self) -> None:
        workbook = Workbook()
        workbook.worksheets[0].title = "Audit tool"
        found = faults(saved(workbook))
        assert [each.sheet for each in found] == ["survey", "choices", "settings"]
        assert "Audit tool" in found[0].way_out

    def test_the_names_of_sheets_may_be_in_capitals(self) -> None:
        workbook_ = Workbook()
        workbook_.remove(workbook_.worksheets[0])
        for title, rows in (("Survey", SURVEY), ("Choices", CHOICES), ("Settings", SETTINGS)):
            sheet = workbook_.create_sheet(title)
            for row in rows:
                sheet.append(row)
        assert read_workbook(saved(workbook_)).tool.tool == "seeing-children"

    def test_an_empty_sheet(self) -> None:
        found = only(book(choices=[]))
        assert (found.sheet, found.message) == ("choices", "the sheet is empty")

    def test_another_sheet_is_a_note_and_no_fault(self) -> None:
        [note] = read_workbook(book(ideas=[["hello"]])).notes
        assert (note.sheet, note.message) == ("ideas", "the sheet is no part of a tool and was not read")

    def test_a_column_of_ones_own_is_a_note_and_no_fault(self) -> None:
        notes = read_workbook(changed("J1", "My comments")).notes
        assert [(note.sheet, note.column, note.cell) for note in notes] == [("survey", "my comments", "J1")]

    def test_a_missing_column(self) -> None:
        found = faults(changed("C1", "text"))
        assert ("survey", "the column label is missing") in {(each.sheet, each.message) for each in found}

    def test_a_column_twice(self) -> None:
        assert "the column label is there twice" in {each.message for each in faults(changed("D1", "label"))}

    def test_two_languages(self) -> None:
        found = faults(with_cell(changed("C1", "label::English (en)"), "survey", "D1", "label::Cymraeg (cy)"))
        assert any("several columns of label" in each.message for each in found)

    def test_one_language_by_its_name(self) -> None:
        content = with_cell(changed("C1", "label::English (en)"), "choices", "C1", "label::English (en)")
        assert read_workbook(content).tool == read_workbook(book()).tool


class TestCells:
    def test_a_formula(self) -> None:
        found = only(changed("C4", '="Was the child "&"seen?"'))
        assert (found.sheet, found.row, found.column, found.cell) == ("survey", 4, "label", "C4")
        assert found.message == "the cell holds a formula"

    def test_an_array_formula(self) -> None:
        assert only(changed("C4", ArrayFormula("C4", "=A1:A2"))).message == "the cell holds a formula"

    def test_a_date_where_text_belongs(self) -> None:
        assert {each.cell for each in faults(changed("C2", __import__("datetime").date(2026, 1, 2), "settings"))} == {
            "C2"
        }

    def test_a_very_long_text(self) -> None:
        assert "more than 8,000 letters" in only(changed("D4", "x" * 8_001)).message

    def test_a_text_longer_than_a_label_may_be(self) -> None:
        found = only(changed("C4", "x" * 301))
        assert (found.sheet, found.row, found.column, found.cell) == ("survey", 4, "label", "C4")

    def test_a_text_that_begins_like_a_formula_is_text(self) -> None:
        document = json.loads(FILES["dip-sample"].read_text())
        document["title"] = "=1+1"
        tool = read_tool(document)
        assert read_workbook(write_workbook(tool)).tool.title == "=1+1"


@pytest.mark.parametrize(
    ("cell", "value", "column", "words"),
    [
        ("A4", "geopoint", "type", "no question of the type geopoint"),
        ("A4", "select_one nowhere", "type", "the list nowhere is not in the sheet choices"),
        ("A4", "select_one", "type", "names no list"),
        ("A4", "select_one yes_no or_other", "type", "no “other”"),
        ("A4", None, "type", "the row has no type"),
        ("A4", "begin_repeat", "type", "no repeated group"),
        ("A3", "begin_repeat", "type", "no repeated group"),
        ("B4", None, "name", "the row has no name"),
        ("B4", "was seen", "name", "signs that a name may not"),
        ("B4", "Seen", "name", "is no id"),
        ("B4", "child_seen", "name", "is no id"),
        ("B5", "seen", "name", "is there already, in row 4"),
        ("C4", None, "label", "has no label"),
        ("C2", None, "label", "has no label"),
        ("E4", "maybe", "required", "neither yes nor no"),
        ("F5", "${seen} > 3", "relevant", "cannot be read at “>”"),
        ("F5", "${seen} = 'yes' or ${visits} = '1'", "relevant", "joins different questions by or"),
        ("F5", "${seen} = ", "relevant", "at its end"),
        ("F5", "${seen} = 'perhaps'", "relevant", "cannot be answered so"),
        ("F5", "${sean} = 'yes'", "relevant", "no row of the sheet is named sean"),
        ("F4", "${how-well} = '1'", "relevant", "asked later"),
        ("F5", "${status_of_child} = 'in-care'", "relevant", "a whole section only"),
        ("F3", "not(${status_of_child} = 'in-care')", "relevant", "by the statuses it is for"),
        ("F5", "not(selected(${who_answers}, 'family'))", "relevant", "not one respondent"),
        ("F5", "selected(${who_answers}, 'family') or selected(${who_answers}, 'auditor')", "relevant", "not one"),
        ("F5", "${seeing_judgement} = 'good'", "relevant", "cannot look at seeing_judgement"),
        ("G6", ". > 3", "constraint", "the constraint cannot be read"),
        ("G6", ". >= 3 and . <= 1", "constraint", "the maximum is below the minimum"),
        ("G4", ". >= 3", "constraint", "only a number or a date has a constraint"),
        ("A7", "end_repeat", "type", "no repeated group"),
        ("A2", "text", "type", "is of another type"),
    ],
)
def test_each_fault_is_told_at_its_cell(cell: str, value: Any, column: str, words: str) -> None:
    found = faults(changed(cell, value))
    here = [each for each in found if each.row == int(cell[1:]) and each.column == column and each.sheet == "survey"]
    assert any(words in each.message for each in here), found
    assert all(each.way_out.endswith(".") for each in found)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (["calculate", "total", "Total", None, None, None, None, None, "1 + 1"], "name", "does not calculate this"),
        (
            ["calculate", "seen_weight", "W", None, None, None, None, None, "${seen} * 2"],
            "calculation",
            "no plain value",
        ),
        (["calculate", "seen_weight", "W", None, None, None, None, None, "'two'"], "calculation", "no number"),
        (["calculate", "seen_weight", "W", None, None, None, None, None, "101"], "calculation", "it is above"),
        (["text", "nowhere_evidence", "E"], "name", "there is no question nowhere"),
        (["text", "nowhere_rationale", "E"], "name", "there is no section nowhere"),
        (["date", "seen_evidence", "What was seen?"], "type", "the box is of another type"),
        (["text", "how-well_evidence", "What was seen?", None, None, "${seen} = 'no'"], "relevant", "another one than"),
        (["select_one yes_no", "seeing_judgement", "J", None, "yes"], "type", "graded by a list of grades"),
        (["integer", "seeing_judgement", "J", None, "yes"], "constraint", "from where to where"),
        (["select_multiple themes", "strengths", "S"], "type", "the list themes is not in the sheet choices"),
        (["text", "a_limit", "L", None, None, "${seen} = 'no'"], "required", "the limit is not required"),
        (["text", "a_limit", "L", None, "yes", "${seen} = 'no'"], "relevant", "which overall grades it stops"),
        (["begin_group", "inner", "Inner"], "type", "within another one"),
        (["text", "a_limit", "L", None, "yes", "${x_judgement} = 'good'"], "relevant", "cannot look at x_judgement so"),
        (["calculate", "seeing_grade", "G", *[None] * 5, "'good'"], "name", "no score that could stand for a grade"),
    ],
)
def test_each_fault_of_an_added_row_is_told_at_its_cell(row: list[Any], column: str, words: str) -> None:
    found = faults(survey(row))
    assert any(each.row == 7 and each.column == column and words in each.message for each in found), found


class TestChoices:
    @pytest.mark.parametrize(
        ("cell", "value", "column", "words"),
        [
            ("B5", "one", "name", "no whole number"),
            ("B6", 0, "name", "the choice 0 twice, first in row 5"),
            ("C6", None, "label", "the choice has no label"),
            ("B4", "maybe", "name", "maybe is no answer to a question of yes or no"),
            ("A6", None, "list_name", "the choice has no list_name"),
            ("B2", "Case File", "name", "it is no code"),
        ],
    )
    def test_each_fault_is_told_at_its_cell(self, cell: str, value: Any, column: str, words: str) -> None:
        found = faults(with_cell(book(), "choices", cell, value))
        here = [each for each in found if each.sheet == "choices" and each.row == int(cell[1:])]
        assert any(words in each.message and each.column == column for each in here), found

    def test_a_list_of_grades_that_is_none(self) -> None:
        choices = [*CHOICES, ["grades", "good", "Great"], ["grades", "excellent", "Excellent"]]
        found = faults(book([*SURVEY[:-1], ["select_one grades", "q", "Q?"], SURVEY[-1]], choices))
        assert [(each.row, each.column) for each in found if each.sheet == "choices"] == [
            (7, "list_name"),
            (7, "label"),
            (8, "name"),
        ]


class TestSettings:
    @pytest.mark.parametrize(
        ("cell", "value", "column", "words"),
        [
            ("A2", None, "form_title", "the setting form_title is missing"),
            ("B2", None, "form_id", "the setting form_id is missing"),
            ("B2", "Seeing Children", "form_id", "it is no code"),
            ("C2", "v1", "version", "no whole number"),
            ("C2", 1.5, "version", "no whole number"),
            ("C2", 0, "version", "it is below 1"),
            ("A3", "Another", "", "a second row"),
        ],
    )
    def test_each_fault_is_told_at_its_cell(self, cell: str, value: Any, column: str, words: str) -> None:
        found = faults(with_cell(book(), "settings", cell, value))
        assert any(
            (each.sheet, each.row, each.column) == ("settings", int(cell[1:]), column) and words in each.message
            for each in found
        ), found


def test_every_fault_is_listed_at_once_in_the_order_of_the_sheets() -> None:
    content = with_cell(changed("A4", "geopoint"), "survey", "E6", "perhaps")
    content = with_cell(with_cell(content, "choices", "B5", "one"), "settings", "C2", "v1")
    found = [(each.sheet, each.row, each.column) for each in faults(content)]
    expected = [("survey", 4, "type"), ("survey", 6, "required"), ("choices", 5, "name"), ("settings", 2, "version")]
    assert [each for each in found if each in expected] == expected


def test_a_group_never_ended_is_told_where_it_begins() -> None:
    found = faults(book(SURVEY[:-1]))
    assert (found[0].row, found[0].message) == (3, "the group is never ended")


def test_a_group_that_never_began_is_told_where_it_ends() -> None:
    assert any(each.row == 8 and "never began" in each.message for each in faults(book([*SURVEY, ["end_group"]])))


def test_a_question_outside_a_section() -> None:
    found = faults(book([*SURVEY, ["text", "more", "More?"]]))
    assert any(each.row == 8 and "outside a section" in each.message for each in found)


def test_the_grades_of_scores_that_cannot_be_read() -> None:
    score = ["integer", "seeing_judgement", "Score", None, "yes", None, ". >= 0 and . <= 10"]
    band = "if(${seeing_judgement} >= 0 and ${seeing_judgement} <= 10, 'good', "
    for calculation in (f"{band}'bad')", f"{band}'')) ", f"{band}''", "'good'"):
        grade = ["calculate", "seeing_grade", "Grade", *[None] * 5, calculation]
        found = faults(survey(score, grade))
        assert any((each.row, each.column) == (8, "calculation") for each in found), (calculation, found)


def test_feedback_on_two_scales() -> None:
    rows = [["select_one how", "feedback_of_child", "Child"], ["select_one yes_no", "feedback_of_parents", "Parents"]]
    found = only(book([*SURVEY, *rows]))
    assert (found.row, found.message) == (9, "feedback is scored on two scales")


def test_a_question_of_the_standard_with_no_place_in_a_tool() -> None:
    rows = [[*SURVEY[0], "default"], *SURVEY[1:3], [*SURVEY[3], *[None] * 4, "yes"], *SURVEY[4:]]
    found = only(book(rows))
    assert (found.row, found.column, found.cell) == (4, "default", "J4")


def test_pyxform_has_its_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference to nothing is pyxform's own finding, when none of ours comes before it."""
    monkeypatch.setattr(reading, "document_of", lambda _draft: {})
    found = faults(changed("F4", "${nobody} = 'yes'"))
    assert any(each.message.startswith("pyxform says: ") and "nobody" in each.message for each in found), found


def test_a_row_of_an_unknown_type_is_looked_at_whole() -> None:
    content = with_cell(with_cell(changed("A4", "geopoint"), "survey", "B4", "was seen"), "survey", "F4", "not(")
    assert [each.column for each in faults(content) if each.row == 4] == ["type", "name", "relevant"]


def test_a_fault_is_a_problem_with_its_place_for_the_interface() -> None:
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(changed("A4", "geopoint"))
    assert refused.value.problems[0].place == "survey.4.type"


def test_a_shipped_tool_broken_in_excel_is_told_so_at_the_cell() -> None:
    content = write_workbook(read_tool(json.loads(FILES["standard-case-file-audit"].read_text())))
    rows = [row.get("name") for row in cells_of(content, "survey")]
    number = rows.index("safety-inadequate_limit") + 2
    found = faults(with_cell(content, "survey", f"F{number}", "${safety-and-risk_judgement} = 'good'"))
    assert {(each.row, each.column, each.cell) for each in found} == {(number, "relevant", f"F{number}")}


def test_an_unknown_question_is_told_among_other_faults() -> None:
    content = with_cell(with_cell(book(), "survey", "F5", "${sean} = 'yes'"), "choices", "B5", "Bad Name")
    assert {("survey", "F5"), ("choices", "B5")} <= {(each.sheet, each.cell) for each in faults(content)}


def test_a_choice_with_a_space_is_told_once_at_its_cell() -> None:
    choices = [*CHOICES, ["which", "very good", "Very good"], ["which", "b", "B"]]
    fault = only(book([*SURVEY[:-1], ["select_multiple which", "many", "Which?"], SURVEY[-1]], choices))
    assert (fault.sheet, fault.cell) == ("choices", "B7")


@pytest.mark.parametrize(
    ("sheet", "cell"), [("survey", "C4"), ("survey", "D4"), ("survey", "B4"), ("choices", "C5"), ("settings", "A2")]
)
def test_a_character_that_cannot_be_seen_is_told_at_its_cell(sheet: str, cell: str) -> None:
    [found] = [fault for fault in faults(changed(cell, "a\u202eb", sheet)) if fault.cell == cell]
    assert found.sheet == sheet
    assert "at letter 2: right-to-left override (U+202E)" in found.message


BORN = ["date", "born-on", "When born?", None, "no"]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (["date", "seen-on", "Seen on?", None, "no", None, ". >= 3"], "constraint", "of the date cannot be read"),
        (["date", "seen-on", "Seen on?", None, "no", None, ". < today()"], "constraint", "of the date cannot be read"),
        (["date", "seen-on", "Seen on?", None, "no", None, ". >= ${bron-on}"], "constraint", "is named bron-on"),
        (["date", "seen-on", "Seen on?", None, "no", None, ". >= ${visits}"], "constraint", "asks for no date"),
        (["date", "seen-on", "Seen on?", None, "no", None, ". >= ${seen-on}"], "constraint", "or at itself"),
    ],
)
def test_each_fault_of_a_dates_constraint_is_told_at_its_cell(row: list[Any], column: str, words: str) -> None:
    found = faults(survey(BORN, row))
    here = [each for each in found if (each.row, each.column) == (8, column)]
    assert any(words in each.message for each in here), found


def test_a_date_that_may_and_may_not_lie_ahead() -> None:
    seen = ["date", "seen-on", "Seen on?", None, "no", None, ". <= today()"]
    ahead = ["calculate", "seen-on_ahead", "Ahead", None, None, None, None, None, "'yes'"]
    assert only(survey(seen, ahead)).cell == "G7"


def test_a_number_does_not_lie_ahead() -> None:
    ahead = ["calculate", "visits_ahead", "Ahead", None, None, None, None, None, "'yes'"]
    assert "only a date can lie ahead" in only(survey(ahead)).message

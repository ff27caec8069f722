"""A tool as an XLSForm workbook and back: nothing is lost, and pyxform takes every workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pyxform.xls2xform import convert

from services.audit.app.tools.xlsform.conditions import ToolDoesNotTravel
from services.audit.app.tools.xlsform.reading import read_workbook
from services.audit.app.tools.xlsform.workbook import write_workbook
from services.audit.domain.tools.document import read_tool
from tests.unit.audit.test_shipped_tools import FILES, SAMPLE
from tests.unit.audit.tool_strategies import tools
from tests.unit.audit.xlsform_books import SURVEY, book, cells_of

ALL = FILES | SAMPLE
# The columns that xlsform.org describes for the survey and for the settings.
STANDARD_SURVEY = {
    "type",
    "name",
    "label",
    "hint",
    "required",
    "relevant",
    "constraint",
    "constraint_message",
    "appearance",
    "calculation",
}
STANDARD_SETTINGS = {"form_title", "form_id", "version"}


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", sorted(ALL))
class TestShipped:
    def test_it_comes_back_equal(self, name: str) -> None:
        tool = read_tool(document(ALL[name]))
        read = read_workbook(write_workbook(tool))
        assert read.tool == tool
        assert read.tool.model_dump_json() == tool.model_dump_json()
        assert read.notes == ()

    def test_pyxform_takes_it_without_a_warning(self, name: str) -> None:
        answer = convert(write_workbook(read_tool(document(ALL[name]))), validate=False, file_type=".xlsx")
        assert answer.warnings == []
        assert document(ALL[name])["tool"] in answer.xform

    def test_it_has_standard_columns_alone(self, name: str) -> None:
        content = write_workbook(read_tool(document(ALL[name])))
        assert {column for row in cells_of(content, "survey") for column in row} <= STANDARD_SURVEY
        assert {column for row in cells_of(content, "settings") for column in row} <= STANDARD_SETTINGS

    def test_every_question_stands_in_it_by_its_name_and_its_words(self, name: str) -> None:
        rows = {row.get("name"): row for row in cells_of(write_workbook(read_tool(document(ALL[name]))), "survey")}
        for section in document(ALL[name])["sections"]:
            for question in section["questions"]:
                assert rows[question["id"]]["label"] == question["text"]
                assert rows[question["id"]].get("hint", "") == question.get("guidance", "")


@given(made=tools())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_tool_comes_back_equal_and_pyxform_takes_it(made: dict[str, Any]) -> None:
    tool = read_tool(made)
    content = write_workbook(tool)
    convert(content, validate=False, file_type=".xlsx")
    assert read_workbook(content).tool == tool


class TestWhatTheWorkbookSays:
    def workbook(self) -> bytes:
        return write_workbook(read_tool(document(FILES["standard-case-file-audit"])))

    def row(self, name: str) -> dict[str, str]:
        return next(row for row in cells_of(self.workbook(), "survey") if row.get("name") == name)

    def test_a_section_for_some_statuses_is_relevant_for_them(self) -> None:
        assert self.row("care-and-permanence")["relevant"] == "${status_of_child} = 'in-care'"

    def test_a_question_asked_only_if_is_relevant_then(self) -> None:
        assert self.row("plan-smart")["relevant"] == "${plan-in-place} = 'yes'"

    def test_who_answers_is_a_condition_on_who_answers(self) -> None:
        assert self.row("reflection-useful")["relevant"] == "selected(${who_answers}, 'practitioner')"

    def test_a_warning_asks_for_a_reason_while_its_limit_speaks(self) -> None:
        row = self.row("safety-inadequate_limit")
        assert (row["type"], row["required"]) == ("text", "yes")
        assert row["relevant"] == (
            "${safety-and-risk_judgement} = 'inadequate' and (${grade_overall} = 'good' or ${grade_overall} = 'outstanding')"
        )

    def test_a_block_is_a_note_that_cannot_be_passed(self) -> None:
        content = write_workbook(read_tool(document(FILES["inspection-audit"])))
        [row] = [row for row in cells_of(content, "survey") if row.get("name") == "safety-inadequate_limit"]
        assert (row["type"], row["required"]) == ("note", "yes")

    def test_a_grade_says_what_it_means_in_its_label(self) -> None:
        labels = {
            row["name"]: row["label"]
            for row in cells_of(self.workbook(), "choices")
            if row["list_name"] == "risk-understood_grades"
        }
        assert labels["good"].startswith("Good: Risks inside and outside the family are recognised")

    def test_compliance_questions_stand_in_groups_of_their_own(self) -> None:
        names = [row.get("name") or row["type"] for row in cells_of(self.workbook(), "survey")]
        at = names.index("planning-and-review_compliance")
        assert names[at : at + 3] == ["planning-and-review_compliance", "plan-in-place", "end_group"]


def test_an_id_that_begins_with_a_digit_is_named_with_an_underscore_before_it() -> None:
    questions = [{"id": "1a", "text": "Q?", "scale": "number", "evidence": "required", "may_be_not_seen": True}]
    questions.append(
        {"id": "2", "text": "R?", "scale": "date", "asked_if": [{"question": "1a", "answers": ["not-seen"]}]}
    )
    section = {"id": "9", "title": "S", "questions": questions, "rationale": "optional"}
    limit = {"id": "7", "message": "M", "effect": "warn", "when": [{"section": "9", "at_most": "good"}]}
    tool = read_tool(
        {
            "tool": "t",
            "title": "T",
            "kinds": ["k"],
            "sections": [section],
            "limits": [{**limit, "overall_at_most": "good"}],
        }
    )
    content = write_workbook(tool)
    assert {"_1a", "_1a_evidence", "_9", "_9_rationale", "_7_limit"} <= {
        row.get("name") for row in cells_of(content, "survey")
    }
    assert read_workbook(content).tool == tool


class TestWhatCannotTravel:
    def refused(self, **question: Any) -> list[tuple[str, str]]:
        section = {"id": "s", "title": "S", "questions": [{"id": "q", "text": "Q?", "scale": "yes-no", **question}]}
        tool = read_tool({"tool": "t", "title": "T", "kinds": ["k"], "sections": [section]})
        with pytest.raises(ToolDoesNotTravel) as refused:
            write_workbook(tool)
        return [(problem.place, problem.message) for problem in refused.value.problems]

    def test_an_id_with_a_slash(self) -> None:
        [(place, message)] = self.refused(id="a/b")
        assert place == "sections.s.questions.a/b"
        assert "slash" in message

    def test_a_text_that_an_xlsform_would_take_for_an_answer(self) -> None:
        [(place, _)] = self.refused(guidance="Write ${name}.")
        assert place == "sections.s.questions.q.guidance"

    def test_everything_at_once(self) -> None:
        assert len(self.refused(id="a/b", text="Q ${x}?")) == 2


class TestWrittenByHand:
    def test_a_small_workbook_is_the_tool_it_says(self) -> None:
        assert read_workbook(book()).tool == read_tool(
            {
                "tool": "seeing-children",
                "version": 1,
                "title": "Seeing children",
                "kinds": ["case-file"],
                "graded": False,
                "sections": [
                    {
                        "id": "seeing",
                        "title": "Seeing the child",
                        "judgement": "none",
                        "questions": [
                            {
                                "id": "seen",
                                "text": "Was the child seen?",
                                "scale": "yes-no",
                                "guidance": "In the last visit.",
                            },
                            {
                                "id": "how-well",
                                "text": "How well?",
                                "scale": "scale",
                                "points": [{"value": 0, "name": "Badly"}, {"value": 1, "name": "Well"}],
                                "asked_if": [{"question": "seen", "answers": ["yes"]}],
                            },
                            {
                                "id": "visits",
                                "text": "How many visits?",
                                "scale": "number",
                                "minimum": 0,
                                "maximum": 50,
                                "required": False,
                            },
                        ],
                    }
                ],
            }
        )


DATES: dict[str, Any] = {
    "tool": "dates",
    "title": "Dates",
    "kinds": ["case-file"],
    "graded": False,
    "sections": [
        {
            "id": "dates",
            "title": "Dates",
            "judgement": "none",
            "questions": [
                {"id": "born-on", "text": "Born?", "scale": "date"},
                {"id": "seen-on", "text": "Seen?", "scale": "date", "not_before": "born-on"},
                {"id": "next-on", "text": "Next?", "scale": "date", "may_lie_ahead": True},
                {"id": "last-on", "text": "Last?", "scale": "date", "may_lie_ahead": True, "not_before": "seen-on"},
            ],
        }
    ],
}


class TestDates:
    def test_what_holds_a_date_stands_in_the_standards_constraint(self) -> None:
        content = write_workbook(read_tool(DATES))
        rows = {row.get("name"): row.get("constraint") for row in cells_of(content, "survey")}
        assert {name: rows[name] for name in ("born-on", "seen-on", "next-on", "last-on")} == {
            "born-on": ". <= today()",
            "seen-on": ". <= today() and (${born-on} = '' or . >= ${born-on})",
            "next-on": None,
            "last-on": "(${seen-on} = '' or . >= ${seen-on})",
        }
        assert read_workbook(content).tool == read_tool(DATES)
        assert convert(content, validate=False, file_type=".xlsx").warnings == []

    @pytest.mark.parametrize(
        ("constraint", "not_before"),
        [
            (None, None),
            (". <= today()", None),
            (".<=today()", None),
            (". >= ${born-on}", "born-on"),
            (". >= ${born-on} and . <= today()", "born-on"),
            ('${born-on} = "" or . >= ${born-on}', "born-on"),
        ],
    )
    def test_constraints_written_by_hand_are_read(self, constraint: str | None, not_before: str | None) -> None:
        rows = [
            ["date", "born-on", "Born?", None, "no"],
            ["date", "seen-on", "Seen?", None, "no", None, constraint],
        ]
        question = read_workbook(book([*SURVEY[:-1], *rows, SURVEY[-1]])).tool.asked["seen-on"][1]
        assert (question.not_before, question.may_lie_ahead) == (not_before, False)

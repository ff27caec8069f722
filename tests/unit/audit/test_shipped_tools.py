"""The tools that are shipped, judged from their JSON: what domain.md and practice.md ask of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.audit.app.tools.schema import tool_schema
from services.audit.domain.tools.comparison import conflicts
from services.audit.domain.tools.document import read_tool

ROOT = Path(__file__).parents[3]
FILES = {path.stem: path for path in sorted((ROOT / "services/audit/tools").glob("*.json"))}
SAMPLE = {path.stem: path for path in sorted((ROOT / "infra/sample/tools").glob("*.json"))}
NAMES = {
    "standard-case-file-audit",
    "evidence-and-impact",
    "thematic-audit",
    "dip-sample",
    "practice-observation",
    "supervision-observation",
    "appreciative-inquiry",
    "multi-agency-audit",
    "external-audit",
    "re-audit",
    "closure-audit",
    "calibration-exercise",
    "inspection-audit",
}
COMPONENTS = {"participation", "healing-centred", "family-solutions", "systemic", "resources", "inclusion"}
STATUSES = {"early-help", "in-need", "protection", "in-care", "care-leaver", "disabled"}


def raw(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FILES[name].read_text(encoding="utf-8"))
    return document


def questions(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [question for section in document["sections"] for question in section["questions"]]


def boxes(document: dict[str, Any]) -> int:
    """Count boxes of free text by looking at the JSON: texts, evidence, impact, and why each judgement."""
    there = {"optional", "required"}
    texts: int = sum(question["scale"] == "text" for question in questions(document))
    beside: int = sum(question.get(box) in there for question in questions(document) for box in ("evidence", "impact"))
    why: int = sum(section.get("rationale") in there for section in document["sections"])
    overall = bool(document["graded"]) and document.get("overall_rationale", "required") in there
    return texts + beside + why + overall


def test_the_thirteen_are_there() -> None:
    assert set(FILES) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
class TestEach:
    def test_it_validates(self, name: str) -> None:
        jsonschema.validate(raw(name), json.loads(tool_schema()))
        assert read_tool(raw(name)).tool == name

    def test_its_version_is_left_to_whoever_publishes_it(self, name: str) -> None:
        assert "version" not in raw(name)

    def test_it_says_what_it_is_for(self, name: str) -> None:
        assert len(raw(name)["description"]) > 100

    def test_its_words_are_whole_sentences_without_doubled_spaces(self, name: str) -> None:
        for question in questions(raw(name)):
            for text in (question["text"], question.get("guidance", "")):
                assert text == text.strip()
                assert "  " not in text

    def test_questions_asked_alike_are_called_alike_in_every_tool(self, name: str) -> None:
        words = {question["id"]: (question["text"], question["scale"]) for question in questions(raw(name))}
        for other in NAMES:
            for question in questions(raw(other)):
                mine = words.get(question["id"])
                assert mine in {None, (question["text"], question["scale"])}, (name, other, question["id"])


class TestTheStandardAudit:
    def test_the_family_comes_first_and_the_practitioner_last(self) -> None:
        sections = [section["id"] for section in raw("standard-case-file-audit")["sections"]]
        assert (sections[0], sections[-1]) == ("family-feedback", "practitioner-feedback")

    def test_it_has_at_most_ten_boxes_of_free_text(self) -> None:
        document = raw("standard-case-file-audit")
        assert 0 < boxes(document) <= 10
        assert boxes(document) == read_tool(document).free_text_boxes

    def test_there_are_sections_for_each_status_of_a_child(self) -> None:
        sections = raw("standard-case-file-audit")["sections"]
        assert {status for section in sections for status in section.get("applies_to", ())} == STATUSES

    def test_twelve_months_are_read_and_six_judged(self) -> None:
        document = raw("standard-case-file-audit")
        assert (document["months_read"], document["months_judged"]) == (12, 6)

    def test_the_overall_grade_is_not_above_requires_improvement_while_safety_is_inadequate(self) -> None:
        [limit] = [
            one
            for one in raw("standard-case-file-audit")["limits"]
            if one["when"] == [{"section": "safety-and-risk", "at_most": "inadequate"}]
        ]
        assert (limit["overall_at_most"], limit["effect"]) == ("requires-improvement", "warn")

    def test_compliance_and_quality_are_both_there_and_marked_apart(self) -> None:
        compliance = [one.get("compliance", False) for one in questions(raw("standard-case-file-audit"))]
        assert 10 <= sum(compliance) < len(compliance) / 2

    def test_its_themes_touch_every_component_of_the_practice_framework(self) -> None:
        assert {theme["component"] for theme in raw("standard-case-file-audit")["themes"]} == COMPONENTS

    def test_grades_are_described_where_they_are_given(self) -> None:
        graded = [one for one in questions(raw("standard-case-file-audit")) if one.get("grade_descriptors")]
        assert len(graded) >= 5
        assert all(len(one["grade_descriptors"]) == 4 for one in graded)


def test_every_question_of_evidence_and_impact_has_both_boxes() -> None:
    assert all(
        {question["evidence"], question["impact"]} <= {"optional", "required"}
        for question in questions(raw("evidence-and-impact"))
    )


def test_a_practice_observation_has_consent_eight_domains_and_the_reflection_of_both() -> None:
    document = raw("practice-observation")
    ids = {question["id"] for question in questions(document)}
    assert {"family-consent", "worker-consent", "supervisor-reflection", "supervisee-reflection"} <= ids
    domains = [question for question in questions(document) if question["scale"] == "scale" and "evidence" in question]
    assert 8 <= len(domains) <= 9


@pytest.mark.parametrize(
    "name", ["practice-observation", "supervision-observation", "appreciative-inquiry", "dip-sample"]
)
def test_what_is_for_learning_is_not_graded(name: str) -> None:
    document = raw(name)
    assert document["graded"] is False
    assert all(section["judgement"] == "none" for section in document["sections"])
    assert all(question["scale"] != "grade" for question in questions(document))


def test_only_the_calibration_and_the_inspection_stay_out_of_the_figures() -> None:
    out = {name for name in NAMES if raw(name).get("in_practice_figures") is False}
    assert out == {"calibration-exercise", "inspection-audit"}


def test_an_inspection_audit_has_its_own_clock_in_days() -> None:
    assert {name for name in NAMES if "complete_within_days" in raw(name)} == {"inspection-audit"}
    assert 1 <= raw("inspection-audit")["complete_within_days"] <= 10


def test_only_a_re_audit_needs_an_earlier_audit() -> None:
    assert {name for name in NAMES if raw(name).get("needs_earlier_audit")} == {"re-audit"}


def test_a_closure_audit_says_which_scores_stand_for_which_grade() -> None:
    [section] = [one for one in raw("closure-audit")["sections"] if one["id"] == "right-to-close"]
    scores = {score for band in section["score_grades"] for score in range(band["from"], band["to"] + 1)}
    assert scores == set(range(11))


@pytest.mark.parametrize("name", sorted({path.stem.split(".")[0] for path in SAMPLE.values()}))
def test_a_shipped_tool_can_follow_the_sample_s_of_that_name(name: str) -> None:
    """Whoever tried the demonstration's tool can go on with the shipped one: no id changes its meaning."""
    versions = [read_tool(json.loads(path.read_text(encoding="utf-8"))) for path in SAMPLE.values()]
    earlier = sorted((tool for tool in versions if tool.tool == name), key=lambda tool: tool.version or 0)
    shipped = read_tool(raw(name))
    assert earlier[-1].meanings.keys() & shipped.meanings.keys()
    assert list(conflicts(shipped, earlier)) == []

"""What a new version changes, by name; what past answers are then worth; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain.refusals import ToolInvalid
from services.audit.domain.tools.comparison import ToolComparison, compare
from services.audit.domain.tools.document import ToolDocument, read_tool
from tests.unit.audit.tool_builders import full_tool

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    *sorted((ROOT / "infra/sample/tools").glob("*.json")),
    *sorted((ROOT / "services/audit/tools").glob("*.json")),
]
Document = dict[str, Any]
OLD = full_tool(version=1)


def questions(document: Document, number: int) -> list[Document]:
    found: list[Document] = document["sections"][number]["questions"]
    return found


def against(change: Callable[[Document], object], **top: Any) -> ToolComparison:
    return compare(OLD, full_tool(change, **top))


def said(comparison: ToolComparison) -> dict[str, Any]:
    """Return what a comparison says, without what it does not."""
    dumped = comparison.model_dump(mode="json", exclude={"tool", "old", "new", "carries_over"})
    return {name: value for name, value in dumped.items() if value}


def test_a_question_is_added() -> None:
    new = {"id": "siblings", "text": "And the siblings?", "scale": "yes-no"}
    assert said(against(lambda doc: questions(doc, 0).append(new))) == {"added": ["siblings"]}


def test_a_question_is_removed_and_its_trend_breaks() -> None:
    assert said(against(lambda doc: questions(doc, 0).pop(3))) == {
        "removed": ["last-visit"],
        "trends_break": [{"place": "questions.last-visit", "why": "it is no longer asked"}],
    }


@pytest.mark.parametrize("comparable", [True, False])
def test_a_question_is_re_meant_under_a_new_id(*, comparable: bool) -> None:
    change = {"id": "both-parents", "text": "Were both parents involved?", "replaces": "father"}
    found = against(lambda doc: questions(doc, 0)[2].update(change, comparable=comparable))
    broken = {
        "trends_break": [
            {"place": "questions.father", "why": "replaced by both-parents, which is not comparable with it"}
        ]
    }
    assert said(found) == {
        "re_meant": [{"question": "both-parents", "replaces": "father", "comparable": comparable}],
        **({} if comparable else broken),
    }
    assert ("father" in {each.question for each in found.carries_over}) is comparable
    if comparable:
        assert {each.question: each.now for each in found.carries_over}["father"] == "both-parents"


def test_a_question_moves_to_another_section() -> None:
    found = against(lambda doc: questions(doc, 1).append(questions(doc, 0).pop(3)))
    assert said(found) == {"moved": [{"question": "last-visit", "from_section": "safety", "to_section": "goals"}]}
    assert "last-visit" in {each.question for each in found.carries_over}


def test_questions_change_places_within_a_section() -> None:
    found = against(lambda doc: questions(doc, 0).insert(2, questions(doc, 0).pop(3)))
    assert [each.question for each in found.moved] == ["last-visit", "father"]


def test_a_question_in_the_middle_moves_nobody_by_coming_or_going() -> None:
    assert against(lambda doc: questions(doc, 0).pop(2)).moved == ()


def test_only_the_guidance_is_reworded() -> None:
    found = against(lambda doc: questions(doc, 0)[2].update(guidance="Also where he lives elsewhere."))
    assert said(found) == {"reworded": ["father"]}


def test_who_is_asked_what_changes_without_a_new_meaning() -> None:
    found = against(lambda doc: questions(doc, 0)[3].update(required=True, weight=3, guidance="New"))
    assert said(found) == {"asked_otherwise": [{"id": "last-visit", "fields": ["required", "weight"]}]}


def test_a_section_judged_otherwise_breaks_its_trend() -> None:
    bands = [{"from": 0, "to": 5, "grade": "inadequate"}, {"from": 6, "to": 10, "grade": "good"}]
    found = against(lambda doc: doc["sections"][1].update(score_grades=bands))
    assert said(found) == {
        "sections_changed": [{"id": "goals", "fields": ["score_grades"]}],
        "trends_break": [{"place": "sections.goals", "why": "it is judged otherwise"}],
    }


def test_sections_come_go_and_change_places() -> None:
    def swap(document: Document) -> None:
        document["limits"] = []
        document["sections"][2].pop("asked_if")
        document["sections"].insert(0, document["sections"].pop(2))

    found = compare(full_tool(lambda doc: (doc.update(limits=[]), doc["sections"][2].pop("asked_if"))), full_tool(swap))
    assert {each.id for each in found.sections_changed} == {"safety", "goals", "court"}
    assert {each.fields for each in found.sections_changed} == {("order",)}
    gone = against(lambda doc: doc["sections"].pop(3))
    assert gone.sections_removed == ("voices",)
    assert gone.removed == ("felt-heard", "worker-says", "moderator-says")
    assert compare(full_tool(lambda doc: doc["sections"].pop(3)), OLD).sections_added == ("voices",)


def test_a_judged_section_that_goes_breaks_its_trend() -> None:
    def without_goals(document: Document) -> None:
        document["limits"], document["sections"][2]["asked_if"] = [], []
        document["sections"].pop(1)

    broken = {each.place for each in against(without_goals).trends_break}
    assert broken == {"questions.progress", "questions.own-words", "questions.court-plan", "sections.goals"}


def test_fields_of_the_tool_and_its_themes() -> None:
    themes = [{"code": "drift", "label": "Drift"}]
    found = compare(
        full_tool(themes=[*themes, {"code": "delay", "label": "Delay"}]), full_tool(themes=themes, limits=[])
    )
    assert said(found) == {
        "themes_removed": ["delay"],
        "tool_changed": ["limits", "themes"],
        "trends_break": [{"place": "themes.delay", "why": "it can no longer be named"}],
    }


def test_a_changed_meaning_under_the_same_id_is_refused() -> None:
    found = against(lambda doc: questions(doc, 0)[0].update(text="Seen by whom?"))
    assert [(each.question, each.place) for each in found.refused] == [
        ("seen-alone", "sections.safety.questions.seen-alone")
    ]
    assert "seen-alone" not in {each.question for each in found.carries_over}


def test_an_id_of_any_earlier_version_is_never_used_again() -> None:
    without = full_tool(lambda doc: questions(doc, 0).pop(2), version=2)
    again = full_tool()
    assert [each.question for each in compare(without, again, (OLD, without)).refused] == ["father"]
    assert compare(without, again, (without,)).refused == ()


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_a_tool_against_itself_changes_nothing(file: Path) -> None:
    tool = read_tool(json.loads(file.read_text(encoding="utf-8")))
    found = compare(tool, tool)
    assert said(found) == {}
    assert found.is_empty
    assert [each.question for each in found.carries_over] == [question.id for _, question in tool.questions()]


def test_the_samples_second_version_is_told_as_it_is() -> None:
    first, second = (
        read_tool(json.loads((ROOT / f"infra/sample/tools/standard-case-file-audit.{n}.json").read_text()))
        for n in (1, 2)
    )
    found = compare(first, second, (first,))
    assert not found.is_empty
    assert found.refused == ()
    assert set(found.added) | {each.question for each in found.re_meant} == {
        "strategy-discussions-timely",
        "child-told-outcome",
    }


@given(taken=st.sets(st.sampled_from(["father", "last-visit", "own-words", "felt-heard", "worker-says"])))
def test_every_earlier_question_carries_over_or_breaks_its_trend(taken: set[str]) -> None:
    def without(document: Document) -> None:
        for section in document["sections"]:
            section["questions"] = [each for each in section["questions"] if each["id"] not in taken]

    new: ToolDocument = full_tool(without)
    found = compare(OLD, new)
    carried = {each.question for each in found.carries_over}
    broken = {each.place.removeprefix("questions.") for each in found.trends_break}
    assert set(found.removed) == taken
    assert broken == taken
    assert carried == set(OLD.asked) - taken
    assert found.is_empty is (not taken)
    back = compare(new, OLD)
    assert set(back.added) == taken
    assert back.trends_break == ()


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        (
            {"themes": [{"code": "drift", "label": "Drift", "component": "systemic"}]},
            {"themes": [{"code": "drift", "label": "Drift", "component": "resources"}]},
            {"themes.drift": "it counts towards another component than before"},
        ),
        (
            {},
            {"in_practice_figures": False},
            {"in_practice_figures": "its audits no longer count in the figures of practice"},
        ),
        (
            {"in_practice_figures": False},
            {},
            {"in_practice_figures": "its audits count in the figures of practice, as they did not before"},
        ),
        (
            {"feedback_points": [{"value": n, "name": f"Point {n}"} for n in range(3)]},
            {"feedback_points": [{"value": n, "name": f"Point {n}"} for n in range(2)]},
            {"feedback_points": "feedback is scored on another scale"},
        ),
        ({}, {"feedback_points": [{"value": 1, "name": "One"}, {"value": 2, "name": "Two"}]}, {}),
        (
            {"months_judged": 6},
            {"months_judged": 12},
            {"months_judged": "practice of another length of time is judged"},
        ),
    ],
    ids=["component", "out-of-figures", "into-figures", "fewer-points", "first-points", "months"],
)
def test_what_of_the_whole_tool_breaks_a_trend(before: Document, after: Document, broken: dict[str, str]) -> None:
    found = compare(full_tool(**before), full_tool(**after))
    assert {each.place: each.why for each in found.trends_break} == broken


@pytest.mark.parametrize(
    "change",
    [
        lambda doc: questions(doc, 0)[1].pop("asked_if"),
        lambda doc: questions(doc, 0)[1]["asked_if"][0].update(answers=["no", "not-seen"]),
        lambda doc: questions(doc, 0)[1]["asked_if"][0].update(negated=True),
    ],
)
def test_a_question_asked_after_other_answers_breaks_its_trend(change: Callable[[Document], object]) -> None:
    found = against(change)
    assert [(each.place, each.why) for each in found.trends_break] == [
        ("questions.why-not-alone", "it is asked about other children than before")
    ]
    assert "why-not-alone" in {each.question for each in found.carries_over}


def test_a_section_asked_of_others_breaks_the_trend_of_its_questions() -> None:
    found = against(lambda doc: doc["sections"][2].update(applies_to=["in-care"]))
    assert [each.place for each in found.trends_break] == ["questions.court-plan"]


@pytest.mark.parametrize("scale", ["grade", "date", "text"])
def test_what_is_answered_on_another_scale_is_not_comparable(scale: str) -> None:
    def change(document: Document) -> None:
        document["sections"][0]["questions"][2] = {
            "id": "both-parents", "text": "Both?", "scale": scale, "replaces": "father", "comparable": True,
        }  # fmt: skip

    found = against(change)
    assert [each.place for each in found.refused] == ["sections.safety.questions.both-parents.comparable"]
    assert "father" not in {each.question for each in found.carries_over}
    assert [each.place for each in found.trends_break] == ["questions.father"]


def test_points_that_go_and_choices_that_go_are_not_comparable_and_choices_that_come_are() -> None:
    def replaced(section: int, number: int, **changes: Any) -> ToolComparison:
        def change(document: Document) -> None:
            question = questions(document, section)[number]
            question.update(changes, replaces=question["id"], id="anew", comparable=True)
            document["sections"][2].pop("asked_if")

        return compare(full_tool(lambda doc: doc["sections"][2].pop("asked_if")), full_tool(change))

    assert replaced(1, 0, points=[{"value": 0, "name": "Not"}, {"value": 5, "name": "Fully"}]).refused
    reasons = [{"code": "refused", "label": "Refused"}, {"code": "other", "label": "Other"}]
    assert replaced(0, 1, choices=reasons).refused
    more = replaced(0, 1, choices=[*reasons, {"code": "baby", "label": "A baby"}])
    assert (more.refused, more.trends_break) == ((), ())


def test_another_tool_is_not_compared() -> None:
    with pytest.raises(ToolInvalid) as refused:
        compare(OLD, full_tool(tool="other-check"))
    assert [(each.place, each.message) for each in refused.value.problems] == [
        ("tool", "this is other-check, and what it is compared with is full-check")
    ]

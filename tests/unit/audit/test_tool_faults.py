"""Every fault of a tool document in full, each at its place; several at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.audit.domain.refusals import ToolInvalid
from services.audit.domain.tools.decider import ToolPublished, from_json, to_json
from services.audit.domain.tools.document import Respondent, ToolDocument, read_tool
from services.audit.domain.words import Actor
from tests.unit.audit import builders as b
from tests.unit.audit.tool_builders import full_json, full_tool

Document = dict[str, Any]


def section(document: Document, number: int) -> Document:
    found: Document = document["sections"][number]
    return found


def question(document: Document, number: int, of: int) -> Document:
    found: Document = section(document, number)["questions"][of]
    return found


def points(document: Document) -> list[Document]:
    found: list[Document] = question(document, 1, 0)["points"]
    return found


IF = "sections.safety.questions.why-not-alone.asked_if.0"
FAULTS: dict[str, tuple[Callable[[Document], object], str]] = {
    "a name that no address can hold": (lambda doc: doc.update(tool="full/check"), "tool"),
    "a condition on itself": (
        lambda doc: question(doc, 0, 1).update(asked_if=[{"question": "why-not-alone", "answers": ["baby"]}]),
        f"{IF}.question",
    ),
    "a condition on a later question": (
        lambda doc: question(doc, 0, 1).update(asked_if=[{"question": "father", "answers": ["yes"]}]),
        f"{IF}.question",
    ),
    "a condition on no question": (
        lambda doc: question(doc, 0, 1).update(asked_if=[{"question": "weather", "answers": ["yes"]}]),
        f"{IF}.question",
    ),
    "a condition on an answer there cannot be": (
        lambda doc: question(doc, 0, 1).update(asked_if=[{"question": "seen-alone", "answers": ["no", "maybe"]}]),
        f"{IF}.answers",
    ),
    "a condition on not applicable where it cannot be": (
        lambda doc: question(doc, 0, 1).update(asked_if=[{"question": "seen-alone", "answers": ["not-applicable"]}]),
        f"{IF}.answers",
    ),
    "a section's condition on a question of its own": (
        lambda doc: section(doc, 2).update(asked_if=[{"question": "court-plan", "answers": ["yes"]}]),
        "sections.court.asked_if.0.question",
    ),
    "a condition on a text": (
        lambda doc: section(doc, 2).update(asked_if=[{"question": "own-words", "answers": ["yes"]}]),
        "sections.court.asked_if.0.answers",
    ),
    "reasons where it cannot be not applicable": (
        lambda doc: question(doc, 0, 2).update(may_be_not_applicable=False),
        "sections.safety.questions.father.not_applicable_reasons",
    ),
    "a reason twice": (
        lambda doc: question(doc, 0, 2).update(not_applicable_reasons=[{"code": "a", "label": "A"}] * 2),
        "sections.safety.questions.father.not_applicable_reasons",
    ),
    "only some points with grades": (
        lambda doc: points(doc)[0].pop("grade"),
        "sections.goals.questions.progress.points",
    ),
    "grade descriptors of a question without grades": (
        lambda doc: question(doc, 0, 0).update(grade_descriptors={"good": "Seen alone."}),
        "sections.safety.questions.seen-alone.grade_descriptors",
    ),
    "grade descriptors of a section without a judgement": (
        lambda doc: section(doc, 2).update(grade_descriptors={"good": "Clear."}),
        "sections.court.grade_descriptors",
    ),
    "a gap between bands": (
        lambda doc: section(doc, 1)["score_grades"][1].update({"from": 4}),
        "sections.goals.score_grades",
    ),
    "bands over one another": (
        lambda doc: section(doc, 1)["score_grades"][1].update({"from": 2}),
        "sections.goals.score_grades",
    ),
    "a band beyond the scores": (
        lambda doc: section(doc, 1)["score_grades"][3].update({"to": 11}),
        "sections.goals.score_grades",
    ),
    "a band that runs backwards": (
        lambda doc: section(doc, 1)["score_grades"].append({"from": 5, "to": 3, "grade": "good"}),
        "sections.goals.score_grades",
    ),
    "a higher score for a worse grade": (
        lambda doc: section(doc, 1)["score_grades"][2].update(grade="inadequate"),
        "sections.goals.score_grades",
    ),
    "points whose grades go up and down": (
        lambda doc: points(doc).insert(1, {"value": 20, "name": "Beyond", "grade": "good"}),
        "sections.goals.questions.progress.points",
    ),
    "a title that turns round": (lambda doc: doc.update(title="Full \u202ekcehc"), "title"),
    "a choice with a mark of no width": (
        lambda doc: question(doc, 0, 1)["choices"][1].update(label="A\u200b baby"),
        "sections.safety.questions.why-not-alone.choices.1.label",
    ),
    "a limit that begins with a byte order mark": (
        lambda doc: doc["limits"][0].update(message="\ufeffUnsafe."),
        "limits.unsafe.message",
    ),
    "bands of a section without scores": (
        lambda doc: section(doc, 2).update(score_grades=[{"from": 0, "to": 10, "grade": "good"}]),
        "sections.court.score_grades",
    ),
    "comparable with nothing": (
        lambda doc: question(doc, 0, 3).update(comparable=True),
        "sections.safety.questions.last-visit.comparable",
    ),
    "a limit there twice": (lambda doc: doc["limits"].append(doc["limits"][0]), "limits"),
    "a limit that limits nothing": (
        lambda doc: doc["limits"][0].update(overall_at_most="outstanding"),
        "limits.unsafe.overall_at_most",
    ),
    "a limit on no section": (
        lambda doc: doc["limits"][0]["when"][0].update(section="weather"),
        "limits.unsafe.when.0.section",
    ),
    "a limit on a section without a grade": (
        lambda doc: doc["limits"][0]["when"][0].update(section="court"),
        "limits.unsafe.when.0.section",
    ),
    "a limit on no question": (
        lambda doc: doc["limits"][1]["when"][0].update(question="weather"),
        "limits.not-seen-alone.when.0.question",
    ),
    "a limit on what the moderator answers": (
        lambda doc: doc["limits"][1]["when"][0].update(question="moderator-says", answers=["no"]),
        "limits.not-seen-alone.when.0.question",
    ),
    "more judged than read": (lambda doc: doc.update(months_read=6, months_judged=12), "months_judged"),
    "feedback that stands for a grade": (
        lambda doc: doc.update(feedback_points=[{"value": 1, "name": "One", "grade": "good"}]),
        "feedback_points",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_at_its_place(fault: str) -> None:
    change, place = FAULTS[fault]
    document = full_json()
    change(document)
    with pytest.raises(ToolInvalid) as caught:
        read_tool(document)
    assert [problem.place for problem in caught.value.problems] == [place]
    assert caught.value.problems[0].way_out


def test_faults_are_listed_all_at_once() -> None:
    document = full_json()
    several = [
        "a condition on no question",
        "a gap between bands",
        "a limit that limits nothing",
        "more judged than read",
    ]
    for fault in several:
        FAULTS[fault][0](document)
    with pytest.raises(ToolInvalid) as caught:
        read_tool(document)
    assert {problem.place for problem in caught.value.problems} == {FAULTS[fault][1] for fault in several}


def test_an_ungraded_tool_has_no_limits() -> None:
    document = full_json()
    section(document, 0)["judgement"] = "none"
    section(document, 0).pop("grade_descriptors")
    document["limits"] = document["limits"][1:]
    with pytest.raises(ToolInvalid) as caught:
        read_tool({**document, "graded": False})
    assert [problem.place for problem in caught.value.problems] == ["limits.not-seen-alone"]


def test_a_malformed_limit_is_named_by_its_place_alone() -> None:
    document = full_json()
    document["limits"][0]["when"] = [{"section": "safety"}, {"question": "father", "answers": []}, 3]
    with pytest.raises(ToolInvalid) as caught:
        read_tool(document)
    assert [problem.place for problem in caught.value.problems] == [
        "limits.0.when.0.at_most",
        "limits.0.when.1.answers",
        "limits.0.when.2",
    ]
    assert [problem.message for problem in caught.value.problems][::2] == ["it is missing", "it is no JSON object"]


def test_who_answers_is_the_questions_or_the_sections_word() -> None:
    tool = full_tool()
    by = {id_: section.answered_by_whom(question) for id_, (section, question) in tool.asked.items()}
    assert by["seen-alone"] is Respondent.AUDITOR
    assert by["felt-heard"] is Respondent.FAMILY
    assert by["worker-says"] is Respondent.PRACTITIONER


def test_a_stored_publication_of_the_full_tool_reads_back() -> None:
    event = ToolPublished(
        at=b.ALLOCATED_AT, by=Actor(role="qa-manager"), authority="northmoor", version=1, document=full_tool(version=1)
    )
    assert from_json(*to_json(event)) == event
    dumped = full_tool().model_dump(mode="json")
    assert dumped["sections"][1]["score_grades"][0] == {"from": 0, "to": 2, "grade": "inadequate"}
    assert ToolDocument.model_validate(dumped) == full_tool()


def test_a_tool_stored_before_there_was_more_reads_as_it_was() -> None:
    tool = read_tool(b.TOOL_JSON)
    assert tool.limits == ()
    assert tool.in_practice_figures
    assert all(question.weight == 1 and question.asked_if == () for _, question in tool.questions())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tool": "Full Check"}, "it is no code"),
        ({"tool": 7}, "it is no text"),
        ({"months_read": 0}, "it is below 1"),
        ({"months_read": "twelve"}, "it is no whole number"),
        ({"kinds": []}, "there are fewer than 1"),
        ({"themes": [{"code": "voice", "label": "Voice", "component": "weather"}]}, "it is none of 'participation'"),
        (
            {"sections": [full_json()["sections"][0] | {"answered_by": ["auditor", "family"]}]},
            "it takes one word and no list: one of 'auditor'",
        ),
    ],
)
def test_malformed_parts_are_said_in_words(change: Document, message: str) -> None:
    with pytest.raises(ToolInvalid) as refused:
        read_tool(full_json() | change)
    said = [problem.message for problem in refused.value.problems]
    assert any(one.startswith(message) for one in said), said
    assert not any("should" in one for one in said), said


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_an_end_of_a_scale_that_is_no_number_is_refused_and_not_left_out(end: str, number: float) -> None:
    """JSON has no such number, but the reader of requests takes it, and it would be stored as none: as no end at all."""
    document = full_json()
    question(document, 0, 0)[end] = number
    with pytest.raises(ToolInvalid) as refused:
        read_tool(document)
    [problem] = refused.value.problems
    assert (problem.place, problem.message) == (
        f"sections.0.questions.0.{end}",
        "it is no number that can be reached",
    )

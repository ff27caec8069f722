"""Tools as documents: every fault is listed at once, versions are immutable, an id keeps its meaning."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.audit.app.tools.schema import tool_schema
from services.audit.app.tools.views import warnings_of
from services.audit.domain.refusals import ToolInvalid
from services.audit.domain.tools.decider import (
    PublishTool,
    ToolCommand,
    ToolEvent,
    ToolPublished,
    ToolState,
    decide,
    evolve,
    from_json,
    to_json,
    tool_stream,
)
from services.audit.domain.tools.document import Box, ToolDocument, read_tool
from services.audit.domain.words import Actor, ChildStatus
from tests.support.decider_spec import Spec, spec
from tests.unit.audit.builders import TOOL_JSON

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "infra/sample/tools").glob("*.json"))
AT = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)


def publish(document: ToolDocument) -> PublishTool:
    return PublishTool(at=AT, by=Actor(role="qa-manager"), authority="northmoor", document=document)


def published(*documents: ToolDocument) -> Spec[ToolCommand, ToolState, ToolEvent]:
    story = spec(decide, evolve, ToolState())
    for document in documents:
        story = story.given(*decide(publish(document), story.state))
    return story


def changed(change: Callable[[dict[str, Any]], None], **top: Any) -> ToolDocument:
    document = copy.deepcopy(TOOL_JSON)
    change(document)
    return read_tool({**document, **top})


def plan_grade(document: dict[str, Any]) -> dict[str, Any]:
    question: dict[str, Any] = document["sections"][0]["questions"][0]
    return question


class TestPublishing:
    def test_the_first_version_is_1(self) -> None:
        document = read_tool({key: value for key, value in TOOL_JSON.items() if key != "version"})
        [event] = published().when(publish(document)).then_events()
        assert isinstance(event, ToolPublished)
        assert (event.version, event.document.version) == (1, 1)

    def test_the_same_document_again_changes_nothing(self) -> None:
        document = read_tool(TOOL_JSON)
        published(document).when(publish(document)).then_nothing_happened()

    def test_an_earlier_version_again_changes_nothing(self) -> None:
        first = read_tool(TOOL_JSON)
        second = read_tool({**TOOL_JSON, "version": 2, "title": "Second"})
        published(first, second).when(publish(first)).then_nothing_happened()

    def test_a_published_version_cannot_be_changed(self) -> None:
        other = read_tool({**TOOL_JSON, "title": "Another title"})
        refused = published(read_tool(TOOL_JSON)).when(publish(other)).refused(ToolInvalid)
        assert [problem.place for problem in refused.problems] == ["version"]

    def test_a_version_cannot_be_left_out(self) -> None:
        third = read_tool({**TOOL_JSON, "version": 3, "title": "Third"})
        refused = published(read_tool(TOOL_JSON)).when(publish(third)).refused(ToolInvalid)
        assert "The next version is 2" in refused.problems[0].way_out

    @pytest.mark.parametrize(
        "change",
        [
            lambda question: question.update(text="How bad is the plan?"),
            lambda question: question.update(scale="yes-no"),
            lambda question: question.update(compliance=True),
        ],
    )
    def test_a_question_id_never_gets_another_meaning(self, change: Callable[[dict[str, Any]], None]) -> None:
        remeant = changed(lambda document: change(plan_grade(document)), version=2)
        refused = published(read_tool(TOOL_JSON)).when(publish(remeant)).refused(ToolInvalid)
        assert [problem.question for problem in refused.problems] == ["plan-grade"]

    def test_not_even_after_a_version_without_it(self) -> None:
        without = changed(lambda document: document["sections"][0]["questions"].pop(0), version=2)
        remeant = changed(lambda document: plan_grade(document).update(scale="yes-no"), version=3)
        refused = published(read_tool(TOOL_JSON), without).when(publish(remeant)).refused(ToolInvalid)
        assert [problem.question for problem in refused.problems] == ["plan-grade"]

    def test_guidance_boxes_and_spelling_in_capitals_keep_the_meaning(self) -> None:
        def reword(document: dict[str, Any]) -> None:
            plan_grade(document).update(
                text="HOW good  is the plan?", guidance="See the guide.", evidence="optional", required=False
            )

        assert len(published(read_tool(TOOL_JSON)).when(publish(changed(reword, version=2))).then_events()) == 1

    def test_a_new_meaning_under_a_new_id_names_what_it_replaces(self) -> None:
        replaced = changed(
            lambda document: plan_grade(document).update(id="plan-quality", replaces="plan-grade"), version=2
        )
        assert len(published(read_tool(TOOL_JSON)).when(publish(replaced)).then_events()) == 1

    def test_what_was_never_published_cannot_be_replaced(self) -> None:
        replaced = changed(lambda document: plan_grade(document).update(id="new", replaces="old"), version=2)
        refused = published(read_tool(TOOL_JSON)).when(publish(replaced)).refused(ToolInvalid)
        assert [problem.place for problem in refused.problems] == ["sections.planning.questions.new.replaces"]

    def test_two_authorities_publish_into_streams_of_their_own(self) -> None:
        assert tool_stream("northmoor", "check") == tool_stream("northmoor", "check")
        assert tool_stream("northmoor", "check") != tool_stream("saltmere", "check")

    def test_a_stored_publication_reads_back(self) -> None:
        [event] = published().when(publish(read_tool(TOOL_JSON))).then_events()
        assert from_json(*to_json(event)) == event


class TestReading:
    def test_every_fault_is_listed_at_once(self) -> None:
        document = copy.deepcopy(TOOL_JSON)
        section = document["sections"][0]
        section["questions"][0].update(choices=[{"code": "a", "label": "A"}])
        section["questions"][1].update(minimum=1)
        section["questions"][2].update(choices=[{"code": "not-seen", "label": "?"}, {"code": "not-seen", "label": "?"}])
        section["questions"][4].update(minimum=9, maximum=3)
        document["sections"][1]["questions"][0].update(points=[])
        document["sections"][2]["questions"][2].update(polarity=None)
        document["sections"][2]["id"] = "planning"
        with pytest.raises(ToolInvalid) as caught:
            read_tool(document)
        planning = "sections.planning.questions"
        assert sorted(problem.place for problem in caught.value.problems) == sorted(
            [
                "sections",
                f"{planning}.plan-grade.choices",
                f"{planning}.plan-smart.minimum",
                f"{planning}.plan-shared.choices",
                f"{planning}.plan-shared.choices",
                f"{planning}.plan-visits.maximum",
                "sections.permanence.questions.stability.points",
                f"{planning}.areas-to-develop.polarity",
            ]
        )

    def test_malformed_parts_are_listed_with_their_places(self) -> None:
        document = {"tool": "Not A Code", "title": "", "kinds": [], "sections": [{"id": "a", "shape": "odd"}]}
        with pytest.raises(ToolInvalid) as caught:
            read_tool(document)
        assert {problem.place for problem in caught.value.problems} == {
            "tool",
            "title",
            "kinds",
            "sections.0.title",
            "sections.0.shape",
        }

    def test_an_ungraded_tool_has_no_graded_section(self) -> None:
        with pytest.raises(ToolInvalid) as caught:
            read_tool({**TOOL_JSON, "graded": False})
        assert {problem.place for problem in caught.value.problems} == {
            "sections.planning.judgement",
            "sections.permanence.judgement",
        }


class TestShipped:
    def test_there_are_four(self) -> None:
        assert [file.name for file in SHIPPED] == [
            "practice-observation.1.json",
            "standard-case-file-audit.1.json",
            "standard-case-file-audit.2.json",
            "thematic-audit.1.json",
        ]

    @pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
    def test_each_is_valid_and_has_at_most_ten_boxes_of_text(self, file: Path) -> None:
        document = json.loads(file.read_text(encoding="utf-8"))
        tool = read_tool(document)
        assert f"{tool.tool}.{tool.version}.json" == file.name
        assert tool.free_text_boxes <= 10
        jsonschema.validate(document, json.loads(tool_schema()))

    def test_the_standard_audit_is_as_the_domain_says(self) -> None:
        tool = read_tool(json.loads((ROOT / "infra/sample/tools/standard-case-file-audit.1.json").read_text()))
        assert len(tool.sections) == 7
        assert {len(section.questions) for section in tool.sections} == {5}
        assert (tool.sections[0].id, tool.sections[-1].id) == ("family-feedback", "practitioner-feedback")
        assert tool.overall_rationale is Box.REQUIRED
        permanence = next(section for section in tool.sections if section.id == "permanence")
        assert permanence.applies(ChildStatus.IN_CARE)
        assert not permanence.applies(ChildStatus.IN_NEED)
        boxes = [question for _, question in tool.questions() if question.impact is Box.REQUIRED]
        assert [question.id for question in boxes] == ["lived-experience"]

    def test_its_second_version_follows_the_first(self) -> None:
        first, second = (
            read_tool(json.loads((ROOT / f"infra/sample/tools/standard-case-file-audit.{n}.json").read_text()))
            for n in (1, 2)
        )
        ids = [{question.id for _, question in tool.questions()} for tool in (first, second)]
        assert ids[1] - ids[0] == {"strategy-discussions-timely", "child-told-outcome"}
        assert ids[0] - ids[1] == {"strategy-discussions"}
        assert len(published(first).when(publish(second)).then_events()) == 1


def test_the_published_schema_of_a_tool_is_true() -> None:
    """Made anew by `python -m services.audit.app.tools.schema docs/contracts/audit-tool.schema.json`."""
    assert (ROOT / "docs/contracts/audit-tool.schema.json").read_text(encoding="utf-8") == tool_schema()


def test_a_tool_with_numbers_is_to_be_looked_at_again_and_one_without_is_not() -> None:
    [warning] = warnings_of(read_tool(TOOL_JSON))
    assert "(plan-visits)" in warning
    assert "travel" in warning
    without = copy.deepcopy(TOOL_JSON)
    planning = without["sections"][0]
    planning["questions"] = [one for one in planning["questions"] if one["scale"] != "number"]
    assert warnings_of(read_tool(without)) == ()

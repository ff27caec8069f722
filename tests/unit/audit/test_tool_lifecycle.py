"""Draft, published, retired: a draft may be replaced, a published version never changes, a retired one begins nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.app.publishing import publish_tool
from services.audit.app.summaries import summarise_tool
from services.audit.app.tools.views import versions_of
from services.audit.domain.audits.states import Allocated, Completed
from services.audit.domain.refusals import ToolDoesNotMatch, ToolInvalid, ToolNotFound
from services.audit.domain.tools.decider import (
    DraftTool,
    PublishTool,
    RetireTool,
    ToolCommand,
    ToolDraftDropped,
    ToolDrafted,
    ToolEvent,
    ToolPublished,
    ToolRetired,
    ToolState,
    decide,
    evolve,
    from_json,
    to_json,
)
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.tools.refusals import ToolNotDrafted, ToolVersionRetired
from services.audit.domain.words import Actor
from shared.contracts.audit import ToolPublishedV1
from tests.support.decider_spec import Spec, spec
from tests.unit.audit import builders as b
from tests.unit.audit.stories import after
from tests.unit.audit.tool_builders import full_json, full_tool

AT = b.ALLOCATED_AT
QA = Actor(role="qa-manager")
FIRST = full_tool()
SECOND = full_tool(title="Second")


def draft(document: ToolDocument) -> DraftTool:
    return DraftTool(at=AT, by=QA, authority="northmoor", document=document)


def publish(document: ToolDocument | None = None) -> PublishTool:
    return PublishTool(at=AT, by=QA, authority="northmoor", document=document)


def retire(version: int) -> RetireTool:
    return RetireTool(at=AT + timedelta(days=9), by=QA, authority="northmoor", version=version)


def tool_after(*commands: ToolCommand) -> Spec[ToolCommand, ToolState, ToolEvent]:
    story = spec(decide, evolve, ToolState())
    for command in commands:
        story = story.given(*decide(command, story.state))
    return story


class TestDrafts:
    def test_a_draft_is_replaced_by_the_next(self) -> None:
        story = tool_after(draft(FIRST), draft(SECOND))
        assert story.state.draft == SECOND
        assert story.state.versions == ()

    def test_the_same_draft_again_changes_nothing(self) -> None:
        tool_after(draft(FIRST)).when(draft(FIRST)).then_nothing_happened()

    def test_a_draft_is_published_and_used_up(self) -> None:
        [event] = tool_after(draft(FIRST)).when(publish()).then_events()
        assert isinstance(event, ToolPublished)
        assert event.document == full_tool(version=1)
        assert tool_after(draft(FIRST), publish()).state.draft is None

    def test_without_a_draft_there_is_nothing_to_publish(self) -> None:
        tool_after().when(publish()).refused(ToolNotDrafted)
        tool_after(draft(FIRST), publish()).when(publish()).refused(ToolNotDrafted)

    def test_publishing_another_document_keeps_the_draft(self) -> None:
        assert tool_after(draft(SECOND), publish(FIRST)).state.draft == SECOND

    @pytest.mark.parametrize("again", [publish(FIRST), publish()])
    def test_a_draft_of_what_is_in_use_is_done_with_when_it_is_published(self, again: PublishTool) -> None:
        story = tool_after(publish(FIRST), draft(FIRST))
        dropped = ToolDraftDropped(at=AT, by=QA, authority="northmoor", version=1)
        assert story.when(again).then_events() == [dropped]
        state = tool_after(publish(FIRST), draft(FIRST), again).state
        assert (state.draft, len(state.versions)) == (None, 1)

    def test_a_draft_of_something_else_stays(self) -> None:
        assert tool_after(publish(FIRST), draft(SECOND), publish(FIRST)).state.draft == SECOND

    def test_a_draft_that_goes_back_to_an_earlier_version_becomes_a_new_one(self) -> None:
        [event] = tool_after(publish(FIRST), publish(SECOND), draft(FIRST)).when(publish()).then_events()
        assert isinstance(event, ToolPublished)
        assert event.version == 3

    def test_what_only_publishing_refuses_may_stand_in_a_draft(self) -> None:
        remeant = full_tool(lambda doc: doc["sections"][0]["questions"][0].update(text="Seen by whom?"))
        refused = tool_after(publish(FIRST), draft(remeant)).when(publish()).refused(ToolInvalid)
        assert [problem.question for problem in refused.problems] == ["seen-alone"]


class TestRetiring:
    def test_a_version_is_retired_once(self) -> None:
        story = tool_after(publish(FIRST))
        assert story.when(retire(1)).then_events() == [
            ToolRetired(at=AT + timedelta(days=9), by=QA, authority="northmoor", version=1)
        ]
        tool_after(publish(FIRST), retire(1)).when(retire(1)).then_nothing_happened()

    @pytest.mark.parametrize("version", [0, 2, -1])
    def test_what_was_never_published_cannot_be_retired(self, version: int) -> None:
        tool_after(publish(FIRST)).when(retire(version)).refused(ToolNotFound)

    def test_the_newest_version_in_use_is_the_one_without_a_number(self) -> None:
        state = tool_after(publish(FIRST), publish(SECOND), retire(2)).state
        assert state.version(None) == full_tool(version=1)
        assert state.version(2) == full_tool(title="Second", version=2)

    def test_a_retired_document_may_be_published_anew(self) -> None:
        [event] = tool_after(publish(FIRST), retire(1)).when(publish(FIRST)).then_events()
        assert isinstance(event, ToolPublished)
        assert event.version == 2

    def test_a_retired_version_named_by_its_number_is_refused_with_the_way_out(self) -> None:
        story = tool_after(publish(FIRST), retire(1))
        [problem] = story.when(publish(full_tool(version=1))).refused(ToolInvalid).problems
        assert problem.place == "version"
        assert "is retired" in problem.message
        assert "as version 2" in problem.way_out

    def test_another_document_under_a_published_number_is_told_so(self) -> None:
        story = tool_after(publish(FIRST), retire(1))
        [problem] = story.when(publish(full_tool(version=1, title="Other"))).refused(ToolInvalid).problems
        assert problem.message == "this version is published already, otherwise"

    def test_no_audit_begins_with_a_retired_version(self) -> None:
        after().when(b.allocate(tool_retired=True)).refused(ToolVersionRetired)

    def test_the_same_allocation_again_is_no_new_audit(self) -> None:
        after(b.allocate()).when(b.allocate(tool_retired=True)).then_nothing_happened()

    def test_an_audit_under_way_finishes_on_its_version(self) -> None:
        story = after(b.allocate(), b.complete())
        assert isinstance(story.state, Completed)


class TestNeverReused:
    def test_an_id_that_was_left_out_never_comes_back(self) -> None:
        without = full_tool(lambda doc: doc["sections"][0]["questions"].pop(2))
        tool_after(publish(FIRST), publish(without)).when(publish(FIRST)).then_nothing_happened()
        third = full_tool(title="Third")
        problems = tool_after(publish(FIRST), publish(without)).when(publish(third)).refused(ToolInvalid).problems
        assert [(problem.question, problem.place) for problem in problems] == [
            ("father", "sections.safety.questions.father")
        ]

    def test_who_answers_is_part_of_the_meaning(self) -> None:
        other = full_tool(lambda doc: doc["sections"][3].update(answered_by="practitioner"))
        problems = tool_after(publish(FIRST)).when(publish(other)).refused(ToolInvalid).problems
        assert [problem.question for problem in problems] == ["felt-heard"]

    def test_a_replaced_question_is_no_longer_asked(self) -> None:
        def both(document: dict[str, object]) -> None:
            sections = document["sections"]
            assert isinstance(sections, list)
            sections[0]["questions"].append(
                {"id": "father-2", "text": "And the father?", "scale": "yes-no", "replaces": "father"}
            )

        problems = tool_after(publish(FIRST)).when(publish(full_tool(both))).refused(ToolInvalid).problems
        assert [problem.place for problem in problems] == ["sections.safety.questions.father-2.replaces"]

    def test_a_first_version_may_come_from_elsewhere(self) -> None:
        taken_over = full_tool(lambda doc: doc["sections"][0]["questions"][2].update(replaces="fathers"))
        assert len(tool_after().when(publish(taken_over)).then_events()) == 1


class TestWhatIsTold:
    def test_only_a_publication_goes_out(self) -> None:
        state = tool_after(draft(FIRST), publish(), retire(1))
        assert state.state.retired_at
        quiet: list[ToolEvent] = [
            ToolDrafted(at=AT, by=QA, authority="northmoor", document=FIRST),
            ToolRetired(at=AT, by=QA, authority="northmoor", version=1),
            ToolDraftDropped(at=AT, by=QA, authority="northmoor", version=1),
        ]
        assert [publish_tool(ToolState(), event) for event in quiet] == [[], [], []]
        assert [from_json(*to_json(event)) for event in quiet] == quiet

    def test_the_publication_says_what_readers_need(self) -> None:
        document = full_tool(version=1, in_practice_figures=False)
        event = ToolPublished(at=AT, by=QA, authority="northmoor", version=1, document=document)
        [publication] = publish_tool(ToolState(), event)
        told = publication.event
        assert isinstance(told, ToolPublishedV1)
        assert not told.in_practice_figures
        by = {question.id: question.answered_by for section in told.sections for question in section.questions}
        assert (by["seen-alone"], by["felt-heard"], by["moderator-says"]) == ("auditor", "family", "moderator")
        assert {section.id: section.graded for section in told.sections} == {
            "safety": True, "goals": True, "court": False, "voices": False,
        }  # fmt: skip

    def test_themes_and_replacements_go_out_too(self) -> None:
        document = read_tool({**b.TOOL_JSON, "version": 1})
        event = ToolPublished(at=AT, by=QA, authority="northmoor", version=1, document=document)
        told = publish_tool(ToolState(), event)[0].event
        assert isinstance(told, ToolPublishedV1)
        assert [(theme.code, theme.component) for theme in told.themes] == [
            ("drift-and-delay", "resources"),
            ("voice-of-the-child", "participation"),
        ]

    def test_the_row_of_a_tool_says_how_it_stands(self) -> None:
        stands = [
            tool_after(draft(FIRST)),
            tool_after(publish(FIRST)),
            tool_after(publish(FIRST), publish(SECOND), retire(2)),
            tool_after(publish(FIRST), retire(1)),
        ]
        rows = [summarise_tool(story.state) for story in stands]
        assert [(row.status, row.data["in_use"], row.data["versions"]) for row in rows if row is not None] == [
            ("draft", None, 0),
            ("published", 1, 1),
            ("published", 1, 2),
            ("retired", None, 1),
        ]

    def test_versions_are_listed_with_their_standing(self) -> None:
        rows = versions_of(tool_after(publish(FIRST), publish(SECOND), retire(1)).state)
        assert [(row.version, row.status) for row in rows] == [(1, "retired"), (2, "published")]

    @pytest.mark.parametrize("command", [draft(FIRST), publish(FIRST)])
    def test_what_is_stored_reads_back(self, command: ToolCommand) -> None:
        for event in (*decide(command, ToolState()), ToolRetired(at=AT, by=QA, authority="northmoor", version=1)):
            assert from_json(*to_json(event)) == event

    def test_a_name_that_does_not_fit_is_refused(self) -> None:
        name, data = to_json(ToolRetired(at=AT, by=QA, authority="northmoor", version=1))
        assert name == "tool-retired"
        with pytest.raises(ValueError, match="tool-retired stands under the name"):
            from_json("tool-published", data)


_COMMANDS = st.lists(
    st.one_of(
        st.sampled_from(["First", "Second", "Third"]).map(lambda title: draft(full_tool(title=title))),
        st.sampled_from(["First", "Second", "Third"]).map(lambda title: publish(full_tool(title=title))),
        st.just(publish()),
        st.integers(1, 4).map(retire),
    ),
    max_size=8,
)


@given(commands=_COMMANDS)
def test_a_published_version_never_changes_an_audit_already_begun(commands: list[ToolCommand]) -> None:
    state = tool_after(publish(b.tool())).state
    first = state.version(1)
    assert first is not None
    audit = after(b.allocate())
    assert isinstance(audit.state, Allocated)
    for command in commands:
        try:
            for event in decide(command, state):
                state = evolve(state, event)
        except (ToolNotDrafted, ToolNotFound, ToolInvalid):
            continue
    assert state.version(1) == first
    [completed] = audit.when(b.complete(tool=state.version(1))).then_events()
    assert completed == after(b.allocate()).when(b.complete()).then_events()[0]
    for newer in state.versions[1:]:
        audit.when(b.complete(tool=newer)).refused(ToolDoesNotMatch)


def test_the_documents_of_the_laws_are_different() -> None:
    assert read_tool(full_json()) == FIRST
    assert FIRST != SECOND

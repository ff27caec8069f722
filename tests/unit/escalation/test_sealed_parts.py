"""What is sealed in an escalation's history: texts, and a case number that waits for a reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.escalation.app.summaries import summariser
from services.escalation.domain import commands, events
from services.escalation.domain.decider import decide
from services.escalation.domain.evolution import evolve
from services.escalation.domain.model import Category
from services.escalation.domain.refusals import AlreadyRecorded, StepOutOfOrder
from services.escalation.domain.states import Known, NotConsidered, State
from tests.unit.escalation import scenes as s

SEALED = "s1.Zm9v"
WHEN: dict[str, Any] = {"happened_at": s.january(14, 9, 30), "recorded_at": s.january(15), "actor": s.QA}
NOTED: dict[str, Any] = {"happened_at": s.january(14, 11), "recorded_at": s.january(14, 11), "actor": s.SERVICE}


def after(state: State, *steps: commands.Command) -> State:
    for step in steps:
        for event in decide(step, state):
            state = evolve(state, events.from_json(*events.to_json(event)))
    return state


def numbered() -> commands.Consider:
    """A concern whose child has no reference yet."""
    place = s.PLACE.model_copy(update={"audit_id": None, "case_reference": None})
    return replace(s.consider(s.cause(1)), place=place, case_number=SEALED)


def row(state: State) -> dict[str, object]:
    summary = summariser(s.ONE_MICROSECOND)(state)
    assert summary is not None
    return {name: summary.data[name] for name in ("case_reference", "case_number", "child_erased")}


def facts(state: State) -> object:
    assert isinstance(state, Known)
    return state.facts.case_number


def test_a_case_number_waits_for_the_reference_and_is_gone_with_it() -> None:
    waiting = after(NotConsidered(), numbered())
    assert row(waiting) == {"case_reference": None, "case_number": "awaiting", "child_erased": False}
    known = after(waiting, commands.NoteCaseReference(**NOTED, case_reference=s.AUDIT))
    assert row(known) == {"case_reference": str(s.AUDIT), "case_number": "settled", "child_erased": False}
    assert facts(known) is None
    again = commands.NoteCaseReference(**NOTED, case_reference=s.ESCALATION)
    assert decide(again, known) == [], "a reference that is known is never changed"


def test_an_erased_child_is_waited_for_no_longer() -> None:
    erased = after(NotConsidered(), numbered(), commands.NoteChildErased(**NOTED))
    assert row(erased) == {"case_reference": None, "case_number": "settled", "child_erased": True}
    assert decide(commands.NoteChildErased(**NOTED), erased) == []


def test_a_discussion_with_the_same_people_is_another_one_when_it_comes_with_a_text() -> None:
    step = commands.RecordDiscussion(**WHEN, with_whom=("practitioner",))
    discussed = after(NotConsidered(), s.consider(s.cause(1)), step)
    assert decide(step, discussed) == []
    [again] = decide(replace(step, text=SEALED), discussed)
    assert isinstance(again, events.DiscussionRecorded)
    assert again.text == SEALED


def test_a_text_is_never_taken_for_a_repeat_and_lost() -> None:
    """A step that was taken already changes nothing when it is said again; with a text it is refused, or kept."""
    unneeded = commands.RecordDecisionNotRequired(**WHEN, reason="already-acted-on")
    state = after(
        NotConsidered(), s.consider(s.cause(1)), commands.RecordDiscussion(**WHEN, with_whom=("x",)), unneeded
    )
    assert decide(unneeded, state) == []
    with pytest.raises(StepOutOfOrder):
        decide(replace(unneeded, text=SEALED), state)

    raised = evolve_all(*s.RAISED_PRACTICE)
    lifted = commands.Reclassify(
        **WHEN | {"happened_at": s.january(14, 11)}, category=Category.SAFEGUARDING, reason="x"
    )
    grave = after(raised, lifted)
    assert decide(lifted, grave) == []
    with pytest.raises(AlreadyRecorded, match="reclassified as a safeguarding concern") as refused:
        decide(replace(lifted, text=SEALED), grave)
    assert refused.value.field == "text"

    overseen = evolve_all(*s.RAISED_PRACTICE, s.was_added(), s.OVERSIGHT)
    assert decide(s.record_oversight(), overseen) == []
    [further] = decide(replace(s.record_oversight(), text=SEALED), overseen)
    assert isinstance(further, events.OversightRecorded)
    assert further.text == SEALED


def evolve_all(*history: events.Event) -> State:
    state: State = NotConsidered()
    for event in history:
        state = evolve(state, event)
    return state

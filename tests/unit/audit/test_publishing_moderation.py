"""What others hear of moderation: codes only, whatever was written into it (G7); and old stored events stay readable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.app.aggregates import AUDIT
from services.audit.app.texts import texts_of
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.events import from_json, to_json
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL, Completed, State
from services.audit.domain.moderation.words import Decider, Meeting
from services.audit.domain.words import Grade, SealedText
from shared.contracts import audit as contracts
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.test_publishing import MARK, public, story, texts


def surface(text: Callable[[], SealedText]) -> list[Command]:
    """Every command of moderation, with a text in every box there is; a second moderator, then another story's panel."""
    return [
        b.allocate(),
        b.complete(moderation=b.selection(blind=True)),
        m.assign(),
        m.grade_blind(rationale=text(), section_reasons={"planning": text()}),
        b.moderate(
            rationale=text(),
            concern_text=text(),
            feedback=text(),
            section_reasons={"planning": text()},
            meetings=(Meeting(role="team-manager", on=date(2025, 12, 1), person=m.MANAGER),),
        ),
        m.dispute(text=text(), terms=m.terms(decided_by=Decider.PANEL)),
        m.note(text=text()),
        m.settle(text=text()),
        b.withdraw(at=m.SETTLED_AT),
    ]


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_text_of_any_box_is_ever_published_or_listed(data: st.DataObject) -> None:
    told = story(*surface(lambda: data.draw(texts)))
    assert sum(MARK in to_json(event)[1].decode() for _, event, _ in told) == 5
    for state, event, publications in told:
        for publication in publications:
            assert MARK not in publication.event.to_json().decode()
        summary = AUDIT.summarise(evolve(state, event))
        assert summary is not None
        assert MARK not in str(summary.data)


def test_every_text_has_a_box_of_its_own() -> None:
    numbers = iter(range(100))
    told = story(*surface(lambda: SealedText(f"{MARK}{next(numbers)}")))
    found = texts_of(event for _, event, _ in told)
    mine = [text for text in found.values() if MARK in text]
    assert sorted(mine) == sorted(f"{MARK}{number}" for number in range(9))


def test_a_stored_event_reads_back_as_it_was_and_keeps_its_public_kind() -> None:
    told = story(*surface(lambda: SealedText(MARK)))
    for _, event, _ in told:
        assert from_json(*to_json(event)) == event
    kinds = {type(publication.event) for _, _, publications in told for publication in publications}
    assert kinds >= {
        contracts.ModerationRequestedV1,
        contracts.ModerationDoneV1,
        contracts.ModerationDisputedV1,
        contracts.DisputeSettledV1,
        contracts.ReflectiveNoteRecordedV1,
    }


def test_a_second_moderation_says_that_it_is_one() -> None:
    apart = b.moderate(terms=m.terms())
    *_, opened, asked, done, settled = public(
        b.allocate(), b.complete(moderation=b.selection()), apart, m.second(moderator_type="external")
    )
    assert isinstance(opened, contracts.ModerationDisputedV1)
    assert (opened.dispute_id, opened.reason, opened.disputed_on) == (m.DISPUTE, "two-grades-apart", date(2025, 12, 4))
    assert isinstance(asked, contracts.ModerationRequestedV1)
    assert (asked.number, asked.final, asked.blind) == (2, True, False)
    assert isinstance(done, contracts.ModerationDoneV1)
    assert (done.number, done.final, done.decided_by) == (2, True, "second-moderator")
    assert (done.missed_inadequate, done.days_since_completion) == (False, 25)
    assert isinstance(settled, contracts.DisputeSettledV1)
    assert (settled.outcome, settled.decided_by, settled.settled_on) == (
        "changed",
        "second-moderator",
        date(2025, 12, 15),
    )


def test_what_a_moderator_gave_blind_is_their_own_grade() -> None:
    final = b.moderate(overall_grade=Grade.GOOD, sections={"planning": Grade.GOOD})
    *_, done = public(b.allocate(), b.complete(moderation=b.selection(blind=True)), m.grade_blind(), final)
    assert isinstance(done, contracts.ModerationDoneV1)
    assert (done.moderator_grade, done.standing_grade, done.distance) == ("inadequate", "good", -2)
    assert done.missed_inadequate
    assert [(each.section, each.grade) for each in done.section_grades] == [("planning", "requires-improvement")]
    assert [(each.section, each.moderator_grade) for each in done.section_differences] == [
        ("planning", "requires-improvement")
    ]


def test_events_stored_before_moderation_was_full_are_read_and_stand_as_they_did() -> None:
    told = story(b.allocate(), b.complete(moderation=b.selection()), b.moderate())
    old_fields = {
        "moderation-requested": {
            "type", "at", "by", "moderation_id", "selected_because", "policy_version", "due_on", "moderator", "blind",
        },
        "moderation-done": {
            "type", "at", "by", "moderation_id", "moderator", "moderator_type", "auditor_grade", "moderator_grade",
            "standing_grade", "sections", "concern", "inadequate_likely", "met_team_manager", "met_practitioner",
            "audit_quality", "rationale", "concern_text",
        },
    }  # fmt: skip
    state: State = INITIAL
    for _, event, _ in told:
        kind, data = to_json(event)
        kept = old_fields.get(kind)
        stored = {field: value for field, value in json.loads(data).items() if kept is None or field in kept}
        state = evolve(state, from_json(kind, json.dumps(stored).encode()))
    assert isinstance(state, Completed)
    assert (state.standing_grade, state.decided_by) == (Grade.INADEQUATE, Decider.MODERATOR)
    assert (state.open_moderation, state.open_dispute) == (None, None)


@pytest.mark.parametrize(
    ("auditor", "moderator", "missed"),
    [
        (Grade.REQUIRES_IMPROVEMENT, Grade.INADEQUATE, True),
        (Grade.INADEQUATE, Grade.INADEQUATE, False),
        (Grade.INADEQUATE, Grade.GOOD, False),
        (Grade.OUTSTANDING, Grade.REQUIRES_IMPROVEMENT, False),
    ],
)
def test_an_inadequate_is_missed_where_the_auditor_graded_above_it(
    auditor: Grade, moderator: Grade, *, missed: bool
) -> None:
    found = b.complete(outcome=b.outcome(overall_grade=auditor), moderation=b.selection())
    *_, done = public(b.allocate(), found, b.moderate(overall_grade=moderator))
    assert isinstance(done, contracts.ModerationDoneV1)
    assert done.missed_inadequate is missed

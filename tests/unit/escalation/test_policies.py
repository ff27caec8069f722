"""What each event of audit means here (issue 3, section 5): considered, noted, or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from services.escalation.app.policies import POLICIES, Occasion, escalation_of
from services.escalation.app.policy import Policy
from services.escalation.domain.commands import Consider, NoteAuditWithdrawn, NoteStandingGrade
from services.escalation.domain.model import Category, Changed, Novelty, Origin
from shared.authority.escalation import EscalationPolicy, Triggers
from shared.calendar.working_days import WorkingCalendar
from shared.contracts.audit import Decider
from shared.contracts.base import Concern, Grade, PublicEvent
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s

KENT = Triggers()
PRACTICE, SAFEGUARDING = Category.PRACTICE, Category.SAFEGUARDING


def reaction(event: PublicEvent, triggers: Triggers = KENT) -> Any:
    policy = Policy(
        version="northmoor/1",
        settings_version=1,
        escalation=EscalationPolicy(triggers=triggers),
        calendar=WorkingCalendar({}),
    )
    occasion = Occasion(envelope=incoming.envelope(event, 3), policy=policy, recorded_at=s.january(14, 11))
    return POLICIES[type(event)](event, occasion)


def causes(event: PublicEvent, triggers: Triggers = KENT) -> list[tuple[str, Category]]:
    command = reaction(event, triggers)
    assert isinstance(command, Consider)
    return [(cause.code, cause.category) for cause in command.causes]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (incoming.flagged(Concern.PRACTICE), [("concern-flagged", PRACTICE)]),
        (incoming.flagged(Concern.SAFEGUARDING), [("concern-flagged", SAFEGUARDING)]),
        (incoming.flagged(Concern.NONE, likely=True), [("inadequate-likely", PRACTICE)]),
        (
            incoming.flagged(Concern.SAFEGUARDING, likely=True),
            [("concern-flagged", SAFEGUARDING), ("inadequate-likely", PRACTICE)],
        ),
        (incoming.completed(Grade.INADEQUATE), [("inadequate-grade", PRACTICE)]),
        (incoming.completed(Grade.GOOD, Concern.SAFEGUARDING), [("concern-flagged", SAFEGUARDING)]),
        (incoming.completed(Grade.GOOD, likely=True), [("inadequate-likely", PRACTICE)]),
        (incoming.completed(None, Concern.PRACTICE), [("concern-flagged", PRACTICE)]),
        (incoming.amended(Grade.INADEQUATE, changed=("overall_grade",)), [("inadequate-grade", PRACTICE)]),
        (
            incoming.amended(Grade.GOOD, Concern.SAFEGUARDING, changed=("concern",)),
            [("concern-flagged", SAFEGUARDING)],
        ),
        (incoming.amended(likely=True, changed=("inadequate_likely",)), [("inadequate-likely", PRACTICE)]),
        (incoming.moderated(Grade.GOOD, Grade.INADEQUATE), [("inadequate-grade", PRACTICE)]),
        (incoming.moderated(Grade.INADEQUATE, Grade.INADEQUATE), [("inadequate-grade", PRACTICE)]),
        (
            incoming.moderated(Grade.INADEQUATE, Grade.REQUIRES_IMPROVEMENT, standing=Grade.INADEQUATE),
            [("inadequate-grade", PRACTICE)],
        ),
        (incoming.moderated(concern=Concern.SAFEGUARDING), [("concern-flagged", SAFEGUARDING)]),
        (incoming.moderated(likely=True), [("inadequate-likely", PRACTICE)]),
        (incoming.settled(Grade.GOOD, Grade.INADEQUATE), [("inadequate-grade", PRACTICE)]),
        (incoming.settled(Grade.INADEQUATE, Grade.INADEQUATE), [("inadequate-grade", PRACTICE)]),
    ],
    ids=lambda value: value.TYPE if isinstance(value, PublicEvent) else "",
)
def test_what_is_considered(event: PublicEvent, expected: list[tuple[str, Category]]) -> None:
    assert causes(event) == expected


@pytest.mark.parametrize(
    "event",
    [
        incoming.flagged(Concern.NONE),
        incoming.completed(Grade.REQUIRES_IMPROVEMENT),
        incoming.completed(None),
        incoming.amended(Grade.GOOD, changed=("overall_grade", "concern", "inadequate_likely", "sections")),
        incoming.moderated(Grade.OUTSTANDING, Grade.REQUIRES_IMPROVEMENT),
        incoming.moderated(None, None),
        incoming.settled(Grade.GOOD, Grade.GOOD),
        incoming.settled(None, None),
    ],
    ids=lambda event: event.TYPE,
)
def test_what_is_not_considered(event: PublicEvent) -> None:
    assert reaction(event) is None


def test_the_command_carries_the_audits_place_and_business_time() -> None:
    command = reaction(incoming.flagged())
    assert isinstance(command, Consider)
    assert command.place.escalation_id == escalation_of(s.AUDIT)
    assert command.place.audit_id == s.AUDIT
    assert command.place.organisation.path == "north/riverside/riverside-assessment"
    assert command.happened_at == incoming.AT
    assert command.recorded_at == s.january(14, 11)
    assert command.causes[0].event_id == incoming.envelope(incoming.flagged(), 3).id


def test_the_id_is_derived_from_the_audit_and_known_for_ever() -> None:
    assert str(escalation_of(s.AUDIT)) == "8fe17de2-759a-53a2-8a98-d2b2277efa87"


@pytest.mark.parametrize(
    ("event", "origin", "novelty"),
    [
        (incoming.flagged(), Origin.AUDIT, Novelty.NEW),
        (incoming.completed(Grade.INADEQUATE), Origin.AUDIT, Novelty.CONFIRMING),
        (incoming.amended(Grade.INADEQUATE, changed=("overall_grade",)), Origin.AUDIT, Novelty.NEW),
        (incoming.moderated(Grade.INADEQUATE, Grade.INADEQUATE), Origin.MODERATION, Novelty.CONFIRMING),
        (incoming.moderated(Grade.GOOD, Grade.INADEQUATE), Origin.MODERATION, Novelty.NEW),
        (incoming.moderated(Grade.GOOD, Grade.INADEQUATE, final=True), Origin.MODERATION, Novelty.CONFIRMING),
        (incoming.settled(Grade.GOOD, Grade.INADEQUATE), Origin.MODERATION, Novelty.CONFIRMING),
        (incoming.settled(Grade.GOOD, Grade.INADEQUATE, decided_by=Decider.PANEL), Origin.MODERATION, Novelty.NEW),
        (
            incoming.settled(Grade.INADEQUATE, Grade.INADEQUATE, decided_by=Decider.PANEL),
            Origin.MODERATION,
            Novelty.CONFIRMING,
        ),
        (incoming.moderated(Grade.GOOD, Grade.GOOD, concern=Concern.PRACTICE), Origin.MODERATION, Novelty.NEW),
    ],
)
def test_what_may_only_confirm_says_so(event: PublicEvent, origin: Origin, novelty: Novelty) -> None:
    command = reaction(event)
    assert isinstance(command, Consider)
    [cause] = command.causes
    assert (cause.origin, cause.novelty) == (origin, novelty)


@pytest.mark.parametrize("decided_by", [Decider.SECOND_MODERATOR, Decider.PANEL])
def test_a_raised_grade_is_noted_only(decided_by: Decider) -> None:
    command = reaction(incoming.settled(Grade.INADEQUATE, Grade.GOOD, decided_by=decided_by))
    assert isinstance(command, NoteStandingGrade)
    assert (command.grade, command.happened_at, command.because) == ("good", incoming.AT, Changed.DISPUTE)


def test_a_grade_moderated_upwards_is_noted_as_moderated() -> None:
    command = reaction(incoming.moderated(Grade.INADEQUATE, Grade.GOOD))
    assert isinstance(command, NoteStandingGrade)
    assert (command.grade, command.because) == ("good", Changed.MODERATION)


def test_a_withdrawn_audit_is_noted_only() -> None:
    assert isinstance(reaction(incoming.withdrawn()), NoteAuditWithdrawn)


def test_the_list_of_triggers_is_the_authoritys() -> None:
    durham = Triggers(grades=("inadequate", "requires-improvement"))
    assert causes(incoming.completed(Grade.REQUIRES_IMPROVEMENT), durham) == [("requires-improvement-grade", PRACTICE)]
    quiet = Triggers(grades=(), concerns=("safeguarding",), likely_inadequate=False)
    assert reaction(incoming.completed(Grade.INADEQUATE, likely=True), quiet) is None
    assert reaction(incoming.flagged(Concern.PRACTICE), quiet) is None
    assert causes(incoming.flagged(Concern.SAFEGUARDING), quiet) == [("concern-flagged", SAFEGUARDING)]


def test_a_single_section_may_be_a_trigger() -> None:
    by_section = Triggers(section_grades=("inadequate",))
    event = incoming.completed(Grade.GOOD, sections=(Grade.GOOD, Grade.INADEQUATE))
    assert causes(event, by_section) == [("section-grade", PRACTICE)]
    assert reaction(event) is None
    later = incoming.amended(Grade.GOOD, sections=(Grade.INADEQUATE,), changed=("sections",))
    assert causes(later, by_section) == [("section-grade", PRACTICE)]


def test_an_amendment_tells_new_findings_from_those_that_stood() -> None:
    command = reaction(incoming.amended(Grade.INADEQUATE, Concern.PRACTICE, likely=True, changed=("overall_grade",)))
    assert isinstance(command, Consider)
    assert [(cause.code, cause.novelty) for cause in command.causes] == [
        ("concern-flagged", Novelty.STANDING),
        ("inadequate-likely", Novelty.STANDING),
        ("inadequate-grade", Novelty.NEW),
    ]

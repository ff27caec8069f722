"""How single stories become rows: the rules that counting alone would not show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.reporting.facts.ledger import Facts
from services.reporting.facts.refusal import FactRefused
from services.reporting.facts.rows import FOREVER, AuditRow, EscalationRow, RecommendationRow
from services.reporting.facts.rows_moderation import ModerationRow
from tests.support.fact_log import AUDIT, ESCALATION, Json, Story, Teller, Told, year
from tests.unit.reporting.facts.builders import folded

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
STREAM = UUID("00000000-0000-4000-8000-000000000001")
OTHER = "00000000-0000-4000-8000-000000000002"
PLACE: Json = {
    "audit_id": str(STREAM),
    "kind": "standard",
    "cycle": "2026-03",
    "organisation": {"area": "east", "district": "coast", "team": "harbour"},
    "service": "social-work",
    "case_reference": OTHER,
    "child_status": "in-care",
}
NO_FEEDBACK: Json = {"obtained": False, "why_not": "declined", "score": None}
OUTCOME: Json = PLACE | {
    "tool": "case-file",
    "tool_version": 2,
    "auditor_reference": OTHER,
    "took_part": "both",
    "reflective_discussion": True,
    "overall_grade": "good",
    "inadequate_likely": False,
    "concern": "none",
    "sections": [{"section": "s1", "grade": "good", "score": None}],
    "answers": {"q1": True, "q2": ["a", "b"], "q3": 4},
    "themes": [{"theme": "voice", "polarity": "strength", "component": "participation"}],
    "child_feedback": {"obtained": True, "why_not": None, "score": 5},
    "parent_feedback": NO_FEEDBACK,
    "practitioner_feedback": NO_FEEDBACK,
    "recommendations": [],
    "due_on": "2026-03-10",
    "completed_on": "2026-03-12",
}
BY: Json = {"role": "qa-officer"}


def story(*events: tuple[str, Json], topic: str = AUDIT) -> Story:
    """Tell events a day apart, each recorded an hour after it happened."""
    told = [
        Told(name, data, MONDAY + timedelta(days=day), MONDAY + timedelta(days=day, hours=1))
        for day, (name, data) in enumerate(events)
    ]
    return Story(STREAM, topic, "/audit" if topic == AUDIT else "/escalation", told)


def audits(facts: Facts) -> tuple[AuditRow, list[AuditRow]]:
    """Return the current version of the only audit, and those before it."""
    ledger = facts.ledgers["audits"]
    [current] = ledger.current.values()
    return current, [AuditRow(*row) for row in ledger.ended]


def test_an_audit_is_followed_from_allocation_to_completion() -> None:
    """Each step is a version known from its recording until the next one's."""
    allocation = PLACE | {
        "tool": "case-file",
        "tool_version": 2,
        "auditor_reference": OTHER,
        "selected_because": "random",
        "due_on": "2026-03-10",
    }
    current, [first] = audits(folded([story(("audit-allocated.v1", allocation), ("audit-completed.v1", OUTCOME))]))
    assert (first.state, first.known_from) == ("allocated", MONDAY + timedelta(hours=1))
    assert first.known_until == current.known_from == MONDAY + timedelta(days=1, hours=1)
    assert current.known_until == FOREVER
    assert (current.state, current.grade, current.late) == ("completed", "good", True)
    assert current.allocated_at == MONDAY
    assert current.completed_at == MONDAY + timedelta(days=1)
    assert current.selected_because == "random"
    assert (current.child_feedback_obtained, current.child_feedback_score) == (True, 5)
    assert (current.parent_feedback_obtained, current.parent_feedback_why_not) == (False, "declined")


def test_an_amendment_leaves_dates_and_lateness_as_they_were() -> None:
    """Late stays late: an amendment that claims other dates changes the grade and nothing about time."""
    amended = OUTCOME | {"overall_grade": "inadequate", "completed_on": "2026-03-09", "due_on": "2026-04-01"}
    change = {"reason": "wrong-grade", "amended_by": BY, "changed": ["overall_grade"]}
    facts = folded([story(("audit-completed.v1", OUTCOME), ("audit-amended.v1", amended | change))])
    current, [first] = audits(facts)
    assert (first.grade, current.grade) == ("good", "inadequate")
    assert (current.late, current.completed_on, current.due_on) == (True, date(2026, 3, 12), date(2026, 3, 10))
    assert (current.amendments, current.outcome_sequence) == (1, 2)
    assert [row[1] for row in facts.fixed["section_results"]] == [1, 2]


def test_a_withdrawn_audit_keeps_what_it_found_and_counts_no_more() -> None:
    """Withdrawal is a version of its own; an amendment after it revives nothing."""
    withdrawal = PLACE | {"reason": "duplicate", "withdrawn_by": BY}
    amendment = OUTCOME | {"reason": "wrong-grade", "amended_by": BY, "changed": []}
    facts = folded(
        [
            story(
                ("audit-completed.v1", OUTCOME),
                ("audit-withdrawn.v1", withdrawal),
                ("audit-amended.v1", amendment),
            )
        ]
    )
    current, earlier = audits(facts)
    assert [row.state for row in earlier] == ["completed", "withdrawn"]
    assert (current.state, current.grade, current.withdrawn_because) == ("withdrawn", "good", "duplicate")


def test_what_comes_without_the_events_before_it_makes_the_best_row_it_can() -> None:
    """A hole in a stream refuses nothing."""
    follow_up = PLACE | {
        "recommendation_id": OTHER,
        "discussed_in_supervision_on": "2026-04-01",
        "done": True,
        "made_a_difference": "yes",
        "followed_up_on": "2026-04-02",
    }
    withdrawal = PLACE | {"reason": "duplicate", "withdrawn_by": BY}
    facts = folded([story(("recommendation-followed-up.v1", follow_up), ("audit-withdrawn.v1", withdrawal))])
    [recommendation] = facts.ledgers["recommendations"].current.values()
    assert (recommendation.category, recommendation.done, recommendation.follow_ups) == (None, True, 1)
    current, _ = audits(facts)
    assert (current.state, current.grade, current.area) == ("withdrawn", None, "east")


def test_a_supervision_once_held_stays_held() -> None:
    """A later follow-up that does not repeat the supervision's date does not take it away."""
    made = PLACE | {
        "recommendation_id": OTHER,
        "category": "visit",
        "owner_role": "team-manager",
        "due_on": "2026-05-01",
    }
    first = PLACE | {
        "recommendation_id": OTHER,
        "discussed_in_supervision_on": "2026-04-01",
        "done": False,
        "made_a_difference": "not-yet-known",
        "followed_up_on": "2026-04-02",
    }
    second = first | {"discussed_in_supervision_on": None, "done": True, "made_a_difference": "no"}
    name = "recommendation-followed-up.v1"
    facts = folded([story(("recommendation-made.v1", made), (name, first), (name, second))])
    [current] = facts.ledgers["recommendations"].current.values()
    assert isinstance(current, RecommendationRow)
    assert (current.discussed_on, current.done, current.difference) == (date(2026, 4, 1), True, "no")
    assert (current.category, current.made_at, current.follow_ups) == ("visit", MONDAY, 2)


def test_the_same_moderation_done_again_replaces_the_first() -> None:
    """A moderation's latest version is the one that counts, with its own section differences."""
    done = PLACE | {
        "moderation_id": OTHER,
        "moderator_reference": OTHER,
        "moderator_type": "internal",
        "auditor_reference": OTHER,
        "auditor_grade": "good",
        "moderator_grade": "inadequate",
        "distance": -2,
        "direction": "lowered",
        "standing_grade": "inadequate",
        "section_differences": [{"section": "s1", "auditor_grade": "good", "moderator_grade": "inadequate"}],
        "concern": "none",
        "inadequate_likely": False,
        "blind": True,
        "selected_because": "all",
        "met_team_manager": True,
        "met_practitioner": False,
        "moderated_on": "2026-04-01",
    }
    again = done | {"moderator_grade": "good", "distance": 0, "direction": "same", "standing_grade": "good"}
    facts = folded([story(("moderation-done.v1", done), ("moderation-done.v1", again))])
    ledger = facts.ledgers["moderations"]
    [current] = ledger.current.values()
    assert isinstance(current, ModerationRow)
    assert (current.sequence, current.distance, current.standing_grade) == (2, 0, "good")
    assert [ModerationRow(*row).distance for row in ledger.ended] == [-2]


ESCALATION_PLACE: Json = {
    "escalation_id": str(STREAM),
    "audit_id": OTHER,
    "case_reference": None,
    "organisation": PLACE["organisation"],
    "service": "social-work",
    "category": "practice",
}
CAUSES: Json = {"causes": [{"origin": "audit", "code": "concern-flagged", "event_id": OTHER}]}


def clock(days: int) -> Json:
    return {
        "started_at": MONDAY.isoformat(),
        "due_at": (MONDAY + timedelta(days=days)).isoformat(),
        "working_days": days,
        "counted": [],
        "calendar_version": "2026",
        "policy_version": "1",
    }


def escalation(*events: tuple[str, Json]) -> EscalationRow:
    [row] = folded([story(*events, topic=ESCALATION)]).ledgers["escalations"].current.values()
    assert isinstance(row, EscalationRow)
    return row


CONSIDERED = ("escalation-considered.v1", ESCALATION_PLACE | CAUSES | {"policy_version": "1"})
RAISED = (
    "escalation-raised.v1",
    ESCALATION_PLACE | CAUSES | {"clock": clock(5), "told": ["qa-manager"], "raised_by": BY},
)
SIGNED_OFF = (
    "actions-signed-off.v1",
    ESCALATION_PLACE
    | {
        "signed_off_at": MONDAY.isoformat(),
        "due_at": MONDAY.isoformat(),
        "within_clock": False,
        "signed_off_by": BY,
    },
)


def test_a_reclassified_escalation_has_the_shorter_clock_and_remembers_what_it_was() -> None:
    """Practice turned safeguarding: one working day from the original raise (domain.md section 4)."""
    change = {
        "category": "safeguarding",
        "from_category": "practice",
        "clock": clock(1),
        "reason": "new",
        "reclassified_by": BY,
    }
    row = escalation(CONSIDERED, RAISED, ("escalation-reclassified.v1", ESCALATION_PLACE | change))
    assert (row.category, row.first_category, row.state) == ("safeguarding", "practice", "raised")
    assert (row.working_days, row.due_at, row.clock_started_at) == (1, MONDAY + timedelta(days=1), MONDAY)
    assert row.raised_at == MONDAY + timedelta(days=1)


def test_another_cause_of_a_raised_escalation_joins_it() -> None:
    """What is raised stays raised when another cause is considered."""
    two = {"causes": [*CAUSES["causes"], {"origin": "moderation", "code": "inadequate-grade", "event_id": OTHER}]}
    row = escalation(CONSIDERED, RAISED, ("escalation-considered.v1", ESCALATION_PLACE | two | {"policy_version": "1"}))
    assert (row.state, row.origins) == ("raised", ["audit", "moderation"])
    assert row.considered_at == MONDAY


def test_an_escalation_considered_again_begins_a_new_clock() -> None:
    """After sign-off it is considered again, and raised again only the new clock's outcome counts."""
    again = escalation(CONSIDERED, RAISED, SIGNED_OFF, CONSIDERED)
    assert (again.state, again.within_clock) == ("considered", False)
    raised = escalation(CONSIDERED, RAISED, SIGNED_OFF, CONSIDERED, RAISED)
    assert (raised.state, raised.within_clock, raised.raised_at) == ("raised", None, MONDAY + timedelta(days=4))


def test_found_not_required_after_a_sign_off_what_was_signed_off_stands() -> None:
    """Re-opened and then found not required, it waits for its closing as before."""
    not_required = ("escalation-not-required.v1", ESCALATION_PLACE | {"reason": "acted-on-already", "decided_by": BY})
    first = escalation(CONSIDERED, not_required)
    assert (first.state, first.not_required_because) == ("not-required", "acted-on-already")
    again = escalation(CONSIDERED, RAISED, SIGNED_OFF, CONSIDERED, not_required)
    assert (again.state, again.within_clock, again.not_required_because) == ("signed-off", False, "acted-on-already")


def test_a_version_is_never_known_before_the_one_it_replaces() -> None:
    """Two machines' clocks may disagree; the intervals of what was known do not."""
    told = story(("audit-completed.v1", OUTCOME), ("audit-withdrawn.v1", PLACE | {"reason": "x", "withdrawn_by": BY}))
    told.events[1].recorded_at = told.events[0].recorded_at - timedelta(seconds=3)
    current, [first] = audits(folded([told]))
    assert first.known_from == first.known_until == current.known_from


def _with(data: Json, **changes: Any) -> Json:
    return data | changes


REFUSED: list[tuple[str, str, Json]] = [
    ("another stream", "audit-completed.v1", _with(OUTCOME, audit_id=OTHER)),
    ("a number without end", "audit-completed.v1", _with(OUTCOME, tool_version=2**70)),
    ("a score without end", "audit-completed.v1", _with(OUTCOME, child_feedback={"obtained": True, "score": -(2**70)})),
]


@pytest.mark.parametrize(("what", "name", "data"), REFUSED, ids=[what for what, _, _ in REFUSED])
def test_what_tables_cannot_hold_is_refused_before_anything_is_folded(what: str, name: str, data: Json) -> None:
    """A refusal names the place and no value, and leaves the working set as it was."""
    del what
    facts: list[Facts] = []

    def fold() -> None:
        facts.append(folded([story((name, data))]))

    with pytest.raises(FactRefused) as refused:
        fold()
    assert str(2**70) not in str(refused.value)
    assert OTHER not in str(refused.value)


def test_a_zero_character_in_a_title_is_refused() -> None:
    """PostgreSQL keeps no zero character, so the message is parked rather than the batch stuck."""
    tool = Teller(1).tool()
    tool.events[0].data["sections"][2]["questions"][1]["text"] = "a\0b"
    with pytest.raises(FactRefused, match=r"sections\.questions\.text"):
        folded([tool])


def test_streams_may_be_folded_in_any_order() -> None:
    """Facts do not depend on how streams interleave: two topics arrive in either order."""
    stories = year(3, 40)

    def rows(facts: Facts) -> dict[str, list[str]]:
        ledgers = {name: sorted(map(repr, [*one.current.values(), *one.ended])) for name, one in facts.ledgers.items()}
        return ledgers | {name: sorted(map(repr, some)) for name, some in facts.fixed.items()}

    assert rows(folded(stories)) == rows(folded(reversed(stories)))

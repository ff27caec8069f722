"""How disputes become rows: what stands now, what stood before, and old events as they always were."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.reporting.facts.ledger import Facts
from services.reporting.facts.rows import FOREVER
from services.reporting.facts.rows_moderation import DisputeRow, ModerationRow
from tests.support.fact_log import Json
from tests.unit.reporting.facts.builders import folded
from tests.unit.reporting.facts.test_fold import MONDAY, OTHER, OUTCOME, PLACE, story

DONE: Json = PLACE | {
    "moderation_id": OTHER,
    "moderator_reference": OTHER,
    "moderator_type": "internal",
    "auditor_reference": OTHER,
    "auditor_grade": "outstanding",
    "moderator_grade": "inadequate",
    "distance": -3,
    "direction": "lowered",
    "standing_grade": "inadequate",
    "section_differences": [{"section": "s1", "auditor_grade": "good", "moderator_grade": "inadequate"}],
    "concern": "none",
    "inadequate_likely": False,
    "blind": True,
    "selected_because": "all",
    "met_team_manager": True,
    "met_practitioner": True,
    "moderated_on": "2026-03-20",
}
ABOUT: Json = PLACE | {"dispute_id": OTHER, "moderation_id": OTHER}
OPENED: Json = ABOUT | {
    "disputed_by": {"role": "team-manager"},
    "reason": "evidence",
    "disputed_grade": "inadequate",
    "disputed_on": "2026-03-22",
}
SETTLED: Json = ABOUT | {
    "outcome": "changed",
    "decided_by": "panel",
    "settled_by": {"role": "qa-manager"},
    "grade_before": "inadequate",
    "standing_grade": "good",
    "settled_on": "2026-04-01",
}
TOLD = (("moderation-done.v1", DONE), ("moderation-disputed.v1", OPENED), ("dispute-settled.v1", SETTLED))


def moderation(facts: Facts) -> tuple[ModerationRow, list[ModerationRow]]:
    ledger = facts.ledgers["moderations"]
    [current] = ledger.current.values()
    return current, [ModerationRow(*row) for row in ledger.ended]


def dispute(facts: Facts) -> DisputeRow:
    [current] = facts.ledgers["disputes"].current.values()
    assert isinstance(current, DisputeRow)
    return current


def test_a_settled_dispute_lets_its_grade_stand_from_when_it_was_recorded() -> None:
    facts = folded([story(*TOLD)])
    current, [before] = moderation(facts)
    assert (current.standing_grade, current.decided_by) == ("good", "panel")
    assert (before.standing_grade, before.decided_by) == ("inadequate", None)
    assert before.known_until == current.known_from == MONDAY + timedelta(days=2, hours=1)
    assert current.known_until == FOREVER
    assert (current.moderator_grade, current.distance, current.missed_inadequate) == ("inadequate", -3, True)
    assert (current.sequence, current.done_sequence, before.done_sequence) == (3, 1, 1)


def test_a_dispute_is_open_until_it_is_settled() -> None:
    opened = dispute(folded([story(*TOLD[:2])]))
    assert (opened.reason, opened.disputed_by, opened.outcome, opened.settled_on) == (
        "evidence",
        "team-manager",
        None,
        None,
    )
    settled = dispute(folded([story(*TOLD)]))
    assert (settled.reason, settled.outcome, settled.grade_before, settled.standing_grade) == (
        "evidence",
        "changed",
        "inadequate",
        "good",
    )


def test_a_settlement_without_what_came_before_makes_the_best_row_it_can() -> None:
    facts = folded([story(TOLD[2])])
    assert facts.ledgers["moderations"].current == {}
    row = dispute(facts)
    assert (row.disputed_on, row.outcome, row.audit_id) == (None, "changed", UUID(PLACE["audit_id"]))


@pytest.mark.parametrize(
    ("said", "auditor", "moderator", "missed"),
    [
        ({}, "good", "inadequate", True),
        ({}, "inadequate", "inadequate", False),
        ({}, None, "inadequate", False),
        ({}, "good", "requires-improvement", False),
        ({"missed_inadequate": False}, "good", "inadequate", False),
        ({"missed_inadequate": True}, "good", "inadequate", True),
    ],
)
def test_a_missed_inadequate_is_what_the_event_says_and_where_it_says_nothing_by_its_grades(
    said: Json, auditor: str | None, moderator: str, *, missed: bool
) -> None:
    done = DONE | {"auditor_grade": auditor, "moderator_grade": moderator} | said
    current, _ = moderation(folded([story(("moderation-done.v1", done))]))
    assert current.missed_inadequate is missed
    assert (current.number, current.final, current.thorough) == (1, False, None)


def test_the_quality_of_the_audit_is_kept_apart_from_the_grade() -> None:
    quality = {"thorough": "yes", "evidenced": "partly", "actions_right": "no"}
    current, _ = moderation(folded([story(("moderation-done.v1", DONE | {"quality_of_audit": quality}))]))
    assert (current.thorough, current.evidenced, current.actions_right) == ("yes", "partly", "no")


@pytest.mark.parametrize("counts", [True, False])
def test_whether_an_audit_counts_as_practice_is_kept(counts: bool) -> None:
    told = story(("audit-completed.v1", OUTCOME | {"in_practice_figures": counts}))
    [row] = folded([told]).ledgers["audits"].current.values()
    assert row.in_practice_figures is counts
    [old] = folded([story(("audit-completed.v1", OUTCOME))]).ledgers["audits"].current.values()
    assert old.in_practice_figures is True


def test_the_themes_of_a_tool_are_kept_in_words() -> None:
    tool = {
        "tool": "case-file",
        "version": 2,
        "title": "Case file audit",
        "kinds": ["standard"],
        "sections": [],
        "themes": [{"code": "voice", "label": "The child speaks", "component": "participation"}],
    }
    [row] = folded([story(("tool-published.v1", tool))]).fixed["tool_themes"]
    assert row[2:] == ("case-file", 2, 1, "voice", "The child speaks", "participation")

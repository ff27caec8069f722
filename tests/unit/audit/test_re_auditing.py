"""A re-audit asked for after an audit escalation: answered by audits that name the first, in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.audit.app.audits.changes import changes_of
from services.audit.app.audits.views import view_of
from services.audit.app.moderation.access import Hidden
from services.audit.app.publishing import publish
from services.audit.app.summaries import summarise
from services.audit.domain import refusals
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.re_auditing import (
    BY_THE_SAME,
    UNDER_WAY,
    AskReAudit,
    AuditorOfTheFirstAudit,
    NoteReAudit,
    ReAuditAsked,
    ReAudits,
    ReAuditUnderWay,
    Stage,
    problems_of_beginning,
)
from services.audit.domain.audits.states import NotAllocated
from services.audit.domain.words import Actor
from tests.unit.audit.builders import AUDITOR, BY_QA, COMPLETED_AT, MODERATOR, allocate, complete, withdraw
from tests.unit.audit.stories import AuditSpec, after, nothing

ESCALATION = UUID("e5000000-0000-4000-8000-000000000001")
FIRST = UUID("01930000-0000-7000-8000-0000000000a1")
SECOND = UUID("01930000-0000-7000-8000-0000000000a2")
ASKED_AT = COMPLETED_AT + timedelta(days=10)
BY = date(2026, 2, 28)


def asked(**changes: Any) -> AskReAudit:
    given: dict[str, Any] = {
        "at": ASKED_AT,
        "by": Actor(role="service-manager"),
        "authority": allocate().authority,
        "escalation_id": ESCALATION,
        "due_on": BY,
    }
    return AskReAudit(**{**given, **changes})


def noted(stage: Stage, *, re_audit: UUID = FIRST, days: int = 5, begins: bool = False) -> NoteReAudit:
    at = ASKED_AT + timedelta(days=days)
    return NoteReAudit(at=at, by=BY_QA, re_audit_id=re_audit, stage=stage, begins=begins)


def row(story: AuditSpec) -> dict[str, object]:
    summary = summarise(story.state)
    assert summary is not None
    return summary.data


def stands(*commands: Command) -> tuple[object, object]:
    story = after(allocate(), complete(), *commands)
    return row(story).get("re_audit", "none"), row(story).get("re_audit_due_on")


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([], "asked"),
        ([noted(Stage.ALLOCATED)], "allocated"),
        ([noted(Stage.ALLOCATED), noted(Stage.COMPLETED, days=20)], "done"),
        ([noted(Stage.ALLOCATED), noted(Stage.WITHDRAWN, days=6)], "asked"),
        ([noted(Stage.COMPLETED), noted(Stage.WITHDRAWN, days=6)], "asked"),
        ([noted(Stage.ALLOCATED), noted(Stage.WITHDRAWN), noted(Stage.ALLOCATED, re_audit=SECOND)], "allocated"),
        ([noted(Stage.COMPLETED, days=-1)], "asked"),
        ([noted(Stage.ALLOCATED, days=-3)], "allocated"),
    ],
    ids=["asked", "allocated", "done", "withdrawn", "done and withdrawn", "another", "done before", "begun before"],
)
def test_it_stands_as_its_answers_say_whenever_the_request_comes(notes: Sequence[NoteReAudit], expected: str) -> None:
    for place in range(len(notes) + 1):
        assert stands(*notes[:place], asked(), *notes[place:]) == (expected, "2026-02-28")


def test_nothing_is_shown_where_nobody_asked() -> None:
    assert stands(noted(Stage.ALLOCATED)) == ("none", None)


def test_notes_of_one_re_audit_may_come_in_any_order() -> None:
    notes = (noted(Stage.ALLOCATED), noted(Stage.COMPLETED, days=7), noted(Stage.WITHDRAWN, days=9))
    assert {stands(asked(), *order)[0] for order in permutations(notes)} == {"asked"}
    assert {stands(asked(), *order)[0] for order in permutations(notes[:2])} == {"done"}


def test_repeated_it_changes_nothing_and_another_day_asks_anew() -> None:
    story = after(allocate(), complete(), asked())
    story.when(asked()).then_nothing_happened()
    [again] = story.when(asked(due_on=date(2026, 3, 31))).then_events()
    assert isinstance(again, ReAuditAsked)
    story = after(allocate(), complete(), asked(), noted(Stage.COMPLETED))
    story.when(noted(Stage.COMPLETED)).then_nothing_happened()
    later = asked(at=ASKED_AT + timedelta(days=40))
    assert stands(asked(), noted(Stage.COMPLETED), later)[0] == "asked"


@pytest.mark.parametrize("begun", [(allocate(),), (allocate(), complete()), (allocate(), withdraw())])
def test_it_is_kept_in_every_state_of_the_first_audit(begun: tuple[Command, ...]) -> None:
    assert row(after(*begun, asked()))["re_audit"] == "asked"


def test_it_goes_with_the_audit_when_that_is_completed_or_withdrawn() -> None:
    assert row(after(allocate(), asked(at=datetime(2025, 11, 10, tzinfo=UTC)), complete()))["re_audit"] == "asked"
    assert row(after(allocate(), complete(), asked(), withdraw()))["re_audit"] == "asked"


def test_for_no_audit_of_the_authority_it_is_refused() -> None:
    nothing().when(asked()).refused(refusals.AuditNotFound)
    after(allocate()).when(asked(authority="elsewhere")).refused(refusals.AuditNotFound)


def test_whoever_may_yet_grade_blind_is_not_told_of_it() -> None:
    state = after(allocate(), complete(), asked(), noted(Stage.ALLOCATED)).state
    assert not isinstance(state, NotAllocated)
    seen = view_of(state, 4, case_number=None, texts=None, hidden=Hidden()).re_audit_asked
    assert seen is not None
    assert (seen.escalation_id, seen.due_on, seen.stands, seen.re_audit_id) == (ESCALATION, BY, "allocated", FIRST)
    assert view_of(state, 4, case_number=None, texts=None, hidden=Hidden(grades=True)).re_audit_asked is None
    assert list(changes_of([], Hidden(grades=True))) == []


def test_it_is_not_told_to_others() -> None:
    story = after(allocate(), complete())
    [event] = story.when(asked()).then_events()
    assert publish(story.state, event) == []


def begun(re_audit: UUID, stage: Stage = Stage.ALLOCATED) -> NoteReAudit:
    return noted(stage, re_audit=re_audit, begins=True)


def test_a_second_one_begins_only_when_the_first_is_completed_or_withdrawn() -> None:
    story = after(allocate(), complete(), begun(FIRST))
    for stage in (Stage.ALLOCATED, Stage.COMPLETED):  # an import brings one that is completed already
        story.when(begun(SECOND, stage)).refused(ReAuditUnderWay)
    story.when(begun(FIRST)).then_nothing_happened()
    for over in (Stage.COMPLETED, Stage.WITHDRAWN):
        ended = after(allocate(), complete(), begun(FIRST), noted(over))
        assert len(ended.when(begun(SECOND)).then_events()) == 1


def test_two_that_were_begun_before_the_rule_both_come_to_their_end() -> None:
    story = after(allocate(), complete(), noted(Stage.ALLOCATED), noted(Stage.ALLOCATED, re_audit=SECOND))
    assert len(story.when(noted(Stage.COMPLETED, re_audit=SECOND)).then_events()) == 1
    unheard = after(allocate(), complete(), noted(Stage.ALLOCATED))
    assert len(unheard.when(noted(Stage.COMPLETED, re_audit=SECOND)).then_events()) == 1


@pytest.mark.parametrize(
    ("under_way", "auditor", "same_allowed", "told"),
    [
        (False, MODERATOR, False, []),
        (False, None, False, []),
        (False, AUDITOR, False, [BY_THE_SAME]),
        (False, AUDITOR, True, []),
        (True, MODERATOR, False, [UNDER_WAY]),
        (True, AUDITOR, False, [UNDER_WAY, BY_THE_SAME]),
        (True, AUDITOR, True, [UNDER_WAY]),
    ],
)
def test_what_stands_against_it_is_told_at_once(
    *, under_way: bool, auditor: UUID | None, same_allowed: bool, told: list[refusals.Problem]
) -> None:
    known = after(allocate(), complete(), begun(FIRST)).state if under_way else None
    re_audits = ReAudits() if known is None or isinstance(known, NotAllocated) else known.re_audits
    assert list(problems_of_beginning(re_audits, AUDITOR, auditor, same_allowed=same_allowed)) == told


def test_one_that_began_is_not_held_to_what_stands_against_another() -> None:
    for faults, refusal in (
        ((BY_THE_SAME,), AuditorOfTheFirstAudit),
        ((UNDER_WAY,), ReAuditUnderWay),
        ((UNDER_WAY, BY_THE_SAME), ReAuditUnderWay),
    ):
        nothing().when(allocate(re_audit_of=FIRST, re_audit_faults=faults)).refused(refusal)
        begun_before = after(allocate(re_audit_of=FIRST))
        begun_before.when(allocate(re_audit_of=FIRST, re_audit_faults=faults)).then_nothing_happened()

"""Who is told of what, from the events of a whole life: roles by Appendix E, people by the authority's settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.escalation.app.notices import Kind
from services.escalation.app.policy import Policies
from services.escalation.app.telling import Teller
from services.escalation.domain import commands, events
from services.escalation.domain.evolution import evolve
from services.escalation.domain.model import Answer, Cause, Clocks, Moment
from services.escalation.domain.states import Raised
from shared.authority.settings import Authorities, parse_settings
from shared.contracts.base import Concern
from shared.eventstore.model import Meta
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig
from tests.unit.escalation.spec import state_after

QA_MANAGER, DSM, OTHER_DSM, AD, PSW, DIRECTOR = (
    UUID(f"00000000-0000-0000-0000-0000000000{n:02}") for n in (2, 4, 6, 7, 9, 10)
)
FOUND = s.cause(1).model_copy(update={"by": s.AUDITOR})
MODERATED = s.cause(2).model_copy(update={"by": s.MODERATOR})
Told = set[tuple[str, UUID | None]]


def told(rig: Rig, kind: Kind) -> Told:
    found = rig.notices(kind)
    assert len(set(found)) == len(found)
    return {(one.role, one.person) for one in found}


async def raised(rig: Rig, *causes: Cause) -> None:
    await rig.do(s.consider(*(causes or (FOUND,))), s.raise_())


async def signed_off(rig: Rig) -> None:
    await raised(rig, FOUND, MODERATED)
    await rig.do(s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off())


async def test_a_consideration_tells_those_who_are_to_decide_and_by_when() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING))
    assert told(rig, Kind.CONSIDERED) == {("qa-manager", QA_MANAGER), ("service-manager", DSM)}
    assert {one.due_at for one in rig.notices()} == {s.january(14, 23, 59) + timedelta(seconds=59, microseconds=999999)}
    assert {one.category for one in rig.notices()} == {"safeguarding"}


async def test_the_same_event_again_and_a_cause_that_changes_nothing_tell_nobody_again() -> None:
    rig = Rig()
    for _ in range(2):
        await rig.receive(incoming.flagged())
    await rig.receive(incoming.moderated(concern=Concern.PRACTICE), 2)
    assert len(rig.notices()) == 2


async def test_a_concern_that_becomes_one_of_safeguarding_is_told_again() -> None:
    rig = Rig()
    await rig.do(s.consider(s.cause(1)), s.consider(s.cause(2, s.SAFEGUARDING)))
    assert [one.category for one in rig.notices(Kind.CONSIDERED)] == ["practice"] * 2 + ["safeguarding"] * 2


async def test_a_raise_tells_the_service_manager_of_the_district_and_those_copied_in() -> None:
    rig = Rig()
    await raised(rig)
    assert told(rig, Kind.RAISED) == {
        ("service-manager", DSM),
        ("qa-manager", QA_MANAGER),
        ("principal-social-worker", PSW),
    }
    assert {one.due_at for one in rig.notices(Kind.RAISED)} == {s.END_OF_21}
    assert {one.roles for one in rig.notices(Kind.RAISED)} == {s.TOLD}
    assert {one.audit_id for one in rig.notices(Kind.RAISED)} == {s.AUDIT}


async def test_reclassified_those_told_hear_of_the_other_due_moment() -> None:
    rig = Rig()
    await raised(rig)
    await rig.do(s.reclassify(s.SAFEGUARDING))
    assert told(rig, Kind.RECLASSIFIED) == told(rig, Kind.RAISED)
    assert {(one.category, one.due_at) for one in rig.notices(Kind.RECLASSIFIED)} == {("safeguarding", s.END_OF_15)}


def chased(clocks: Clocks) -> Clocks:
    """The clocks with a chaser an hour before and the second line a day after."""
    practice = clocks.practice.model_copy(
        update={
            "chasers": (Moment(code="1-hours-before", at=s.END_OF_21 - timedelta(hours=1), to=("service-manager",)),),
            "second_line": Moment(code="second-line", at=s.END_OF_21 + timedelta(days=1), to=("director",)),
        }
    )
    return Clocks(practice=practice, safeguarding=clocks.safeguarding)


async def test_chaser_overdue_and_second_line_each_tell_theirs_once() -> None:
    rig = Rig()
    await rig.do(s.consider(FOUND), replace(s.raise_(), clocks=chased(s.CLOCKS)))
    for moment in (
        s.END_OF_21 - timedelta(minutes=30),
        s.END_OF_21 + timedelta(hours=1),
        s.END_OF_21 + timedelta(days=2),
    ):
        rig.now = moment
        for _ in range(2):
            await rig.timer.run()
    assert told(rig, Kind.CHASED) == {("service-manager", DSM)}
    assert told(rig, Kind.OVERDUE) == {("service-manager", DSM), ("assistant-director", AD), ("qa-manager", QA_MANAGER)}
    assert told(rig, Kind.SECOND_LINE) == {("director", DIRECTOR)}
    assert {one.due_at for one in rig.notices(Kind.CHASED, Kind.OVERDUE, Kind.SECOND_LINE)} == {s.END_OF_21}


async def test_a_consideration_nobody_decided_is_told_to_those_above() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING))
    rig.now = s.january(15, 1)
    await rig.timer.run()
    assert told(rig, Kind.UNDECIDED) == {("qa-manager", QA_MANAGER), ("service-manager", DSM)}
    rig.now = s.january(30)
    await rig.timer.run()
    assert told(rig, Kind.UNDECIDED_SECOND_LINE) == {("director", DIRECTOR)}


async def test_signed_off_the_assistant_director_and_the_auditor_who_found_it_hear_of_it() -> None:
    rig = Rig()
    await signed_off(rig)
    assert told(rig, Kind.SIGNED_OFF) == {("assistant-director", AD), ("auditor", s.AUDITOR.reference)}


async def test_closed_the_auditor_and_the_moderator_who_found_it_hear_of_it() -> None:
    rig = Rig()
    await signed_off(rig)
    await rig.do(s.close())
    assert told(rig, Kind.CLOSED) == {("auditor", s.AUDITOR.reference), ("moderator", s.MODERATOR.reference)}


async def test_an_auditor_nobody_knows_cannot_be_told() -> None:
    rig = Rig()
    await raised(rig, s.cause(1))
    await rig.do(s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off(), s.close())
    assert told(rig, Kind.CLOSED) == set()
    assert told(rig, Kind.SIGNED_OFF) == {("assistant-director", AD)}


async def test_asked_to_reopen_those_hear_who_can_and_reopened_those_who_are_told_of_raises() -> None:
    rig = Rig()
    await signed_off(rig)
    await rig.do(s.close())
    at = s.january(16)
    about: Any = {"happened_at": at, "recorded_at": at}
    await rig.do(commands.AnswerClosing(**about, actor=s.AUDITOR, answer=Answer.CONFIRMED))
    assert told(rig, Kind.REOPENING_ASKED) == set()
    await rig.do(commands.AnswerClosing(**about, actor=s.MODERATOR, answer=Answer.REOPENING_ASKED))
    assert told(rig, Kind.REOPENING_ASKED) == {("qa-manager", QA_MANAGER), ("service-manager", DSM)}
    await rig.do(commands.Reopen(**about, actor=s.QA, clocks=s.CLOCKS, told=s.TOLD, reason="not-done"))
    assert told(rig, Kind.REOPENED) == told(rig, Kind.RAISED)
    assert {one.clock_number for one in rig.notices(Kind.REOPENED)} == {2}


async def test_withdrawn_those_hear_of_it_who_were_told_of_the_raise() -> None:
    rig = Rig()
    await raised(rig)
    at = s.january(15)
    await rig.do(
        commands.Withdraw(
            happened_at=at, recorded_at=at, actor=s.QA, reason="raised-in-error", second_person=s.QA_MANAGER
        )
    )
    assert told(rig, Kind.WITHDRAWN) == told(rig, Kind.RAISED)


async def test_history_that_is_being_entered_tells_nobody() -> None:
    entered = s.january(14) + timedelta(days=60)
    rig = Rig(now=entered)
    await rig.do(replace(s.consider(FOUND), recorded_at=entered), s.raise_(recorded_at=entered))
    steps: list[Any] = [s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off(), s.close()]
    await rig.do(*(replace(step, recorded_at=entered) for step in steps))
    assert rig.notices() == []


async def test_but_one_that_is_found_overdue_after_the_grace_is_no_history() -> None:
    entered = s.january(14) + timedelta(days=60)
    rig = Rig(now=entered)
    await rig.do(s.consider(FOUND, at=s.january(14, 9)), s.raise_(recorded_at=entered))
    rig.now = entered + timedelta(hours=2)
    await rig.timer.run()
    assert ("service-manager", DSM) in told(rig, Kind.OVERDUE)
    # Those of step 3 have not heard of it before: the roles that a raise in time tells.
    assert {role for role, _ in told(rig, Kind.RAISED)} == set(s.TOLD)
    assert ("service-manager", DSM) in told(rig, Kind.RAISED)
    before = len(rig.notices(Kind.RAISED))
    rig.now += timedelta(days=3)
    await rig.timer.run()
    assert len(rig.notices(Kind.RAISED)) == before


async def test_an_overdue_one_that_was_told_of_its_raise_is_not_told_of_it_again() -> None:
    rig = Rig()
    await raised(rig)
    first = len(rig.notices(Kind.RAISED))
    rig.now += timedelta(days=30)
    await rig.timer.run()
    assert told(rig, Kind.OVERDUE)
    assert len(rig.notices(Kind.RAISED)) == first


@pytest.mark.parametrize(
    ("was", "becomes", "told_of_it"),
    [(-9, -8, False), (-9, 1, True), (9, -1, True), (9, 8, True)],
    ids=["overdue-both", "now-ahead", "now-over", "ahead-both"],
)
def test_nobody_is_told_of_a_due_moment_that_moved_within_the_past(was: int, becomes: int, *, told_of_it: bool) -> None:
    now = s.january(20, 12)
    before = state_after(*s.RAISED_PRACTICE)
    assert isinstance(before, Raised)
    due = [before.clock.model_copy(update={"due_at": now + timedelta(days=days)}) for days in (was, becomes)]
    stood, clocks = (Clocks(practice=clock, safeguarding=clock) for clock in due)
    before = replace(before, clocks=stood)
    event = events.ClockRecomputed(at=now, recorded_at=now, clocks=clocks, because="settings")
    notices = Teller(Rig().policies)(before, evolve(before, event), event, Meta(AUTHORITY, now, uuid4(), None, None))
    assert bool(notices) is told_of_it


async def test_a_concern_that_waited_some_days_to_be_heard_is_still_told() -> None:
    """A message that was parked over a week-end is no history."""
    rig = Rig(now=s.january(14) + timedelta(days=4))
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING))
    assert told(rig, Kind.CONSIDERED) == {("qa-manager", QA_MANAGER), ("service-manager", DSM)}


def with_document(document: str) -> Teller:
    return Teller(Policies(Authorities([parse_settings(document.format(key=AUTHORITY), "made")])))


async def test_who_stands_in_that_day_is_told_in_place_of_who_is_away() -> None:
    cover = DOCUMENT.replace(
        "moderation:",
        f"cover:\n  - {{{{person: {DSM}, by: {OTHER_DSM}, from: 2026-01-01, to: 2026-01-31}}}}\nmoderation:",
    )
    rig = Rig()
    rig.aggregate = replace(rig.aggregate, beside=with_document(cover))
    await raised(rig)
    assert ("service-manager", OTHER_DSM) in told(rig, Kind.RAISED)
    assert ("service-manager", DSM) not in told(rig, Kind.RAISED)


async def test_where_nobody_is_named_the_role_is_told() -> None:
    """A role that was told of the raise, and that the document of today names nobody for."""
    rig = Rig()
    await rig.do(s.consider(FOUND), replace(s.raise_(), told=("qa-officer", "service-manager")))
    assert told(rig, Kind.RAISED) == {("qa-officer", None), ("service-manager", DSM)}


async def test_an_authority_without_a_document_keeps_its_events_all_the_same() -> None:
    rig = Rig()
    await rig.do(s.consider(FOUND), authority="nowhere")
    assert rig.notices() == []
    assert (await rig.store.load(s.ESCALATION)).version == 1


async def test_nothing_else_tells_anybody() -> None:
    rig = Rig()
    await rig.do(s.consider(FOUND), s.discuss(), s.not_required())
    await rig.do(s.withdrawn(), s.settled())
    assert {one.kind for one in rig.notices()} == {Kind.CONSIDERED}

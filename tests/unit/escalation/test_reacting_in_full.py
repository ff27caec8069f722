"""From audit's events: who found it, by when it is to be decided, raised at once, and a re-audit that was done."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from services.escalation.app.lists import is_overdue, is_undecided
from services.escalation.app.policies import escalation_of
from services.escalation.app.policy import Policies
from services.escalation.domain import commands
from services.escalation.domain.model import Actor
from services.escalation.domain.states import Considering, Raised
from shared.authority.settings import Authorities, parse_settings
from shared.contracts import audit
from shared.contracts.base import Concern, Grade
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig

ESCALATION = escalation_of(s.AUDIT)
AT_ONCE = DOCUMENT.format(key=AUTHORITY).replace(
    "moderation:", "escalation: {safeguarding_raised_at_once: true}\nmoderation:", 1
)


def at_once() -> Rig:
    rig = Rig()
    rig.policies = Policies(Authorities([parse_settings(AT_ONCE, AUTHORITY)]))
    return rig


async def considering(rig: Rig) -> Considering:
    state = (await rig.casework.known(ESCALATION)).state
    assert isinstance(state, Considering)
    return state


async def test_a_grade_moderated_upwards_is_noted_and_closes_nothing() -> None:
    rig = Rig()
    await rig.receive(incoming.completed(Grade.INADEQUATE), 1)
    assert await rig.receive(incoming.moderated(Grade.INADEQUATE, Grade.GOOD), 2)
    state = await considering(rig)
    assert state.facts.settled_grade == "good"
    assert len(rig.told()) == 1
    assert not await rig.receive(incoming.moderated(Grade.INADEQUATE, Grade.GOOD), 3)


async def test_a_grade_moderated_upwards_where_nothing_was_considered_leaves_no_trace() -> None:
    rig = Rig()
    assert not await rig.receive(incoming.moderated(Grade.REQUIRES_IMPROVEMENT, Grade.GOOD), 2)
    assert not (await rig.store.load(ESCALATION)).events


async def test_each_cause_keeps_who_found_it() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(Concern.PRACTICE), 1)
    await rig.receive(incoming.completed(Grade.INADEQUATE), 2)
    await rig.receive(incoming.moderated(Grade.GOOD, Grade.INADEQUATE), 3)
    by = [cause.by for cause in (await considering(rig)).causes]
    moderated = incoming.moderated(Grade.GOOD, Grade.INADEQUATE)
    assert by == [
        Actor(role="auditor"),
        Actor(role="auditor", reference=UUID(int=103)),
        Actor(role="moderator", reference=moderated.moderator_reference),
    ]


async def test_a_practice_concern_is_decided_by_the_end_of_the_next_working_day_a_safeguarding_one_the_same_day() -> (
    None
):
    """By Appendix E's silence and issue 5: Wednesday 14 January is a working day, and Thursday 15 the next."""
    rig = Rig()
    await rig.receive(incoming.flagged(Concern.PRACTICE), 1)
    state = await considering(rig)
    assert state.clock is not None
    assert state.clock.due_at == s.END_OF_15
    await rig.receive(incoming.moderated(concern=Concern.SAFEGUARDING), 2)
    state = await considering(rig)
    assert state.clock is not None
    assert state.clock.due_at == datetime(2026, 1, 14, 23, 59, 59, 999999, UTC)
    row = await rig.summary(ESCALATION)
    assert row.data["consider_by"] == state.clock.due_at.isoformat()
    assert (row.data["next_step"], row.data["waits_for"]) == ("discussion", "qa-officer")


async def test_an_undecided_concern_is_marked_by_the_timer_and_listed() -> None:
    rig = Rig(now=incoming.AT)
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 1)
    rig.now = s.january(19)
    while await rig.timer.run():
        pass
    types = [event.type for event in (await rig.casework.known(ESCALATION)).events]
    assert types.count("consideration-became-overdue") == 1
    row = await rig.summary(ESCALATION)
    assert is_undecided(row, rig.now)
    assert not is_overdue(row, rig.now)


async def test_where_the_authority_wants_it_a_safeguarding_concern_is_raised_at_once() -> None:
    rig = at_once()
    await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 1)
    known = await rig.casework.known(ESCALATION)
    assert isinstance(known.state, Raised)
    assert known.state.clock.started_at == incoming.AT
    assert [told.type for told in rig.told()] == ["escalation-considered.v1", "escalation-raised.v1"]
    practice = escalation_of(UUID(int=55))
    await rig.receive(incoming.flagged(Concern.PRACTICE, audit_id=UUID(int=55)), 1)
    assert isinstance((await rig.casework.known(practice)).state, Considering)


async def test_beyond_the_calendar_a_concern_is_considered_without_a_clock_rather_than_lost() -> None:
    rig = at_once()
    rig.now = datetime(2040, 1, 2, tzinfo=UTC)
    assert await rig.receive(incoming.flagged(Concern.SAFEGUARDING), 1, at=datetime(2040, 1, 1, tzinfo=UTC))
    assert (await considering(rig)).clock is None


def re_audited(grade: Grade) -> audit.AuditCompletedV1:
    done = incoming.completed(grade, audit_id=UUID(int=500))
    return done.model_copy(update={"re_audit_of": s.AUDIT})


async def test_a_re_audit_that_was_asked_for_is_noted_with_its_grade_and_opens_its_own_where_it_is_inadequate() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(Concern.PRACTICE), 1)
    await rig.take(ESCALATION, s.discuss())
    await rig.take(ESCALATION, s.raise_())
    await rig.do(ask(), escalation=ESCALATION)
    assert await rig.receive(re_audited(Grade.INADEQUATE), 7, at=s.january(20))
    assert not await rig.receive(re_audited(Grade.INADEQUATE), 7, at=s.january(20))
    row = await rig.summary(ESCALATION)
    assert row.data["reaudit"] == "done"
    asked = (await rig.casework.known(ESCALATION)).state
    assert isinstance(asked, Raised)
    assert asked.facts.reaudit is not None
    assert (asked.facts.reaudit.audit_id, asked.facts.reaudit.grade) == (UUID(int=500), "inadequate")
    own = (await rig.casework.known(escalation_of(UUID(int=500)))).state
    assert isinstance(own, Considering)


async def test_a_re_audit_nobody_asked_for_leaves_no_trace() -> None:
    rig = Rig()
    assert not await rig.receive(re_audited(Grade.GOOD), 7)
    assert not (await rig.store.load(ESCALATION)).events


def ask() -> commands.RequestReAudit:
    return commands.RequestReAudit(
        happened_at=s.january(16), recorded_at=s.january(16), actor=s.QA, due_on=date(2026, 4, 14)
    )

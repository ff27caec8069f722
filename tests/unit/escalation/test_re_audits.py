"""A re-audit that was asked for: done when audit says so, waiting again when that audit is withdrawn."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.escalation.app.policies import escalation_of
from services.escalation.domain import commands
from services.escalation.domain.states import NotConsidered, ReAudit
from shared.contracts.base import Grade, PublicEvent
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

ESCALATION = escalation_of(s.AUDIT)
AGAIN = UUID(int=301)
LATER = s.january(30)


async def asked(rig: Rig) -> ReAudit:
    state = (await rig.casework.known(ESCALATION)).state
    assert not isinstance(state, NotConsidered)
    assert state.facts.reaudit is not None
    return state.facts.reaudit


async def office() -> Rig:
    """An escalation was raised, and a re-audit asked for."""
    rig = Rig()
    await rig.receive(incoming.flagged(), 1)
    for command in (s.discuss(), s.raise_()):
        await rig.take(ESCALATION, command)
    at = s.raise_().happened_at
    request = commands.RequestReAudit(happened_at=at, recorded_at=at, actor=s.QA, due_on=date(2026, 4, 1))
    await rig.take(ESCALATION, request)
    return rig


def re_audited(grade: Grade = Grade.GOOD, audit_id: UUID = AGAIN) -> PublicEvent:
    return incoming.completed(grade, audit_id=audit_id).model_copy(update={"re_audit_of": s.AUDIT})


def withdrawn(audit_id: UUID = AGAIN) -> PublicEvent:
    return incoming.withdrawn(audit_id).model_copy(update={"re_audit_of": s.AUDIT})


async def test_it_is_done_once_with_its_result_and_waits_again_when_that_is_withdrawn() -> None:
    rig = await office()
    assert await rig.receive(re_audited(), 2, at=LATER)
    assert not await rig.receive(re_audited(), 2, at=LATER)
    done = await asked(rig)
    assert (done.audit_id, done.grade, done.done_at) == (AGAIN, "good", LATER)
    assert not await rig.receive(withdrawn(UUID(int=302)), 3, at=LATER), "another audit's withdrawal is none of this"
    assert await rig.receive(withdrawn(), 4, at=LATER)
    waiting = await asked(rig)
    assert (waiting.audit_id, waiting.grade, waiting.done_at) == (None, None, None)
    assert await rig.receive(re_audited(Grade.OUTSTANDING, UUID(int=303)), 5, at=LATER)
    assert (await asked(rig)).grade == "outstanding"


async def test_one_that_was_completed_before_anybody_asked_answers_nothing() -> None:
    rig = await office()
    assert not await rig.receive(re_audited(), 2, at=s.raise_().happened_at - s.ONE_MICROSECOND)
    assert (await asked(rig)).done_at is None


async def test_it_is_nobody_elses_business() -> None:
    rig = await office()
    before = len(rig.told())
    await rig.receive(re_audited(), 2, at=LATER)
    await rig.receive(withdrawn(), 3, at=LATER)
    assert len(rig.told()) == before

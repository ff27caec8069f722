"""A re-audit that was asked for: done when audit says so, waiting again when that audit is withdrawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from services.escalation.app.policies import escalation_of
from services.escalation.domain import commands
from services.escalation.domain.model import Changed
from services.escalation.domain.parts import ReAudit
from services.escalation.domain.states import NotConsidered
from shared.contracts.base import Grade, PublicEvent
from tests.unit.escalation import incoming
from tests.unit.escalation import office as o
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


CHANGES: list[tuple[PublicEvent, Changed]] = [
    (incoming.moderated(Grade.GOOD, Grade.INADEQUATE, audit_id=AGAIN), Changed.MODERATION),
    (incoming.settled(Grade.GOOD, Grade.INADEQUATE, audit_id=AGAIN), Changed.DISPUTE),
    (incoming.amended(Grade.INADEQUATE, changed=("overall_grade",), audit_id=AGAIN), Changed.AMENDMENT),
]


@pytest.mark.parametrize(("event", "because"), CHANGES, ids=[str(one) for _, one in CHANGES])
async def test_another_grade_of_it_that_stands_is_noted_once_and_shown(
    event: PublicEvent, because: Changed, tmp_path: Path
) -> None:
    rig = await office()
    await rig.receive(re_audited(), 2, at=LATER)
    assert await rig.receive(event, 3, at=LATER)
    await rig.receive(event, 3, at=LATER)
    done = await asked(rig)
    assert (done.grade, done.standing_grade, done.changed) == ("good", "inadequate", because)
    assert [one.type for one in (await rig.casework.known(ESCALATION)).events].count("re-audit-grade-noted") == 1
    async with o.office(rig.casework, tmp_path) as shown:
        view = (await shown.get(o.QA, f"/{ESCALATION}")).json()["reaudit"]
        assert (view["grade"], view["standing_grade"], view["changed"]) == ("good", "inadequate", because.value)
        page = " ".join((await shown.page(o.QA, f"/escalations/{ESCALATION}")).text.split())
        words = {"moderation": "after moderation", "dispute": "after a dispute", "amendment": "after an amendment"}
        assert f"with the grade good; {words[because.value]}, inadequate stands" in page
    assert await rig.receive(withdrawn(), 4, at=LATER)
    assert (await asked(rig)).changed is None


async def test_what_leaves_its_grade_as_it_is_or_is_of_another_audit_is_not_noted() -> None:
    rig = await office()
    await rig.receive(re_audited(), 2, at=LATER)
    await rig.receive(incoming.moderated(audit_id=AGAIN), 3, at=LATER)
    await rig.receive(incoming.amended(Grade.INADEQUATE, changed=("themes",), audit_id=AGAIN), 4, at=LATER)
    await rig.receive(incoming.moderated(Grade.GOOD, Grade.INADEQUATE, audit_id=UUID(int=309)), 1, at=LATER)
    assert (await asked(rig)).changed is None


async def test_it_is_nobody_elses_business() -> None:
    rig = await office()
    before = len(rig.told())
    await rig.receive(re_audited(), 2, at=LATER)
    await rig.receive(withdrawn(), 3, at=LATER)
    assert len(rig.told()) == before

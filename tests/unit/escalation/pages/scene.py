"""A district's week for the pages: one of each kind, as seen on Thursday 15 January 2026 at 18:00."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from services.escalation.domain import commands
from services.escalation.domain.model import Answer, Category, Organisation, Place, RequiredStep
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

NOW: Final = s.january(15, 18)
SAFEGUARDING: Final = UUID(int=0xA1)
"""Raised on Wednesday, due today; its copy was recorded late, an action is open."""
OVERDUE: Final = UUID(int=0xA2)
"""Raised on Wednesday 7 January: due at the end of Wednesday 14, the actions not discussed yet."""
NEW: Final = UUID(int=0xA3)
"""Came up today, to be decided by the end of tomorrow."""
HILLSIDE: Final = UUID(int=0xA4)
"""Another district's, of another child."""
CLOSED: Final = UUID(int=0xA5)
"""Closed on Tuesday, in time; the auditor who raised it asks for it to be reopened."""
NOT_REQUIRED: Final = UUID(int=0xA6)

ELSEWHERE: Final = Organisation(area="north", district="hillside", team="hillside-family")
FOUND_BY: Final = o.Person(Role.AUDITOR, ("south",), UUID(int=10))


def considered(rig: Rig, at: datetime, category: Category = s.PRACTICE, **place: object) -> commands.Consider:
    policy = rig.policies.policy("northmoor", at)
    cause = s.cause(1, category).model_copy(update={"by": s.AUDITOR})
    where: Place = s.PLACE.model_copy(update=place)
    return replace(
        s.consider(cause, at=at),
        place=where,
        clocks=policy.consideration_clocks(at),
        steps_required=tuple(RequiredStep),
    )


def discussed(at: datetime) -> commands.RecordDiscussion:
    return commands.RecordDiscussion(
        happened_at=at, recorded_at=at, actor=s.QA, with_whom=("practitioner", "team-manager")
    )


def raised(rig: Rig, at: datetime) -> commands.RaiseEscalation:
    clocks = rig.policies.policy("northmoor", at).clocks(at)
    return replace(s.raise_(at), clocks=clocks, steps_required=tuple(RequiredStep))


def copied(at: datetime, recorded_at: datetime | None = None) -> commands.RecordCopySent:
    return commands.RecordCopySent(
        happened_at=at,
        recorded_at=recorded_at or at,
        actor=s.QA,
        to=s.TOLD,
        record_by=s.january(15, 15) if recorded_at else None,
    )


async def scene() -> Rig:
    rig = Rig(now=NOW)
    j = s.january
    await rig.do(
        considered(rig, j(14, 9), s.SAFEGUARDING),
        discussed(j(14, 9, 30)),
        raised(rig, j(14, 10)),
        copied(j(14, 11), j(15, 16)),
        commands.RecordActionsDiscussed(
            happened_at=j(14, 11), recorded_at=j(14, 11), actor=s.DSM, scope=("north/riverside",)
        ),
        s.add_action(),
        escalation=SAFEGUARDING,
    )
    await rig.do(
        considered(rig, j(7, 9)), discussed(j(7, 9)), raised(rig, j(7, 10)), copied(j(7, 11)), escalation=OVERDUE
    )
    await rig.do(considered(rig, j(15, 9), case_reference=UUID(int=900)), escalation=NEW)
    await rig.do(
        considered(rig, j(13, 9), organisation=ELSEWHERE, case_reference=UUID(int=901)),
        discussed(j(13, 9)),
        raised(rig, j(13, 10)),
        escalation=HILLSIDE,
    )
    await rig.do(
        considered(rig, j(8, 9), case_reference=UUID(int=902), audit_id=None),
        discussed(j(8, 9)),
        raised(rig, j(8, 10)),
        commands.RecordActionsDiscussed(
            happened_at=j(8, 11), recorded_at=j(8, 11), actor=s.DSM, scope=("north/riverside",)
        ),
        s.add_action(at=j(8, 12)),
        commands.CompleteAction(happened_at=j(12), recorded_at=j(12), actor=s.TEAM_MANAGER, action_id=UUID(int=201)),
        commands.RecordOversight(happened_at=j(12, 11), recorded_at=j(12, 11), scope=("north/riverside",), actor=s.DSM),
        commands.SignOff(happened_at=j(12, 12), recorded_at=j(12, 12), scope=("north/riverside",), actor=s.DSM),
        commands.TellAssistantDirectorAndClose(
            happened_at=j(13, 9), recorded_at=j(13, 9), actor=s.DSM, scope=("north/riverside",)
        ),
        commands.AnswerClosing(happened_at=j(14), recorded_at=j(14), actor=s.AUDITOR, answer=Answer.REOPENING_ASKED),
        escalation=CLOSED,
    )
    await rig.do(
        considered(rig, j(9, 9), case_reference=UUID(int=903)),
        discussed(j(9, 9)),
        s.not_required(j(9, 10)),
        escalation=NOT_REQUIRED,
    )
    await rig.timer.run()
    return rig


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[o.Office]:
    async with o.office((await scene()).casework, folder) as office:
        yield office

"""The searchable row: status, category, where, due and overdue, found in one query by scope."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.escalation.app.summaries import Status, summariser
from services.escalation.domain import events
from services.escalation.domain.states import NotConsidered
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig
from tests.unit.escalation.spec import run, state_after

summarise = summariser(Rig().grace)


@pytest.mark.parametrize(
    ("history", "status", "wakes"),
    [
        ((s.OPENED,), Status.CONSIDERING, False),
        (s.NOT_REQUIRED, Status.NOT_REQUIRED, False),
        (s.RAISED_PRACTICE, Status.RAISED, True),
        (s.SIGNED_OFF, Status.SIGNED_OFF, False),
        (s.CLOSED, Status.CLOSED, False),
        (tuple(run(s.RAISED_PRACTICE, s.mark_overdue(s.january(22)))), Status.RAISED, False),
    ],
)
def test_each_state_has_its_word_and_only_a_running_clock_wakes(
    history: tuple[events.Event, ...], status: Status, wakes: bool
) -> None:
    summary = summarise(state_after(*history))
    assert summary is not None
    assert summary.status == status
    assert (summary.wake_at is not None) is wakes


def test_nothing_considered_has_no_row() -> None:
    assert summarise(NotConsidered()) is None


def test_what_a_row_says() -> None:
    summary = summarise(state_after(*s.RAISED_SAFEGUARDING))
    assert summary is not None
    assert summary.data == {
        "category": "safeguarding",
        "paths": ["north", "north/riverside", "north/riverside/riverside-assessment"],
        "team": "north/riverside/riverside-assessment",
        "service": "childrens-social-work",
        "audit_id": str(s.AUDIT),
        "case_reference": str(s.PLACE.case_reference),
        "audit_withdrawn": False,
        "case_number": "none",
        "child_erased": False,
        "considered_at": None,
        "consider_by": None,
        "raised_at": "2026-01-14T10:00:00+00:00",
        "due_at": "2026-01-15T23:59:59.999999+00:00",
        "overdue": False,
        "undecided": False,
        "within_clock": None,
        "closed_at": None,
        "reopened": 0,
        "reopening_asked": False,
        "reaudit": "none",
        "reaudit_due_on": None,
        "clock_number": 1,
        "recorded_late": False,
        "next_step": "actions",
        "waits_for": "team-manager",
        "raised_by": str(s.QA.reference),
        "found_by": [str(s.QA.reference)],
        "next_moment": {"kind": "overdue", "code": "overdue", "at": "2026-01-15T23:59:59.999999+00:00"},
        "reckoned_by": {"calendar_version": "test", "policy_version": "northmoor/1"},
    }


async def test_lists_are_by_scope_status_and_overdue_page_by_page() -> None:
    rig = Rig()
    for number in (1, 2, 3):
        await rig.do(s.consider(s.cause(1)), escalation=UUID(int=number))
    await rig.do(s.raise_(), escalation=UUID(int=2))
    rig.now = s.january(22)
    await rig.timer.run()

    async def ids(paths: list[str] | None, **which: object) -> list[int]:
        asked = {"status": None, "overdue": None, "limit": 10, "after": None} | which
        rows = await rig.casework.listed("northmoor", paths, **asked)  # type: ignore[arg-type]  # named above
        return [row.stream_id.int for row in rows]

    assert await ids(None) == [1, 2, 3]
    assert await ids(["north"]) == [1, 2, 3]
    assert await ids(["north/riverside", "north"]) == [1, 2, 3]
    assert await ids(["south"]) == []
    assert await ids(None, status=Status.RAISED) == [2]
    assert await ids(None, overdue=True) == [2]
    assert await ids(None, overdue=False) == [1, 3]
    assert await ids(None, limit=2) == [1, 2]
    assert await ids(["north", "south"], limit=2, after=UUID(int=2)) == [3]

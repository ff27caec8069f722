"""When an audit is late: its own auditor is held to the day they recorded it, whatever day they name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.audit.app.asking import Asked
from services.audit.domain.audits.commands import ImportCompletedAudit
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import AuditCompleted, from_json
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL, Completed, State
from services.audit.domain.words import Actor
from shared.contracts.audit import AuditAmendedV1, AuditCompletedV1
from shared.contracts.audit import ModerationDoneV1 as DoneV1
from shared.web.principal import WHOLE, Principal, Role
from tests.unit.audit import builders as b
from tests.unit.audit.test_publishing import public

DUE = date(2025, 11, 30)
IN_TIME = datetime(2025, 11, 20, 15, 0, tzinfo=UTC)
DAY_OF_DUE, DAY_AFTER, NEXT_MONTH = date(2025, 11, 30), date(2025, 12, 1), date(2026, 1, 7)


def completed(at: datetime, recorded_on: date | None) -> Completed:
    state: State = INITIAL
    for command in (b.allocate(due_on=DUE), b.complete(at=at, recorded_on=recorded_on)):
        for event in decide(command, state):
            state = evolve(state, event)
    assert isinstance(state, Completed)
    return state


@pytest.mark.parametrize(
    ("recorded_on", "counted_on", "late"),
    [
        (None, None, False),  # done elsewhere: the day it happened
        (date(2025, 11, 20), None, False),
        (DAY_OF_DUE, DAY_OF_DUE, False),
        (DAY_AFTER, DAY_AFTER, True),
        (NEXT_MONTH, NEXT_MONTH, True),
    ],
)
def test_what_is_recorded_after_the_due_day_is_late_though_it_names_an_earlier_one(
    recorded_on: date | None, counted_on: date | None, late: bool
) -> None:
    state = completed(IN_TIME, recorded_on)
    assert (state.completed_on, state.completion.counted_on, state.late) == (date(2025, 11, 20), counted_on, late)


def test_what_happened_after_the_due_day_is_late_by_any_rule() -> None:
    after = datetime(2025, 12, 2, 9, 0, tzinfo=UTC)
    assert completed(after, None).late
    assert completed(after, date(2025, 12, 2)).late


def test_london_says_which_day_it_is() -> None:
    assert not completed(datetime(2025, 11, 30, 23, 59, tzinfo=UTC), DAY_OF_DUE).late
    asked = of(Role.AUDITOR, b.AUDITOR, recorded_at=datetime(2025, 6, 30, 23, 30, tzinfo=UTC))
    assert asked.recorded_on(b.AUDITOR) == date(2025, 7, 1)


def of(role: Role, person: UUID, *also: Role, recorded_at: datetime = datetime(2026, 1, 7, tzinfo=UTC)) -> Asked:
    asker = Principal(person, frozenset({role, *also}), "northmoor", (WHOLE,))
    return Asked(
        authority="northmoor",
        by=Actor(role=role.value, reference=person),
        recorded_at=recorded_at,
        happened_at=IN_TIME,
        correlation_id=UUID(int=1),
        asker=asker,
    )


@pytest.mark.parametrize("role", list(Role))
def test_only_the_qa_unit_and_other_services_for_it_name_a_day_that_counts(role: Role) -> None:
    somebody = UUID(int=77)
    counts = of(role, somebody).recorded_on(b.AUDITOR)
    assert counts == (None if role in {Role.QA_OFFICER, Role.QA_MANAGER, Role.SERVICE} else NEXT_MONTH)
    assert of(role, b.AUDITOR, Role.QA_MANAGER).recorded_on(b.AUDITOR) == NEXT_MONTH  # their own audit


def test_an_import_names_the_day_that_counts() -> None:
    events = decide(ImportCompletedAudit(allocate=b.allocate(due_on=DUE), complete=b.complete(at=IN_TIME)), INITIAL)
    [event] = [one for one in events if isinstance(one, AuditCompleted)]
    assert event.counted_on is None


@pytest.mark.parametrize(("recorded_on", "late"), [(None, False), (DAY_AFTER, True)])
def test_it_is_public_whether_it_is_late_and_an_amendment_keeps_it(recorded_on: date | None, late: bool) -> None:
    done = b.complete(at=IN_TIME, recorded_on=recorded_on)
    told = [
        (type(event), event.late, event.completed_on)
        for event in public(b.allocate(due_on=DUE), done, b.amend())
        if isinstance(event, AuditCompletedV1 | AuditAmendedV1)
    ]
    assert told == [(kind, late, date(2025, 11, 20)) for kind in (AuditCompletedV1, AuditAmendedV1)]


def test_a_completion_stored_before_is_late_by_the_day_it_happened() -> None:
    event = completed(IN_TIME, NEXT_MONTH).completion
    stored = event.model_dump_json(exclude={"counted_on"}).encode()
    read = from_json("audit-completed", stored)
    assert isinstance(read, AuditCompleted)
    assert read.counted_on is None


@pytest.mark.parametrize(
    ("at", "recorded_on", "late"),
    [
        (datetime(2025, 12, 4, 10, 0, tzinfo=UTC), None, False),
        (datetime(2025, 12, 4, 10, 0, tzinfo=UTC), date(2025, 12, 10), False),
        (datetime(2025, 12, 4, 10, 0, tzinfo=UTC), date(2025, 12, 11), True),
        (datetime(2025, 12, 11, 10, 0, tzinfo=UTC), None, True),
    ],
)
def test_a_moderation_is_late_by_the_same_rule(at: datetime, recorded_on: date | None, late: bool) -> None:
    asked = b.selection(due_on=date(2025, 12, 10))
    done = b.moderate(at=at, recorded_on=recorded_on)
    [event] = [one for one in public(b.allocate(), b.complete(moderation=asked), done) if isinstance(one, DoneV1)]
    assert (event.late, event.moderated_on) == (late, at.date())

"""A step taken before: said again in the same way it is nothing, said otherwise it is refused or kept, never dropped.

Issue 5: "two managers acting at once (one wins, the other gets the new state)", and nothing half recorded: a manager
whose words are answered with success must find them on record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.escalation.domain import commands, events
from services.escalation.domain.decider import decide
from services.escalation.domain.model import Actor, Answer
from services.escalation.domain.refusals import AlreadyRecorded
from services.escalation.domain.states import Raised
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after
from tests.unit.escalation.test_actions import was_withdrawn, withdraw_action

SEALED = "s1." + "a" * 40
DISCUSSED = events.ActionsDiscussed(at=s.january(14, 11), by=s.DSM)
COPIED = events.CopySent(at=s.january(14, 10, 30), to=s.TOLD, by=s.QA)
ADDED = (*s.RAISED_PRACTICE, s.was_added())
WITHDRAW = commands.Withdraw(
    happened_at=s.january(15),
    recorded_at=s.january(15),
    actor=s.DSM,
    reason="raised-in-error",
    second_person=s.QA_MANAGER,
)
WITHDRAWN = events.EscalationWithdrawn(at=s.january(15), reason="raised-in-error", by=s.DSM, second_person=s.QA_MANAGER)
REOPEN = commands.Reopen(
    happened_at=s.january(19),
    recorded_at=s.january(19),
    actor=s.QA_MANAGER,
    reason="not-effective",
    clocks=s.CLOCKS,
    told=s.TOLD,
)
ASK = commands.RequestReAudit(happened_at=s.january(16), recorded_at=s.january(16), actor=s.QA, due_on=date(2026, 4, 1))
LIFT = s.reclassify(s.SAFEGUARDING, s.january(14, 15))

Case = tuple[tuple[events.Event, ...], Any, str, str, dict[str, Any]]
CASES: dict[str, Case] = {
    # the history, the step as it is recorded, when and by which role it says so, and what else may be said otherwise
    "not required": (s.NOT_REQUIRED, s.not_required(), "14 January 2026 at 10:00", "QA officer", {"reason": "other"}),
    "raised": (s.RAISED_PRACTICE, s.raise_(), "14 January 2026 at 10:00", "QA officer", {"category": s.SAFEGUARDING}),
    "reclassified": (
        tuple(run(s.RAISED_PRACTICE, LIFT)),
        LIFT,
        "14 January 2026 at 15:00",
        "service manager",
        {"reason": "child-not-seen"},
    ),
    "copy sent": (
        (*s.RAISED_PRACTICE, COPIED),
        s.send_copy(),
        "14 January 2026 at 10:30",
        "QA officer",
        {"to": (*s.TOLD, "director")},
    ),
    "actions discussed": (
        (*s.RAISED_PRACTICE, DISCUSSED),
        s.discuss_actions(),
        "14 January 2026 at 11:00",
        "service manager",
        {},
    ),
    "action added": (ADDED, s.add_action(), "14 January 2026 at 12:00", "team manager", {"kind": "supervision"}),
    "action completed": (
        (*ADDED, s.was_completed()),
        s.complete_action(),
        "15 January 2026 at 11:00",
        "team manager",
        {},
    ),
    "action withdrawn": (
        (*ADDED, was_withdrawn()),
        withdraw_action(),
        "15 January 2026 at 11:00",
        "team manager",
        {"reason": "done-elsewhere"},
    ),
    "signed off": (s.SIGNED_OFF, s.sign_off(), "15 January 2026 at 16:00", "service manager", {}),
    "closed": (s.CLOSED, s.close(), "15 January 2026 at 17:00", "service manager", {}),
    "reopened": (
        tuple(run(s.CLOSED, REOPEN)),
        REOPEN,
        "19 January 2026 at 10:00",
        "QA manager",
        {"reason": "new-information", "category": s.SAFEGUARDING},
    ),
    "withdrawn": (
        (*s.RAISED_PRACTICE, WITHDRAWN),
        WITHDRAW,
        "15 January 2026 at 10:00",
        "service manager",
        {"reason": "other", "second_person": s.QA},
    ),
    "re-audit asked for": (tuple(run(s.CLOSED, ASK)), ASK, "16 January 2026 at 10:00", "QA officer", {}),
}
WITH_TEXT = ("not required", "reclassified", "action added", "action withdrawn", "reopened", "withdrawn")


def somebody_else(command: Any) -> Any:
    return replace(command, actor=Actor(role=command.actor.role, reference=s.MODERATOR.reference))


def another_moment(command: Any) -> Any:
    moment = s.january(26)
    return replace(command, happened_at=command.happened_at + timedelta(minutes=1), recorded_at=moment)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_very_same_step_changes_nothing_also_where_it_does_not_say_when(case: Case) -> None:
    history, command, *_ = case
    given(*history).when(command).then_nothing_happened()
    later = replace(command, happened_at=s.january(27), recorded_at=s.january(27), dated=False)
    given(*history).when(later).then_nothing_happened()


@pytest.mark.parametrize("other", [somebody_else, another_moment])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_by_somebody_else_or_at_another_moment_it_is_refused(case: Case, other: Callable[[Any], Any]) -> None:
    history, command, when, role, _ = case
    refusal = given(*history).when(other(command)).then_refused(AlreadyRecorded, "already", when, f"by the {role}")
    assert refusal.field == ("happened_at" if other is another_moment else "")


@pytest.mark.parametrize(
    ("case", "field", "value"),
    [(case, field, value) for case in CASES.values() for field, value in case[4].items()],
    ids=[f"{name}: {field}" for name, case in CASES.items() for field in case[4]],
)
def test_saying_something_else_it_is_refused_with_the_field(case: Case, field: str, value: Any) -> None:
    history, command, when, role, _ = case
    refusal = given(*history).when(replace(command, **{field: value})).then_refused(AlreadyRecorded, when, role)
    assert refusal.field == ("action_id" if isinstance(command, commands.AddAction) else field)


@pytest.mark.parametrize("name", WITH_TEXT)
def test_with_something_written_it_is_refused(name: str) -> None:
    history, command, *_ = CASES[name]
    assert given(*history).when(replace(command, text=SEALED)).then_refused(AlreadyRecorded).field == "text"


def test_what_the_service_did_itself_is_said_so() -> None:
    history = (s.OPENED_SAFEGUARDING, s.was_raised(s.SAFEGUARDING, by=s.SERVICE))
    given(*history).when(s.raise_()).then_refused(AlreadyRecorded, "by the service itself")


def test_the_moment_is_told_as_it_was_in_england() -> None:
    july = s.RAISED.replace(month=7)
    history = (s.OPENED, s.was_raised().model_copy(update={"at": july}))
    given(*history).when(s.raise_(actor=s.QA_MANAGER)).then_refused(AlreadyRecorded, "14 July 2026 at 11:00")


@pytest.mark.parametrize("other", [somebody_else, another_moment])
def test_oversight_goes_on_and_the_first_is_the_step(other: Callable[[Any], Any]) -> None:
    """Management oversight on a child's file is a running record: a further one is kept beside the first."""
    given(*s.READY).when(s.record_oversight()).then_nothing_happened()
    further = other(s.record_oversight())
    history = run(s.READY, further)
    assert history[-1].type == "oversight-recorded"
    state = state_after(*history)
    assert isinstance(state, Raised)
    assert state.oversight is not None
    assert (state.oversight.recorded_at, state.oversight.by) == (s.january(15, 12), s.DSM)
    assert [(one.recorded_at, one.by) for one in state.further_oversight] == [(further.happened_at, further.actor)]
    given(*history).when(further).then_nothing_happened()
    given(*history).when(s.record_oversight()).then_nothing_happened()


def test_a_copy_sent_before_it_was_reopened_stands_and_one_sent_anew_is_recorded_anew() -> None:
    raised, rest = s.CLOSED[: len(s.RAISED_PRACTICE)], s.CLOSED[len(s.RAISED_PRACTICE) :]
    history = run((*raised, COPIED, *rest), REOPEN)
    given(*history).when(s.send_copy(s.january(19, 12))).then(COPIED.model_copy(update={"at": s.january(19, 12)}))
    sent = run(history, s.send_copy(s.january(19, 12)))
    given(*sent).when(s.send_copy(s.january(19, 13))).then_refused(AlreadyRecorded, "19 January 2026 at 12:00")


def test_an_answer_of_another_moment_or_with_a_text_is_the_last_that_counts() -> None:
    found = s.OPENED.model_copy(update={"causes": (s.cause(1).model_copy(update={"by": s.AUDITOR}),)})
    closed = (found, *s.CLOSED[1:])
    answer = commands.AnswerClosing(
        happened_at=s.january(16), recorded_at=s.january(16), actor=s.AUDITOR, answer=Answer.CONFIRMED
    )
    history = run(closed, answer)
    assert decide(answer, state_after(*history)) == []
    for further in (another_moment(answer), replace(answer, text=SEALED)):
        [event] = decide(further, state_after(*history))
        assert isinstance(event, events.ClosingAnswered)


def test_a_re_audit_for_another_day_takes_the_place_of_the_one_before() -> None:
    history = run(s.CLOSED, ASK)
    other = replace(ASK, happened_at=s.january(17), recorded_at=s.january(17), due_on=date(2026, 5, 1))
    [event] = decide(other, state_after(*history))
    assert isinstance(event, events.ReAuditRequested)

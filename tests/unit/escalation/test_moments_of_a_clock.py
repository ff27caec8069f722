"""What falls due on a running clock: the decision, chasers, overdue, the second line; each once, never after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.escalation.domain import commands, events
from services.escalation.domain.clocks import Falls, next_moment
from services.escalation.domain.events import Event
from services.escalation.domain.model import Category, Clock, Clocks, Moment
from services.escalation.domain.refusals import MomentImpossible, NotTheirs
from services.escalation.domain.states import Considering, Raised
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after

GRACE = timedelta(hours=1)
END_OF_14 = s.january(14, 23, 59)
CHANGED = s.january(19)
DAY_BEFORE = Moment(code="1-working-days-before", at=s.january(20, 9), to=("service-manager",))
MORNING = Moment(code="0-working-days-before", at=s.january(21, 9), to=("service-manager",))
SECOND = Moment(code="second-line", at=s.january(22, 9), to=("director",))
CHASED = Clocks(
    practice=s.CLOCKS.practice.model_copy(update={"chasers": (DAY_BEFORE, MORNING), "second_line": SECOND}),
    safeguarding=s.CLOCKS.safeguarding.model_copy(
        update={
            "chasers": (Moment(code="0-working-days-before", at=s.january(15, 9), to=("service-manager",)),),
            "second_line": SECOND.model_copy(update={"at": s.january(16, 9)}),
        }
    ),
)
DECIDE = Clocks(
    practice=s.clock(s.END_OF_15, ()).model_copy(update={"started_at": s.CONSIDERED, "second_line": SECOND}),
    safeguarding=s.clock(END_OF_14, ()).model_copy(update={"started_at": s.CONSIDERED}),
)
RAISED = tuple(run([s.OPENED], replace(s.raise_(), clocks=CHASED)))
CONSIDERING = tuple(run([], replace(s.consider(s.cause(1)), clocks=DECIDE)))


def chase(code: str, now: datetime) -> commands.SendChaser:
    return commands.SendChaser(happened_at=now, recorded_at=now, actor=s.SERVICE, moment=code)


def second_line(now: datetime) -> commands.TellSecondLine:
    return commands.TellSecondLine(happened_at=now, recorded_at=now, actor=s.SERVICE)


def undecided(now: datetime) -> commands.MarkConsiderationOverdue:
    return commands.MarkConsiderationOverdue(happened_at=now, recorded_at=now, actor=s.SERVICE)


def sent(moment: Moment, now: datetime) -> events.ChaserSent:
    return events.ChaserSent(
        at=now, moment=moment.code, fell_due_at=moment.at, due_at=s.END_OF_21, to=("service-manager",)
    )


def falls(history: Sequence[Event]) -> tuple[Falls, datetime] | None:
    following = next_moment(state_after(*history), GRACE)
    return None if following is None else (following.falls, following.at)


def play(history: Sequence[Event], now: datetime) -> list[Event]:
    """Act on whatever is due by a moment, as the timer does."""
    story = list(history)
    while (following := next_moment(state_after(*story), GRACE)) is not None and following.at <= now:
        asked: dict[Falls, commands.Timed] = {
            Falls.CHASER: chase(following.code, now),
            Falls.SECOND_LINE: second_line(now),
            Falls.OVERDUE: s.mark_overdue(now),
            Falls.CONSIDERATION_OVERDUE: undecided(now),
        }
        happened = run(story, asked[following.falls])
        assert len(happened) > len(story), "what is due is acted on"
        story = happened
    return story


def test_a_chaser_goes_once_when_its_moment_is_there() -> None:
    given(*RAISED).when(chase(DAY_BEFORE.code, s.january(20, 8))).then_nothing_happened()
    given(*RAISED).when(chase(DAY_BEFORE.code, s.january(20, 9))).then(sent(DAY_BEFORE, s.january(20, 9)))
    given(*RAISED, sent(DAY_BEFORE, s.january(20, 9))).when(
        chase(DAY_BEFORE.code, s.january(20, 10))
    ).then_nothing_happened()
    given(*RAISED).when(chase("no-such-moment", s.january(22))).then_nothing_happened()


def test_everything_that_fell_due_while_the_service_was_down_is_done_once_in_order() -> None:
    now = s.january(25)
    done = play(RAISED, now)[len(RAISED) :]
    assert [event.type for event in done] == [
        "chaser-sent",
        "chaser-sent",
        "escalation-became-overdue",
        "second-line-told",
    ]
    assert done[2].at == s.END_OF_21
    assert play([*RAISED, *done], s.january(31)) == [*RAISED, *done]


def test_the_second_line_hears_only_of_a_breach_that_was_marked_and_once() -> None:
    given(*RAISED).when(second_line(s.january(25))).then_nothing_happened()
    overdue = run(RAISED, s.mark_overdue(s.january(22)))
    given(*overdue).when(second_line(s.january(22, 8))).then_nothing_happened()
    told = events.SecondLineTold(
        at=s.january(22, 9), clock="sign-off", fell_due_at=SECOND.at, due_at=s.END_OF_21, to=("director",)
    )
    given(*overdue).when(second_line(s.january(22, 9))).then(told)
    given(*overdue, told).when(second_line(s.january(23))).then_nothing_happened()


@pytest.mark.parametrize("end", [s.SIGNED_OFF, s.CLOSED, s.NOT_REQUIRED], ids=["signed off", "closed", "not required"])
def test_nothing_falls_due_after_the_clock_stopped(end: tuple[Event, ...]) -> None:
    assert falls(end) is None
    for command in (chase(DAY_BEFORE.code, s.january(31)), second_line(s.january(31)), undecided(s.january(31))):
        given(*end).when(command).then_nothing_happened()


def test_reclassified_on_day_three_it_is_overdue_at_once_and_no_chaser_of_the_past_is_sent() -> None:
    history = run(RAISED, s.reclassify(s.SAFEGUARDING, s.january(16, 15)))
    assert falls(history) == (Falls.OVERDUE, s.END_OF_15)
    done = play(history, s.january(16, 15))[len(history) :]
    assert [event.type for event in done] == ["escalation-became-overdue", "second-line-told"]


def test_reclassified_down_and_up_again_one_chaser_a_moment() -> None:
    first = play(RAISED, s.january(20, 10))
    up = run(first, s.reclassify(s.SAFEGUARDING, s.january(20, 11)))
    down = run(up, s.reclassify(s.PRACTICE, s.january(20, 12), second=s.QA_MANAGER))
    assert [event.type for event in play(down, s.january(21, 10))].count("chaser-sent") == 2
    chasers = [event for event in play(down, s.january(21, 10)) if isinstance(event, events.ChaserSent)]
    assert len({(one.moment, one.fell_due_at) for one in chasers}) == 2


def test_a_raise_recorded_late_sends_no_chaser_of_before_and_waits_for_its_grace() -> None:
    late = replace(s.raise_(recorded_at=s.january(30)), clocks=CHASED)
    history = run([s.OPENED], late)
    assert falls(history) == (Falls.OVERDUE, s.january(30) + GRACE)
    assert play(history, s.january(30)) == history


def test_a_consideration_has_a_clock_that_a_graver_cause_shortens_and_never_lengthens() -> None:
    state = state_after(*CONSIDERING)
    assert isinstance(state, Considering)
    assert state.clock == DECIDE.practice
    lifting = replace(s.consider(s.cause(2, s.SAFEGUARDING), at=s.january(14, 11)), clocks=DECIDE)
    lifted = run(CONSIDERING, lifting)
    assert falls(lifted) == (Falls.CONSIDERATION_OVERDUE, END_OF_14)
    later = Clocks(practice=_due(s.january(20)), safeguarding=_due(s.january(19)))
    for category in Category:
        joined = run(lifted, replace(s.consider(s.cause(3, category), at=s.january(14, 12)), clocks=later))
        assert falls(joined) == (Falls.CONSIDERATION_OVERDUE, END_OF_14)


def test_an_undecided_concern_is_marked_once_and_the_second_line_hears_of_it() -> None:
    given(*CONSIDERING).when(undecided(s.END_OF_15)).then_nothing_happened()
    marked = events.ConsiderationBecameOverdue(at=s.END_OF_15, due_at=s.END_OF_15)
    given(*CONSIDERING).when(undecided(s.january(16))).then(marked)
    given(*CONSIDERING, marked).when(undecided(s.january(17))).then_nothing_happened()
    assert [event.type for event in play(CONSIDERING, s.january(23))[1:]] == [
        "consideration-became-overdue",
        "second-line-told",
    ]


def test_decided_or_without_a_clock_nothing_falls_due() -> None:
    assert falls(run(CONSIDERING, s.not_required())) is None
    assert falls([s.OPENED]) is None
    given(s.OPENED).when(undecided(s.january(31))).then_nothing_happened()


def test_a_concern_that_is_history_when_it_arrives_waits_for_its_grace() -> None:
    arrived = replace(s.consider(s.cause(1)), clocks=DECIDE, recorded_at=s.january(30))
    assert falls(run([], arrived)) == (Falls.CONSIDERATION_OVERDUE, s.january(30) + GRACE)


def recompute(clocks: Clocks, now: datetime = CHANGED) -> commands.RecomputeClock:
    return commands.RecomputeClock(happened_at=now, recorded_at=now, actor=s.SERVICE, clocks=clocks, because="calendar")


def _due(at: datetime, started: datetime = s.CONSIDERED) -> Clock:
    return s.clock(at, ()).model_copy(update={"started_at": started})


def test_a_new_bank_holiday_moves_an_open_clock_visibly_and_once() -> None:
    moved = Clocks(practice=_due(s.january(22, 23), s.RAISED), safeguarding=s.CLOCKS.safeguarding)
    recomputed = events.ClockRecomputed(at=s.january(19), clocks=moved, because="calendar")
    given(*s.RAISED_PRACTICE).when(recompute(moved)).then(recomputed)
    given(*s.RAISED_PRACTICE, recomputed).when(recompute(moved)).then_nothing_happened()
    assert falls([*s.RAISED_PRACTICE, recomputed]) == (Falls.OVERDUE, s.january(22, 23))


def test_a_clock_that_comes_out_alike_is_left_alone_whatever_version_says_so() -> None:
    same = Clocks(
        practice=s.CLOCKS.practice.model_copy(update={"policy_version": "northmoor/2", "calendar_version": "new"}),
        safeguarding=s.CLOCKS.safeguarding,
    )
    given(*s.RAISED_PRACTICE).when(recompute(same)).then_nothing_happened()


def test_a_clock_never_starts_anew_by_being_recomputed() -> None:
    other = Clocks(practice=_due(s.january(30)), safeguarding=_due(s.january(29)))
    given(*s.RAISED_PRACTICE).when(recompute(other)).then_refused(MomentImpossible, "starts when it started")


@pytest.mark.parametrize("history", [(), s.NOT_REQUIRED, s.SIGNED_OFF, s.CLOSED])
def test_only_open_clocks_are_recomputed(history: tuple[Event, ...]) -> None:
    moved = Clocks(practice=_due(s.january(22), s.RAISED), safeguarding=_due(s.january(16), s.RAISED))
    given(*history).when(recompute(moved)).then_nothing_happened()


def test_moved_ahead_again_it_is_no_longer_overdue_and_moved_back_it_is() -> None:
    overdue = run(s.RAISED_PRACTICE, s.mark_overdue(s.january(22)))
    ahead = Clocks(practice=_due(s.january(23), s.RAISED), safeguarding=s.CLOCKS.safeguarding)
    later = run(overdue, recompute(ahead, s.january(22, 9)))
    state = state_after(*later)
    assert isinstance(state, Raised)
    assert state.overdue_since is None
    assert falls(later) == (Falls.OVERDUE, s.january(23))


@pytest.mark.parametrize(
    "command",
    [
        chase(DAY_BEFORE.code, s.january(21)),
        second_line(s.january(25)),
        undecided(s.january(25)),
        recompute(s.CLOCKS),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nobody_does_by_hand_what_the_clock_does(command: commands.Timed) -> None:
    given(*RAISED).when(replace(command, actor=s.DSM)).then_refused(NotTheirs, way_out="the service itself")

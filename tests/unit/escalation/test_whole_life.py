"""The whole life of an audit escalation, in any order people and the clock may act, under the laws of issue 5.

The model beside it knows nothing of the decider's states: it remembers what happened, and asks the laws of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.escalation.domain import commands, events
from services.escalation.domain.clocks import Falls, next_moment
from services.escalation.domain.commands import Command
from services.escalation.domain.decider import decide
from services.escalation.domain.evolution import evolve
from services.escalation.domain.model import Actor, Answer, Category, Clock, Clocks, Moment
from services.escalation.domain.refusals import Refused
from services.escalation.domain.states import Closed, Considering, NotConsidered, Raised, State
from services.escalation.domain.steps import NextStep, next_step
from tests.unit.escalation import scenes as s

GRACE = timedelta(hours=1)
DAYS = {Category.SAFEGUARDING: 1, Category.PRACTICE: 5}
"""The policy's clocks, here as so many days of 24 hours: what a working day is, is another test's matter."""
TO_DECIDE = {Category.SAFEGUARDING: 0.5, Category.PRACTICE: 1.0}
PEOPLE = (s.QA, s.QA_MANAGER, s.DSM, s.OTHER_DSM, s.TEAM_MANAGER, s.AUDITOR, s.MODERATOR)


def clock(start: datetime, days: float, shift: int = 0) -> Clock:
    due = start + timedelta(days=days, hours=shift)
    return Clock(
        started_at=start,
        due_at=due,
        due_on=due.date(),
        working_days=int(days),
        counted=(),
        left_out=(),
        calendar_version=f"test-{shift}",
        policy_version=s.POLICY,
        chasers=(
            Moment(code="day-before", at=due - timedelta(hours=20), to=("service-manager",)),
            Moment(code="hour-before", at=due - timedelta(hours=1), to=("service-manager",)),
        ),
        second_line=Moment(code="second-line", at=due + timedelta(hours=9), to=("director",)),
    )


def clocks(start: datetime, shift: int = 0) -> Clocks:
    return Clocks(
        practice=clock(start, DAYS[Category.PRACTICE], shift),
        safeguarding=clock(start, DAYS[Category.SAFEGUARDING], shift),
    )


def to_decide(start: datetime) -> Clocks:
    return Clocks(
        practice=clock(start, TO_DECIDE[Category.PRACTICE]), safeguarding=clock(start, TO_DECIDE[Category.SAFEGUARDING])
    )


class WholeLife(RuleBasedStateMachine):
    """People act at moments that never go back; the timer acts whenever it gets to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = s.january(5)
        self.state: State = NotConsidered()
        self.history: list[events.Event] = []
        self.open_actions: set[Any] = set()
        self.overseen = False
        self.part_taken: set[Any] = set()
        self.owners: dict[Any, Any] = {}
        self.causes = 0

    def ask(self, asked: type[Command], actor: Actor, /, **parts: Any) -> None:
        """Ask for something; what is refused changes nothing, and what happened, asked again, changes nothing."""
        command: Command = asked(happened_at=self.now, recorded_at=self.now, actor=actor, **parts)
        try:
            happened = decide(command, self.state)
        except Refused:
            return
        for event in happened:
            before, self.state = self.state, evolve(self.state, event)
            self.remember(before, event)
        if happened:
            self.repeated(command)

    def repeated(self, command: Command) -> None:
        try:
            again: Sequence[events.Event] = decide(command, self.state)
        except Refused:
            again = ()
        assert not again, f"{type(command).__name__} again: {again}"
        if isinstance(command, get_args(commands.PersonsStep)):
            self.with_other_facts(command)

    def with_other_facts(self, command: Any) -> None:
        """What a person says otherwise is refused or kept, and never dropped as if it had been said before."""
        person = Actor(role=command.actor.role, reference=UUID(int=4711))
        moment = command.happened_at + timedelta(minutes=1)
        for other in (
            replace(command, actor=person),
            replace(command, happened_at=moment, recorded_at=moment),
        ):
            try:
                kept = decide(other, self.state)
            except Refused:
                continue
            assert kept, f"{type(command).__name__} was dropped: {other}"
        undated = replace(command, happened_at=moment, recorded_at=moment, dated=False)
        try:
            assert not decide(undated, self.state), "said again without a moment, it is the one that was taken"
        except Refused:
            return

    def remember(self, before: State, event: events.Event) -> None:  # noqa: C901, PLR0912 - a law a line
        self.history.append(event)
        if isinstance(event, events.ConsiderationOpened | events.ConsiderationReopened | events.CauseJoined):
            self.part_taken |= {cause.by.reference for cause in event.causes if cause.by is not None}
        match event:
            case events.CauseJoined():
                self.joined(before, event)
            case events.EscalationRaised() | events.EscalationReopened():
                assert not self.open_actions
                self.overseen = False
                self.part_taken.add(event.by.reference)
            case events.ActionAdded():
                assert event.owner is not None
                self.open_actions.add(event.action_id)
                self.owners[event.action_id] = event.owner.reference
            case events.ActionCompleted():
                self.part_taken |= {event.by.reference, self.owners[event.action_id]}
                self.open_actions.remove(event.action_id)
            case events.ActionWithdrawn():
                self.open_actions.remove(event.action_id)
            case events.OversightRecorded():
                self.overseen = True
            case events.ActionsSignedOff():
                assert not self.open_actions, "never signed off with an open action"
                assert self.overseen, "never signed off without oversight"
                assert event.by.reference not in self.part_taken, "never by who had a part in it, in whatever round"
            case events.EscalationClosed():
                assert not self.open_actions
                assert self.overseen
            case events.EscalationWithdrawn():
                assert event.second_person.reference != event.by.reference
                self.open_actions.clear()
            case events.EscalationReclassified():
                assert isinstance(before, Raised)
                assert isinstance(self.state, Raised)
                assert self.state.clock.started_at == before.clock.started_at, "the original raise is kept"
                if event.category is Category.SAFEGUARDING:
                    assert self.state.clock.due_at <= before.clock.due_at, "never longer"
                else:
                    assert event.second_person is not None
                    assert event.second_person.reference != event.by.reference
            case events.ChaserSent() | events.SecondLineTold():
                assert isinstance(before, Considering | Raised), "never after the clock stopped"
                assert event.at >= event.fell_due_at, "never before its moment"
            case _:
                pass

    def joined(self, before: State, event: events.CauseJoined) -> None:
        """Whatever joins, a decision is never due later; a safeguarding concern is due by its own clock at the latest."""
        if not isinstance(before, Considering):
            return
        assert isinstance(self.state, Considering)
        assert before.clock is not None
        assert self.state.clock is not None
        assert self.state.clock.due_at <= before.clock.due_at, "nothing that joins puts a decision off"
        if any(cause.category is Category.SAFEGUARDING for cause in event.causes):
            assert self.state.clock.due_at <= event.at + timedelta(days=TO_DECIDE[Category.SAFEGUARDING])
        if before.category is Category.PRACTICE and self.state.category is Category.SAFEGUARDING:
            assert self.state.clock.started_at == event.at, "safeguarding has a clock of its own"
            assert self.state.facts.clock_number == before.facts.clock_number + 1, "of which the people are told anew"

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(category=st.sampled_from(Category), by=st.sampled_from([s.AUDITOR, s.AUDITOR, s.OTHER_DSM]))
    def found(self, category: Category, by: Actor = s.AUDITOR) -> None:
        self.causes += 1
        cause = s.cause(self.causes, category).model_copy(update={"by": by})
        parts = {"place": s.PLACE, "causes": (cause,), "policy_version": s.POLICY, "clocks": to_decide(self.now)}
        self.ask(commands.Consider, s.SERVICE, **parts)

    @rule(hours=st.integers(1, 40), ticking=st.booleans())
    def found_to_be_graver(self, hours: int, ticking: bool) -> None:
        """A practice concern waits, and then it is a safeguarding one; few lives would come to that by themselves."""
        self.found(Category.PRACTICE)
        self.time_passes(hours)
        if ticking:
            self.timer()
        self.found(Category.SAFEGUARDING)

    @rule(actor=st.sampled_from(PEOPLE))
    def discussed(self, actor: Actor) -> None:
        self.ask(commands.RecordDiscussion, actor, with_whom=("practitioner",))

    @rule(actor=st.sampled_from([s.QA, s.QA, s.OTHER_DSM]))
    def decided(self, actor: Actor) -> None:
        self.ask(commands.RaiseEscalation, actor, clocks=clocks(self.now), told=s.TOLD)

    @rule()
    def not_required(self) -> None:
        self.ask(commands.RecordDecisionNotRequired, s.QA, reason="already-acted-on")

    @rule(category=st.sampled_from(Category), second=st.sampled_from([None, s.DSM, s.QA_MANAGER]))
    def reclassified(self, category: Category, second: Actor | None) -> None:
        self.ask(commands.Reclassify, s.DSM, category=category, reason="new-information", second_person=second)

    @rule()
    def copied_and_discussed(self) -> None:
        self.ask(commands.RecordCopySent, s.QA, to=s.TOLD)
        self.ask(commands.RecordActionsDiscussed, s.DSM, scope=("north/riverside",))

    @rule(number=st.integers(1, 3), owner=st.sampled_from([s.PRACTITIONER, s.OTHER_DSM]))
    def action_added(self, number: int, owner: Actor) -> None:
        action_id = s.add_action(number + 10 * self.rounds).action_id
        self.ask(commands.AddAction, s.TEAM_MANAGER, action_id=action_id, kind="supervision", owner=owner)

    @precondition(lambda self: self.open_actions)
    @rule(data=st.data(), completed=st.booleans())
    def action_ended(self, data: st.DataObject, completed: bool) -> None:
        action_id = data.draw(st.sampled_from(sorted(self.open_actions, key=str)))
        if completed:
            self.ask(commands.CompleteAction, s.TEAM_MANAGER, action_id=action_id)
        else:
            self.ask(commands.WithdrawAction, s.TEAM_MANAGER, action_id=action_id, reason="no-longer-needed")

    @rule(steps=st.integers(1, 9), impatient=st.booleans())
    def follow_the_road(self, steps: int, impatient: bool) -> None:  # noqa: C901 - a line a step
        """Take the steps that are missing, so that lives come to their end; the laws do not ask how they got there.

        The impatient oversee, and try to sign off and to close, before each.
        """
        for _ in range(steps):
            if impatient:
                self.overseen_by()
                self.signed_by_anyone()
                self.closed()
            match next_step(self.state):
                case NextStep.DISCUSSION:
                    self.discussed(s.AUDITOR)
                case NextStep.DECISION:
                    self.decided(s.QA)
                case NextStep.COPY | NextStep.ACTIONS_DISCUSSED:
                    self.copied_and_discussed()
                case NextStep.ACTIONS:
                    self.action_added(1, s.PRACTITIONER)
                case NextStep.COMPLETION:
                    for action_id in list(self.open_actions):
                        self.ask(commands.CompleteAction, s.TEAM_MANAGER, action_id=action_id)
                case NextStep.OVERSIGHT:
                    self.overseen_by()
                case NextStep.SIGN_OFF:
                    self.signed_by_anyone()
                case NextStep.ASSISTANT_DIRECTOR_TOLD:
                    self.closed()
                case _:
                    self.found(Category.PRACTICE)

    @rule()
    def overseen_by(self) -> None:
        self.ask(commands.RecordOversight, s.DSM, scope=("north",))

    @rule(actor=st.sampled_from([s.DSM, s.OTHER_DSM]), scope=st.sampled_from(["north/riverside", "south"]))
    def signed_off(self, actor: Actor, scope: str) -> None:
        self.ask(commands.SignOff, actor, scope=(scope,))

    def signed_by_anyone(self) -> None:
        for actor in (s.OTHER_DSM, s.DSM):
            self.signed_off(actor, "north/riverside")

    @rule()
    def closed(self) -> None:
        self.ask(commands.TellAssistantDirectorAndClose, s.DSM, scope=("north/riverside",))

    @rule(answer=st.sampled_from(Answer), actor=st.sampled_from([s.AUDITOR, s.MODERATOR]))
    def answered(self, answer: Answer, actor: Actor) -> None:
        self.ask(commands.AnswerClosing, actor, answer=answer)

    @rule(actor=st.sampled_from([s.QA_MANAGER, s.OTHER_DSM]))
    def reopened(self, actor: Actor) -> None:
        self.ask(commands.Reopen, actor, reason="not-effective", clocks=clocks(self.now), told=s.TOLD)

    @precondition(lambda self: len(self.history) > 6)  # a life withdrawn early shows little
    @rule(second=st.sampled_from([s.DSM, s.QA]))
    def withdrawn(self, second: Actor) -> None:
        self.ask(commands.Withdraw, s.DSM, reason="raised-in-error", second_person=second)

    @rule()
    def re_audit(self) -> None:
        self.ask(commands.RequestReAudit, s.QA, due_on=self.now.date() + timedelta(days=90))
        self.ask(commands.NoteReAudit, s.SERVICE, audit_id=s.AUDIT, grade="good")

    @rule(shift=st.sampled_from([-2, 0, 2]))
    def calendar_changed(self, shift: int) -> None:
        if isinstance(self.state, Raised):
            start = self.state.clock.started_at
            self.ask(commands.RecomputeClock, s.SERVICE, clocks=clocks(start, shift), because="calendar")

    @rule()
    def timer(self) -> None:
        for _ in range(20):
            following = next_moment(self.state, GRACE)
            if following is None or following.at > self.now:
                return
            if following.at == self.now and following.falls in {Falls.OVERDUE, Falls.CONSIDERATION_OVERDUE}:
                return  # what is done at the due moment itself is in time
            kind: dict[Falls, type[Command]] = {
                Falls.CHASER: commands.SendChaser,
                Falls.OVERDUE: commands.MarkOverdue,
                Falls.CONSIDERATION_OVERDUE: commands.MarkConsiderationOverdue,
                Falls.SECOND_LINE: commands.TellSecondLine,
            }
            parts = {"moment": following.code} if following.falls is Falls.CHASER else {}
            before = len(self.history)
            self.ask(kind[following.falls], s.SERVICE, **parts)
            assert len(self.history) == before + 1, f"{following} is due and nothing was done"
        raise AssertionError("the timer never comes to an end")

    @property
    def rounds(self) -> int:
        return sum(isinstance(event, events.EscalationRaised | events.EscalationReopened) for event in self.history)

    @invariant()
    def due_is_never_later_than_the_policys(self) -> None:
        if isinstance(self.state, Raised):
            latest = self.state.raised_at + timedelta(days=DAYS[self.state.category], hours=2)
            assert self.state.clock.due_at <= latest

    @invariant()
    def one_chaser_a_moment(self) -> None:
        sent = [
            (event.moment, event.fell_due_at, event.due_at)
            for event in self.history
            if isinstance(event, events.ChaserSent)
        ]
        assert len(set(sent)) == len(sent)

    @invariant()
    def closed_only_with_everything_done(self) -> None:
        if isinstance(self.state, Closed):
            assert not self.open_actions
            assert self.overseen

    @invariant()
    def history_alone_gives_the_state(self) -> None:
        state: State = NotConsidered()
        for event in self.history:
            state = evolve(state, events.from_json(*events.to_json(event)))
        assert state == self.state


TestWholeLife = WholeLife.TestCase
TestWholeLife.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_a_life_can_be_lived_to_its_end() -> None:
    """The machine's rules reach the closing: the laws above are not kept by nothing ever happening."""
    life = WholeLife()
    life.found(Category.PRACTICE)
    life.discussed(s.AUDITOR)
    life.decided(s.QA)
    life.copied_and_discussed()
    life.action_added(1, s.PRACTITIONER)
    [action] = life.open_actions
    life.ask(commands.CompleteAction, s.TEAM_MANAGER, action_id=action)
    life.overseen_by()
    life.signed_off(s.DSM, "north/riverside")
    life.closed()
    assert isinstance(life.history[-1], events.EscalationClosed)
    life.answered(Answer.REOPENING_ASKED, s.AUDITOR)
    life.reopened(s.QA_MANAGER)
    life.time_passes(40)
    life.timer()
    assert [event.type for event in life.history[-2:]] == ["closing-answered", "escalation-reopened"]

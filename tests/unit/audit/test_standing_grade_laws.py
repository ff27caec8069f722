"""Laws of the standing grade, over whatever story of moderation: it is the last decider's, and none of them is a party.

The expectation is drawn from the story told, command by command, and not from the decider's state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.app.publishing import publish
from services.audit.domain.audits.commands import AmendAudit, Command
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL, Completed, State
from services.audit.domain.moderation.commands import (
    DisputeModeration,
    GiveBlindGrades,
    PanelMember,
    RecordModeration,
    SettleDispute,
)
from services.audit.domain.moderation.events import DisputeSettled, ModerationDone
from services.audit.domain.moderation.words import Decider, DisputeOutcome
from services.audit.domain.refusals import Refused
from services.audit.domain.words import Actor, Grade, SealedText
from shared.contracts import audit as contracts
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m

PEOPLE = [b.AUDITOR, b.MODERATOR, b.OTHER_MODERATOR, m.CHAIR, m.MEMBER, m.MANAGER]
OF_THE_TEAM = m.MEMBER
"""The one of them who works in the audited team."""

grades = st.sampled_from(Grade)
people = st.sampled_from(PEOPLE)
likely = st.sampled_from([b.OTHER_MODERATOR, m.CHAIR, m.MANAGER])
"""Those who may well decide; one of them disputes now and then."""


def teams_of(person: Any) -> frozenset[str]:
    return frozenset({b.TEAM}) if person == OF_THE_TEAM else frozenset()


@st.composite
def recording(draw: st.DrawFn) -> Command:
    moderator = draw(people)
    panel = draw(st.lists(people, max_size=2))
    return b.moderate(
        at=draw(st.sampled_from([b.MODERATED_AT, m.DISPUTED_AT, m.SETTLED_AT])),
        by=Actor(role="moderator", reference=moderator),
        moderation_id=draw(st.sampled_from([b.MODERATION_ID, m.SECOND])),
        moderator=moderator,
        moderator_teams=teams_of(moderator),
        moderator_type=draw(st.sampled_from(["panel", "panel", "internal"])) if panel else "internal",
        panel=tuple(PanelMember(one, teams_of(one)) for one in panel),
        overall_grade=draw(grades),
        standing_grade=draw(st.none() | grades),
        sections={},
        quality=draw(st.sampled_from([b.QUALITY, b.QUALITY, None])),
        rationale=draw(st.sampled_from([SealedText("s1.why"), SealedText("s1.why"), None])),
        terms=m.terms(decided_by=draw(st.sampled_from([Decider.SECOND_MODERATOR, Decider.PANEL]))),
    )


@st.composite
def settling(draw: st.DrawFn) -> Command:
    panel = draw(st.lists(likely, min_size=2, max_size=3, unique=True) | st.lists(people, max_size=3, unique=True))
    return m.settle(
        outcome=draw(st.sampled_from(DisputeOutcome)),
        standing_grade=draw(st.none() | grades),
        panel=tuple(PanelMember(one, teams_of(one)) for one in panel),
    )


@st.composite
def disputing(draw: st.DrawFn) -> Command:
    who = draw(likely | people)
    return m.dispute(
        by=Actor(role="team-manager", reference=who),
        terms=m.terms(decided_by=draw(st.sampled_from([Decider.SECOND_MODERATOR, Decider.PANEL]))),
    )


others = st.sampled_from(
    [
        b.request_moderation(at=b.MODERATED_AT, most=2, selection=b.selection(moderation_id=m.SECOND)),
        b.amend(),
        b.amend(outcome=b.outcome(overall_grade=Grade.INADEQUATE)),
        m.note(),
        m.grade_blind(),
    ]
)
FIRST: list[Command] = [b.moderate(overall_grade=Grade.REQUIRES_IMPROVEMENT, sections={}, terms=m.terms())]
"""How most stories begin: a first moderation that opens nothing by itself; some with a dispute before a panel."""

DISPUTED: list[Command] = [*FIRST, m.dispute(terms=m.terms(decided_by=Decider.PANEL))]

stories = st.builds(
    list.__add__,
    st.sampled_from([FIRST, DISPUTED, []]),
    st.lists(st.one_of(recording(), settling(), disputing(), others), max_size=10),
)


@dataclass
class Told:
    """What the story alone says: the grade and decider that ought to stand, and who is a party to it."""

    grade: Grade | None = Grade.GOOD
    decided_by: Decider = Decider.AUDITOR
    moderated: int = 0
    settled: bool = False
    blind: GiveBlindGrades | None = None
    parties: set[Any] = field(default_factory=lambda: {b.AUDITOR, OF_THE_TEAM})

    def hear(self, command: Command) -> None:
        """Take in a command that took effect."""
        if isinstance(command, RecordModeration):
            assert not self.settled
            sat = [command.moderator, *(member.person for member in command.panel)]
            assert not set(sat) & self.parties
            assert len(set(sat)) == len(sat)
            assert command.moderator_type != "panel" or len(sat) > 1
            blind = self.blind if self.blind and self.blind.moderation_id == command.moderation_id else None
            assert command.quality or blind
            kept = {command.overall_grade, command.standing_grade} <= {None, blind and blind.overall_grade}
            assert command.rationale or (blind and kept)
            self.parties |= set(sat)
            self.moderated += 1
            self.grade = command.standing_grade or command.overall_grade
            first = Decider.MODERATOR if self.moderated == 1 else Decider.SECOND_MODERATOR
            self.decided_by = Decider.PANEL if command.moderator_type == "panel" else first
        elif isinstance(command, SettleDispute):
            assert not self.settled
            sat = [member.person for member in command.panel]
            assert not set(sat) & self.parties
            assert command.outcome is DisputeOutcome.NOTED or len(set(sat)) == len(sat) > 1
            if command.outcome is DisputeOutcome.CHANGED:
                self.grade = command.standing_grade
            if command.outcome is not DisputeOutcome.NOTED:
                self.decided_by = Decider.PANEL
        elif isinstance(command, GiveBlindGrades):
            self.blind = command
        elif isinstance(command, DisputeModeration):
            self.parties.add(command.by.reference)
        elif self.moderated == 0 and isinstance(command, AmendAudit):
            self.grade = command.outcome.overall_grade


@given(story=stories)
@settings(max_examples=150, deadline=None)
def test_the_standing_grade_is_the_last_deciders_and_none_of_them_is_a_party(story: list[Command]) -> None:
    state: State = INITIAL
    begun: list[Command] = [b.allocate(), b.complete(moderation=b.selection(blind=True))]
    for first in begun:
        for event in decide(first, state):
            state = evolve(state, event)
    told = Told()
    for command in story:
        try:
            events = decide(command, state)
        except Refused:
            continue
        if events:
            told.hear(command)
        for event in events:
            heard = [each.event for each in publish(state, event)]
            state = evolve(state, event)
            if isinstance(event, ModerationDone | DisputeSettled):
                [public] = heard
                assert isinstance(public, contracts.ModerationDoneV1 | contracts.DisputeSettledV1)
                assert public.standing_grade is not None
                assert public.standing_grade.value == told.grade
                assert public.decided_by is not None
                assert public.decided_by.value == told.decided_by
            told.settled = told.settled or isinstance(event, DisputeSettled)
        assert isinstance(state, Completed)
        assert (state.standing_grade, state.decided_by) == (told.grade, told.decided_by)

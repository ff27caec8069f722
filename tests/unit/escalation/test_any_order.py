"""Whatever the order and however often causes arrive, the consideration is the same; and laws over whole lives."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.domain import events
from services.escalation.domain.commands import Command, Consider
from services.escalation.domain.decider import decide
from services.escalation.domain.evolution import evolve
from services.escalation.domain.model import Category, Novelty
from services.escalation.domain.refusals import Refused
from services.escalation.domain.states import Closed, Considering, NotConsidered, Raised, SignedOff, State
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import run, state_after

CAUSES = st.builds(
    s.cause, st.integers(1, 6), st.sampled_from(Category), novelty=st.sampled_from([Novelty.NEW, Novelty.CONFIRMING])
)
OCCASIONS = st.builds(
    lambda causes, hour: s.consider(*causes, at=s.january(10, hour)),
    st.lists(CAUSES, min_size=1, max_size=3),
    st.integers(0, 23),
)


def essence(history: Sequence[events.Event]) -> tuple[object, ...]:
    state = state_after(*history)
    assert isinstance(state, Considering)
    return frozenset(state.causes), state.category, len(state.causes)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(OCCASIONS, min_size=1, max_size=6).flatmap(lambda ones: st.tuples(st.just(ones), st.permutations(ones)))
)
def test_any_order_of_causes_gives_the_same_consideration(orders: tuple[list[Consider], list[Consider]]) -> None:
    one, other = orders
    assert essence(run([], *one)) == essence(run([], *other))


@settings(max_examples=100, deadline=None)
@given(st.lists(OCCASIONS, min_size=1, max_size=6), st.data())
def test_any_repetition_of_causes_changes_nothing(ones: list[Consider], data: st.DataObject) -> None:
    history = run([], *ones)
    again = data.draw(st.lists(st.sampled_from(ones), max_size=6))
    assert run(history, *again) == history


@settings(max_examples=100, deadline=None)
@given(st.lists(OCCASIONS, min_size=1, max_size=6))
def test_the_consideration_is_as_grave_as_its_gravest_cause(ones: list[Consider]) -> None:
    category = essence(run([], *ones))[1]
    any_safeguarding = any(cause.category is Category.SAFEGUARDING for one in ones for cause in one.causes)
    assert category is (Category.SAFEGUARDING if any_safeguarding else Category.PRACTICE)


HOURS = st.integers(0, 23)
DAYS = st.integers(14, 24)
MOMENTS = st.builds(s.january, DAYS, HOURS)
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    OCCASIONS,
    st.builds(s.raise_, MOMENTS, category=st.sampled_from([None, *Category])),
    st.builds(s.not_required, MOMENTS),
    st.builds(s.reclassify, st.sampled_from(Category), MOMENTS, second=st.sampled_from([None, s.QA_MANAGER])),
    st.builds(s.add_action, st.integers(1, 3), MOMENTS),
    st.builds(s.complete_action, st.integers(1, 3), MOMENTS),
    st.builds(s.record_oversight, MOMENTS),
    st.builds(s.sign_off, MOMENTS, actor=st.sampled_from([s.DSM, s.OTHER_DSM])),
    st.builds(s.close, MOMENTS),
    st.builds(s.mark_overdue, MOMENTS),
    st.builds(s.withdrawn, MOMENTS),
    st.builds(s.settled, st.sampled_from(["good", "requires-improvement"]), MOMENTS),
)


def happens(command: Command, state: State) -> Sequence[events.Event]:
    try:
        return decide(command, state)
    except Refused:
        return []


@settings(max_examples=100, deadline=None)
@given(st.lists(COMMANDS, max_size=40))
def test_no_life_ever_breaks_the_laws(asked: list[Command]) -> None:
    state: State = NotConsidered()
    overdue_by_clock: dict[int, int] = {}
    for command in asked:
        happened = happens(command, state)
        for event in happened:
            before = state
            state = evolve(state, event)
            if isinstance(event, events.EscalationBecameOverdue):
                assert isinstance(before, Raised)
                number = before.facts.clock_number
                overdue_by_clock[number] = overdue_by_clock.get(number, 0) + 1
            if isinstance(event, events.EscalationReclassified) and isinstance(before, Raised):
                assert isinstance(state, Raised)
                assert state.raised_at == before.raised_at
                if event.from_category is Category.SAFEGUARDING:
                    assert event.second_person is not None
        if happened:
            assert not happens(command, state), "the same command again changes nothing"
        if isinstance(state, SignedOff | Closed):
            raised = state.raised if isinstance(state, SignedOff) else state.signed_off.raised
            assert raised.actions
            assert not raised.open_actions
            assert raised.oversight is not None
    assert all(times == 1 for times in overdue_by_clock.values())

"""A message that had been missing takes effect once, late; everything else that is not newer stays a duplicate (G2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Message
from shared.messaging.plan import Hole, Known, Plan, plan, read_all
from shared.messaging.reading import Interests
from shared.messaging.records import StreamKey, fingerprint_of, key_class_of
from tests.integration.messaging.support import INTERESTED, erased
from tests.unit.messaging.test_plan import TOPIC, A, B, planned, received, records, spoilt

STREAM = (TOPIC, A)
KEY = key_class_of(records(erased(A, 1))[0])


def missing(expected: int, found: int, *, position: int, stream: StreamKey = STREAM) -> Known:
    """One stream at a position, with one hole below it."""
    return Known({stream: position}, holes={stream: [Hole(*stream, expected, found)]})


def late(made: Plan) -> list[int]:
    return [one.envelope.sequence for one in made.received if one.late]


def test_a_missing_number_is_let_through_and_leaves_its_hole() -> None:
    made = planned(erased(A, 3), known=missing(2, 5, position=7))
    assert (received(made), late(made)) == ([(A, 3)], [3])
    assert made.filled == {STREAM: {3}}
    assert (made.positions, made.duplicates, made.holes) == ({}, 0, [])


@pytest.mark.parametrize("number", [1, 5, 6, 7])
def test_what_is_below_the_position_and_in_no_hole_stays_a_duplicate(number: int) -> None:
    """Both edges too: 5 is the number that was found."""
    made = planned(erased(A, number), known=missing(2, 5, position=7))
    assert (received(made), made.duplicates, made.filled) == ([], 1, {})


def test_a_hole_is_of_its_topic_and_stream_alone() -> None:
    other = missing(2, 5, position=7, stream=(TOPIC, B))
    known = Known({STREAM: 7, (TOPIC, B): 7}, holes=other.holes)
    assert received(planned(erased(A, 3), known=known)) == []
    elsewhere = Known({STREAM: 7}, holes={("other.events", A): [Hole("other.events", A, 2, 5)]})
    assert received(planned(erased(A, 3), known=elsewhere)) == []


def test_the_same_twice_in_one_batch_takes_effect_once() -> None:
    made = planned(erased(A, 3), erased(A, 3), erased(A, 2), erased(A, 3), known=missing(2, 5, position=7))
    assert received(made) == [(A, 3), (A, 2)]
    assert made.duplicates == 2
    assert made.filled == {STREAM: {2, 3}}


def test_two_of_a_hole_in_one_batch_with_the_newer_ones() -> None:
    """The hole opens and closes within the batch: nobody is told of it, and nothing of it is written."""
    made = planned(erased(A, 1), erased(A, 4), erased(A, 3), erased(A, 2), erased(A, 5), erased(A, 3))
    assert received(made) == [(A, 1), (A, 4), (A, 3), (A, 2), (A, 5)]
    assert late(made) == [3, 2]
    assert (made.holes, made.filled, made.duplicates) == ([], {}, 1)
    assert made.positions == {STREAM: 5}


def test_a_hole_that_a_batch_opens_and_narrows_is_noted_as_it_is_left() -> None:
    made = planned(erased(A, 1), erased(A, 6), erased(A, 4))
    assert made.holes == [Hole(TOPIC, A, 2, 4), Hole(TOPIC, A, 5, 6)]
    assert made.filled == {}


@pytest.mark.parametrize(
    ("numbers", "left"),
    [
        (set(), [(2, 6)]),
        ({2}, [(3, 6)]),
        ({5}, [(2, 5)]),
        ({3}, [(2, 3), (4, 6)]),
        ({2, 3, 4, 5}, []),
        ({1, 6, 9}, [(2, 6)]),
        ({2, 4}, [(3, 4), (5, 6)]),
    ],
)
def test_what_is_left_of_a_hole(numbers: set[int], left: list[tuple[int, int]]) -> None:
    assert [(one.expected, one.found) for one in Hole(TOPIC, A, 2, 6).without(numbers)] == left


def test_a_hole_as_wide_as_a_stranger_likes_costs_nothing() -> None:
    """A number out of nowhere makes a hole of any width; it is kept as its two ends."""
    assert Hole(TOPIC, A, 2, 2**63 - 1).without({7}) == [Hole(TOPIC, A, 2, 7), Hole(TOPIC, A, 8, 2**63 - 1)]


def test_a_missing_one_of_no_interest_or_discarded_closes_its_hole_too() -> None:
    foreign = erased(A, 2, event_type="tool-published.v1")
    made = planned(foreign, known=missing(2, 3, position=3))
    assert (made.filled, made.uninteresting, received(made)) == ({STREAM: {2}}, 1, [])
    one = erased(A, 2)
    known = Known(
        {STREAM: 3},
        discarded={fingerprint_of(records(one)[0])},
        any_discarded=True,
        holes={STREAM: [Hole(TOPIC, A, 2, 3)]},
    )
    made = planned(one, known=known)
    assert (made.filled, made.discarded_again, received(made)) == ({STREAM: {2}}, 1, [])


def test_a_missing_one_that_cannot_be_understood_is_parked_and_stays_missing() -> None:
    made = planned(spoilt(A, 2), erased(A, 4), known=missing(2, 3, position=3))
    assert [(one.sequence, one.behind) for one in made.parked] == [(2, False), (4, True)]
    assert (made.filled, received(made)) == ({}, [])


def test_a_missing_one_does_not_wait_behind_parked_ones_that_are_later_than_it() -> None:
    """4 is parked, and 5 behind it; 2 comes before both: a lost concern does not wait for a later message's cause."""
    hole = {STREAM: [Hole(TOPIC, A, 2, 3)]}
    known = Known({STREAM: 3}, parked_keys={KEY: 4}, holes=hole)
    made = planned(erased(A, 5), erased(A, 2), known=known)
    assert received(made) == [(A, 2)]
    assert [(one.sequence, one.behind) for one in made.parked] == [(5, True)]


@pytest.mark.parametrize("lowest", [0, 2, 3])
def test_a_missing_one_waits_behind_a_parked_one_that_may_be_earlier(lowest: int) -> None:
    """0 is one whose number is not known; 3 is itself, parked before."""
    known = Known({STREAM: 5}, parked_keys={KEY: lowest}, holes={STREAM: [Hole(TOPIC, A, 2, 5)]})
    made = planned(erased(A, 3), known=known)
    assert [(one.sequence, one.behind) for one in made.parked] == [(3, True)]
    assert (made.filled, received(made)) == ({}, [])


def test_the_one_a_key_waits_for_is_applied_when_it_is_asked_for() -> None:
    known = Known({STREAM: 5}, parked_keys={KEY: 3}, holes={STREAM: [Hole(TOPIC, A, 2, 5)]})
    assert received(planned(erased(A, 3), known=known.without_parked())) == [(A, 3)]


@dataclass
class Memory:
    """What a consumer remembers, kept as its tables keep it; and what reached the handler."""

    positions: dict[StreamKey, int] = field(default_factory=dict)
    holes: dict[StreamKey, list[Hole]] = field(default_factory=dict)
    handled: list[tuple[UUID, int]] = field(default_factory=list)

    def take(self, messages: Sequence[Message]) -> None:
        known = Known(dict(self.positions), holes=self.holes)
        made = plan(read_all(records(*messages)), known, Interests(INTERESTED))
        self.positions |= made.positions
        for stream, numbers in made.filled.items():
            self.holes[stream] = [left for hole in self.holes[stream] for left in hole.without(numbers)]
        for hole in made.holes:
            self.holes.setdefault((hole.topic, hole.stream_id), []).append(hole)
        self.handled += received(made)


Sent = tuple[UUID, int]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Sent], list[Sent], list[list[Sent]]]:
    """Streams of which some messages are lost, and then everything again, in any order and with repeats, in batches.

    Returns all events, those that came at first, and the batches of both together.
    """
    lengths = {stream: draw(st.integers(1, 7)) for stream in (A, B)}
    events = [(stream, number) for stream, length in lengths.items() for number in range(1, length + 1)]
    came = [one for one in events if not draw(st.booleans())]
    again = draw(st.permutations([*events, *draw(st.lists(st.sampled_from(events), max_size=8))]))
    order = [*came, *again]
    cuts = sorted(draw(st.sets(st.integers(0, len(order)), max_size=6)))
    batches = [order[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return events, came, batches


@given(deliveries())
def test_whatever_was_lost_reaches_the_handler_exactly_once_when_all_is_published_again(
    what: tuple[list[Sent], list[Sent], list[list[Sent]]],
) -> None:
    """Any loss, then everything again in any order, with repeats, in any batches."""
    events, _came, batches = what
    memory = Memory()
    for batch in batches:
        memory.take([erased(*one) for one in batch])
    assert sorted(memory.handled) == sorted(events)
    assert [hole for holes in memory.holes.values() for hole in holes] == []


@given(deliveries())
def test_what_has_not_come_yet_is_what_the_holes_say(
    what: tuple[list[Sent], list[Sent], list[list[Sent]]],
) -> None:
    """After every batch: below each stream's position a number has been handled, or it is in a hole, and not both."""
    _events, _came, batches = what
    memory = Memory()
    for batch in batches:
        memory.take([erased(*one) for one in batch])
        for stream, position in memory.positions.items():
            holes = memory.holes.get(stream, [])
            gone = {number for number in range(1, position + 1) if any(hole.holds(number) for hole in holes)}
            done = {number for subject, number in memory.handled if subject == stream[1]}
            assert done | gone == set(range(1, position + 1))
            assert not done & gone


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(1, 8)), max_size=40))
def test_any_order_of_delivery_applies_each_number_at_most_once(arrivals: list[Sent]) -> None:
    """Split anywhere, delivered twice: what reaches the handler is the same as from one batch.

    Whatever is in order rises; only what had been missing comes after a later one.
    """
    messages = [erased(*one) for one in arrivals]
    whole = planned(*messages)
    piecewise = Memory()
    for message in messages:
        piecewise.take([message, message])
    assert piecewise.handled == received(whole)
    for stream in (A, B):
        of_stream = [one for one in whole.received if one.envelope.subject == stream]
        assert len({one.envelope.sequence for one in of_stream}) == len(of_stream)
        in_order = [one.envelope.sequence for one in of_stream if not one.late]
        assert in_order == sorted(in_order)
        assert {one.envelope.sequence for one in of_stream} == {number for one, number in arrivals if one == stream}

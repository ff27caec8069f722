"""Laws of the moderation queue: capacity, independence and a fair spread hold whatever is asked of it."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.domain.queue.decider import (
    EMPTY,
    Standing,
    decide,
)
from services.audit.domain.queue.events import (
    Entry,
    ModeratorGiven,
)
from services.audit.domain.queue.spread import Moderator
from tests.unit.audit.queue_builders import (
    ANN,
    BEN,
    TEAM,
    assign,
    catch_up,
    entry,
    moderator,
    put_back,
    queue,
    queued,
)

PEOPLE = [UUID(int=n) for n in range(1, 7)]
TEAMS = ["north/riverside/one", "north/hillside/two", "south/harbour/three"]
ROSTERS = st.lists(
    st.builds(
        lambda person, capacity, unit, not_of: Moderator(
            person=person, capacity=capacity, units=(unit,), not_of=frozenset(not_of)
        ),
        st.sampled_from(PEOPLE),
        st.integers(0, 3),
        st.sampled_from(["*", "north", "south", TEAMS[0]]),
        st.lists(st.sampled_from(TEAMS), max_size=2),
    ),
    max_size=6,
    unique_by=lambda one: one.person,
)
ENTRIES = st.lists(
    st.tuples(st.sampled_from(TEAMS), st.sampled_from(PEOPLE), st.lists(st.sampled_from(PEOPLE), max_size=2)),
    max_size=12,
).map(
    lambda told: [
        entry(number, team=team, auditor=auditor, not_by=tuple(not_by))
        for number, (team, auditor, not_by) in enumerate(told)
    ]
)


@settings(max_examples=100, deadline=None)
@given(ROSTERS, ENTRIES, st.integers(0, 5), st.data())
def test_capacity_and_independence_are_never_broken_and_nobody_waits_in_vain(
    roster: list[Moderator], entries: list[Entry], seed: int, data: st.DataObject
) -> None:
    story = queue().given(*decide(catch_up(*entries), EMPTY))
    for _ in range(3):
        story = story.given(*decide(assign(*roster, seed=seed), story.state))
        with_somebody = [one for one in story.state.places.values() if one.moderator is not None]
        if with_somebody:
            one = data.draw(st.sampled_from(with_somebody))
            number = one.entry.moderation_id.int - 1000
            assert one.moderator is not None
            passing = put_back(one.moderator, number, passed_on=data.draw(st.booleans()))
            story = story.given(*decide(passing, story.state))
    story = story.given(*decide(assign(*roster, seed=seed), story.state))
    known = {one.person: one for one in roster}
    counted = Counter(one.moderator for one in story.state.places.values() if one.standing is Standing.ASSIGNED)
    assert all(count <= known[person].capacity for person, count in counted.items() if person is not None)
    for place in story.state.places.values():
        one_of = [
            each
            for each in roster
            if each.person not in {place.entry.auditor, *place.entry.not_by, *place.passed_on_by}
            and place.entry.team not in each.not_of
            and each.units[0] in ("*", place.entry.team, place.entry.team.split("/")[0])
        ]
        if place.moderator is not None:
            assert place.moderator in {each.person for each in one_of}
        else:
            assert all(counted[each.person] >= each.capacity for each in one_of)


@settings(max_examples=100, deadline=None)
@given(ROSTERS, ENTRIES, st.integers(0, 5))
def test_a_round_gives_as_many_as_could_be_given_at_all(
    roster: list[Moderator], entries: list[Entry], seed: int
) -> None:
    """The most that can be given is what Hall's theorem leaves: of any part of the queue, what its moderators can do."""
    entries = entries[:8]
    story = queue().given(*decide(catch_up(*entries), EMPTY))
    given = decide(assign(*roster, seed=seed), story.state)

    def room(part: tuple[Entry, ...]) -> int:
        return sum(
            each.capacity
            for each in roster
            if any(each.moderates_there(one.team) and each.is_independent(one) for one in part)
        )

    parts = (part for size in range(len(entries) + 1) for part in combinations(entries, size))
    assert len(given) == min(len(entries) - len(part) + room(part) for part in parts)


def test_who_could_have_another_makes_room_for_whom_nobody_else_may_moderate() -> None:
    first, second = queued(1, team="north/hillside/two"), queued(2)
    ann, ben = moderator(ANN, 1), moderator(BEN, 1, not_of=frozenset({TEAM}))
    for seed in range(8):  # whoever the draw gives the first to
        events = queue(first, second).when(assign(ann, ben, seed=seed)).then_events()
        assert [event.moderator for event in events if isinstance(event, ModeratorGiven)] == [BEN, ANN]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(0, 30), st.integers())
def test_equal_moderators_are_never_more_than_one_apart(people: int, count: int, seed: int) -> None:
    roster = [moderator(person, 99) for person in PEOPLE[1 : people + 1]]
    story = queue(*(queued(number) for number in range(count)))
    story = story.given(*decide(assign(*roster, seed=seed), story.state))
    loads = [story.state.load.get(one.person, 0) for one in roster] or [0]
    assert max(loads) - min(loads) <= 1

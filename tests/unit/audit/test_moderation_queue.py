"""The moderation queue: each command works, is refused, is repeated; capacity and independence are never broken."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.domain.moderation_queue import (
    EMPTY,
    Assign,
    CarryOver,
    CatchUp,
    Give,
    Queue,
    QueueCommand,
    Return,
    Standing,
    decide,
    evolve,
)
from services.audit.domain.queue_events import (
    Entry,
    ModerationLeft,
    ModerationQueued,
    ModerationReturned,
    ModerationSettled,
    ModeratorGiven,
    QueueEvent,
    from_json,
    queue_stream,
    to_json,
)
from services.audit.domain.queue_refusals import (
    ModerationIsOver,
    ModerationNotInQueue,
    ModerationNotTheirs,
    ModeratorHasNoCapacity,
    ModeratorModeratedBefore,
    ModeratorUnknown,
)
from services.audit.domain.queue_spread import Moderator, Why
from services.audit.domain.refusals import ModeratorIsOfTheTeam, ModeratorIsTheAuditor
from services.audit.domain.words import Actor
from tests.support.decider_spec import Spec, spec

T0 = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
NOW = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
POLICY, QA = Actor(role="policy"), Actor(role="qa-officer", reference=UUID(int=900))
AUDITOR, ANN, BEN, CAT = UUID(int=1), UUID(int=11), UUID(int=12), UUID(int=13)
TEAM = "north/riverside/riverside-1"


def entry(number: int = 1, **changes: Any) -> Entry:
    told: dict[str, Any] = {
        "moderation_id": UUID(int=1000 + number),
        "audit_id": UUID(int=2000 + number),
        "team": TEAM,
        "auditor": AUDITOR,
        "queued_at": T0 + timedelta(hours=number),
        "due_on": date(2025, 12, 20),
        "selected_because": "all",
    }
    return Entry(**{**told, **changes})


def moderator(person: UUID, capacity: int = 2, **changes: Any) -> Moderator:
    return Moderator(person=person, capacity=capacity, **changes)


def queued(number: int = 1, **changes: Any) -> ModerationQueued:
    return ModerationQueued(at=NOW, by=POLICY, cycle="2025-11", entry=entry(number, **changes))


def given_to(person: UUID, number: int = 1, how: Any = "queue", by: Actor = POLICY) -> ModeratorGiven:
    one = entry(number)
    return ModeratorGiven(
        at=NOW, by=by, moderation_id=one.moderation_id, audit_id=one.audit_id, moderator=person, how=how
    )


def returned(person: UUID, number: int = 1, **changes: Any) -> ModerationReturned:
    one = entry(number)
    told: dict[str, Any] = {"at": NOW, "by": QA, "reason": "leave", "passed_on": False}
    return ModerationReturned(
        moderation_id=one.moderation_id, audit_id=one.audit_id, moderator=person, **{**told, **changes}
    )


def catch_up(*entries: Entry, **changes: Any) -> CatchUp:
    return CatchUp(
        **{"at": NOW, "by": POLICY, "cycle": "2025-11", "asked": [(one, None) for one in entries], **changes}
    )


def assign(*roster: Moderator, **changes: Any) -> Assign:
    return Assign(**{"at": NOW, "by": POLICY, "roster": roster, **changes})


def give(person: UUID, *roster: Moderator, number: int = 1) -> Give:
    return Give(at=NOW, by=QA, moderation_id=entry(number).moderation_id, moderator=person, roster=roster)


def put_back(person: UUID, number: int = 1, *, passed_on: bool = False) -> Return:
    id_ = entry(number).moderation_id
    return Return(at=NOW, by=QA, moderation_id=id_, moderator=person, reason="leave", passed_on=passed_on)


def queue(*events: QueueEvent) -> Spec[QueueCommand, Queue, QueueEvent]:
    return spec(decide, evolve, EMPTY).given(*events)


# Catching up with the audits


def test_what_was_asked_for_joins_the_queue_once() -> None:
    after = queue().when(catch_up(entry(1), entry(2))).then(queued(1), queued(2))
    after.when(catch_up(entry(1), entry(2))).then_nothing_happened()


def test_a_moderator_the_request_named_has_it_at_once() -> None:
    asked = catch_up(asked=[(entry(), ANN)])
    queue().when(asked).then(queued(), given_to(ANN, how="named"))


def test_done_and_withdrawn_moderations_are_settled_and_left() -> None:
    one, two = entry(1).moderation_id, entry(2).moderation_id
    settled = ModerationSettled(at=T0, by=POLICY, moderation_id=one, moderator=BEN)
    left = ModerationLeft(at=NOW, by=POLICY, moderation_id=two, reason="withdrawn")
    command = catch_up(done={one: (BEN, T0)}, withdrawn=frozenset({two}))
    after = queue(queued(1), given_to(ANN, 1), queued(2)).when(command).then(settled, left)
    after.when(command).then_nothing_happened()
    assert after.state.load == {BEN: 1}  # whoever did it has done it, and it still counts


# Assigning


def test_the_oldest_is_given_first_and_the_rest_waits() -> None:
    waiting = queue(queued(3), queued(1), queued(2))
    waiting.when(assign(moderator(ANN, 2))).then(given_to(ANN, 1), given_to(ANN, 2)).when(
        assign(moderator(ANN, 2))
    ).then_nothing_happened()


def test_the_oldest_is_not_the_one_with_the_lowest_id() -> None:
    waiting = queue(queued(1), queued(2, queued_at=T0))
    waiting.when(assign(moderator(ANN, 1))).then(given_to(ANN, 2))


def test_the_least_loaded_gets_the_next() -> None:
    story = queue(queued(1), queued(2), queued(3), given_to(ANN, 1), given_to(ANN, 2))
    story.when(assign(moderator(ANN, 9), moderator(BEN, 9))).then(given_to(BEN, 3))


def test_among_equals_a_seeded_draw_decides_and_repeats() -> None:
    many = queue(*(queued(number) for number in range(40)))
    roster = [moderator(UUID(int=n), 40) for n in (11, 12, 13)]
    first, again, other = (many.when(assign(*roster, seed=seed)).then_events() for seed in (1, 1, 2))
    assert list(first) == list(again)
    assert list(first) != list(other)


@pytest.mark.parametrize(
    ("roster", "why"),
    [
        ([], Why.NOBODY_THERE),
        ([moderator(ANN, units=("south",))], Why.NOBODY_THERE),
        ([moderator(ANN, units=("north/river",))], Why.NOBODY_THERE),  # a prefix of letters, not of the path
        ([moderator(AUDITOR)], Why.NOBODY_INDEPENDENT),
        ([moderator(ANN, not_of=frozenset({TEAM}))], Why.NOBODY_INDEPENDENT),
        ([moderator(ANN, capacity=0)], Why.NO_CAPACITY),
    ],
)
def test_nobody_gets_what_they_may_not_have_and_the_queue_says_why(roster: list[Moderator], why: Why) -> None:
    waiting = queue(queued())
    waiting.when(assign(*roster)).then_nothing_happened()
    [place] = waiting.state.waiting
    assert waiting.state.why_waiting(place, roster) is why


@pytest.mark.parametrize("units", [("*",), ("north",), ("north/riverside",), (TEAM,)])
def test_a_moderator_moderates_their_part(units: tuple[str, ...]) -> None:
    queue(queued()).when(assign(moderator(ANN, units=units))).then(given_to(ANN))


def test_a_second_moderation_is_never_the_first_moderator_s() -> None:
    second = queue(queued(number=2, not_by=(ANN,)))
    second.when(assign(moderator(ANN))).then_nothing_happened()
    second.when(assign(moderator(ANN), moderator(BEN))).then(given_to(BEN, 2))


def test_what_an_audit_refused_is_left_out_of_a_round() -> None:
    waiting = queue(queued(1), queued(2))
    but = frozenset({entry(1).moderation_id})
    waiting.when(assign(moderator(ANN, 1), but=but)).then(given_to(ANN, 2))


# By hand, released, passed on, carried over


def test_by_hand_a_moderation_is_given_and_given_to_another() -> None:
    roster = (moderator(ANN), moderator(BEN))
    one = queue(queued()).when(give(ANN, *roster)).then(given_to(ANN, how="by-hand", by=QA))
    one.when(give(ANN, *roster)).then_nothing_happened()
    one.when(give(BEN, *roster)).then(returned(ANN, reason="given-to-another"), given_to(BEN, how="by-hand", by=QA))


@pytest.mark.parametrize(
    ("person", "roster", "refusal"),
    [
        (CAT, [moderator(ANN)], ModeratorUnknown),
        (ANN, [moderator(ANN, units=("south",))], ModeratorUnknown),
        (AUDITOR, [moderator(AUDITOR)], ModeratorIsTheAuditor),
        (ANN, [moderator(ANN, not_of=frozenset({TEAM}))], ModeratorIsOfTheTeam),
        (BEN, [moderator(BEN)], ModeratorModeratedBefore),
        (ANN, [moderator(ANN, capacity=1)], ModeratorHasNoCapacity),
    ],
)
def test_by_hand_capacity_and_independence_hold_too(
    person: UUID, roster: list[Moderator], refusal: type[Exception]
) -> None:
    story = queue(queued(1, not_by=(BEN,)), queued(2), given_to(ANN, 2))
    story.when(give(person, *roster)).refused(refusal)


def test_a_released_moderation_waits_again_at_its_old_age_and_frees_capacity() -> None:
    story = queue(queued(1), queued(2), given_to(ANN, 1)).when(put_back(ANN)).then(returned(ANN))
    assert story.state.load == {}
    assert [place.entry.moderation_id for place in story.state.waiting] == [
        entry(1).moderation_id,
        entry(2).moderation_id,
    ]
    story.when(assign(moderator(ANN, 1))).then(given_to(ANN, 1))


def test_what_was_passed_on_does_not_come_back_to_the_same_moderator() -> None:
    story = queue(queued(), given_to(ANN)).when(put_back(ANN, passed_on=True)).then(returned(ANN, passed_on=True))
    story.when(put_back(ANN, passed_on=True)).then_nothing_happened()
    story.when(assign(moderator(ANN))).then_nothing_happened()
    assert story.state.why_waiting(story.state.waiting[0], [moderator(ANN)]) is Why.PASSED_ON
    story.when(give(ANN, moderator(ANN))).refused(ModeratorModeratedBefore)
    story.when(assign(moderator(ANN), moderator(BEN))).then(given_to(BEN))


def test_only_what_is_with_a_moderator_can_be_put_back_by_them() -> None:
    queue(queued(), given_to(ANN)).when(put_back(BEN, passed_on=True)).refused(ModerationNotTheirs)
    queue(queued()).when(put_back(ANN)).refused(ModerationNotTheirs)
    queue().when(put_back(ANN)).refused(ModerationNotInQueue)
    done = ModerationSettled(at=T0, by=POLICY, moderation_id=entry().moderation_id, moderator=ANN)
    queue(queued(), given_to(ANN), done).when(put_back(ANN)).refused(ModerationIsOver)
    queue(queued(), given_to(ANN), done).when(give(BEN, moderator(BEN))).refused(ModerationIsOver)


def test_what_waits_is_carried_over_and_can_come_back() -> None:
    left = ModerationLeft(
        at=NOW, by=QA, moderation_id=entry(1).moderation_id, reason="carried-over", to_cycle="2025-12"
    )
    over = CarryOver(at=NOW, by=QA, to_cycle="2025-12")
    story = queue(queued(1), queued(2), given_to(ANN, 2)).when(over).then(left)
    story.when(over).then_nothing_happened()
    story.when(catch_up(entry(1))).then_nothing_happened()  # the audit still says it was asked for in this cycle
    story.when(catch_up(entry(1), carried_over=True)).then(queued(1))


# Laws


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


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.integers(0, 30), st.integers())
def test_equal_moderators_are_never_more_than_one_apart(people: int, count: int, seed: int) -> None:
    roster = [moderator(person, 99) for person in PEOPLE[1 : people + 1]]
    story = queue(*(queued(number) for number in range(count)))
    story = story.given(*decide(assign(*roster, seed=seed), story.state))
    loads = [story.state.load.get(one.person, 0) for one in roster] or [0]
    assert max(loads) - min(loads) <= 1


def test_stored_events_read_back_as_they_were() -> None:
    assert [from_json(*to_json(event)) for event in (queued(), given_to(ANN))] == [queued(), given_to(ANN)]
    with pytest.raises(ValueError, match="stands under the name"):
        from_json("moderation-left", to_json(queued())[1])


def test_a_cycle_of_an_authority_has_one_queue() -> None:
    assert queue_stream("northmoor", "2025-11") == queue_stream("northmoor", "2025-11")
    assert (
        len({queue_stream("northmoor", "2025-11"), queue_stream("northmoor", "2025-12"), queue_stream("x", "y")}) == 3
    )

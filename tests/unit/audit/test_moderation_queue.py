"""The moderation queue: each command works, is refused, is repeated."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.audit.domain.queue.decider import (
    CarryOver,
)
from services.audit.domain.queue.events import (
    ModerationLeft,
    ModerationSettled,
    from_json,
    queue_stream,
    to_json,
)
from services.audit.domain.queue.refusals import (
    ModerationIsOver,
    ModerationNotInQueue,
    ModerationNotTheirs,
    ModeratorHasNoCapacity,
    ModeratorModeratedBefore,
    ModeratorUnknown,
)
from services.audit.domain.queue.spread import Moderator, Why
from services.audit.domain.refusals import ModeratorIsOfTheTeam, ModeratorIsTheAuditor
from tests.unit.audit.queue_builders import (
    ANN,
    AUDITOR,
    BEN,
    CAT,
    NOW,
    POLICY,
    QA,
    T0,
    TEAM,
    assign,
    catch_up,
    entry,
    give,
    given_to,
    moderator,
    put_back,
    queue,
    queued,
    returned,
)

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


def test_what_was_done_before_the_queue_saw_it_counts_too() -> None:
    one = entry(1).moderation_id
    settled = ModerationSettled(at=T0, by=POLICY, moderation_id=one, moderator=ANN)
    command = catch_up(entry(1), entry(2), done={one: (ANN, T0)})
    after = queue().when(command).then(queued(1), queued(2), settled)
    assert after.state.load == {ANN: 1}
    after.when(command).then_nothing_happened()
    after.when(assign(moderator(ANN, 1))).then_nothing_happened()


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


def test_stored_events_read_back_as_they_were() -> None:
    assert [from_json(*to_json(event)) for event in (queued(), given_to(ANN))] == [queued(), given_to(ANN)]
    with pytest.raises(ValueError, match="stands under the name"):
        from_json("moderation-left", to_json(queued())[1])


def test_a_cycle_of_an_authority_has_one_queue() -> None:
    assert queue_stream("northmoor", "2025-11") == queue_stream("northmoor", "2025-11")
    assert (
        len({queue_stream("northmoor", "2025-11"), queue_stream("northmoor", "2025-12"), queue_stream("x", "y")}) == 3
    )

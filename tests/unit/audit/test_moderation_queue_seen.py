"""The version of a moderation's place in the queue that a writer has seen: it only grows, and others' do not move it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.audit.domain.queue.decider import CarryOver
from services.audit.domain.queue.events import Entry, ModerationLeft, ModerationSettled, QueueEvent
from services.audit.domain.queue.refusals import ModerationNotInQueue
from services.audit.domain.seeing import SeenOtherwise
from tests.unit.audit.queue_builders import (
    ANN,
    BEN,
    NOW,
    POLICY,
    QA,
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

ONE = entry().moderation_id
BOTH = (moderator(ANN), moderator(BEN))
SETTLED = ModerationSettled(at=NOW, by=POLICY, moderation_id=ONE, moderator=ANN)


@pytest.mark.parametrize(
    ("happened", "version"),
    [
        ((queued(),), 1),
        ((queued(), queued(2), given_to(ANN, 2)), 1),
        ((queued(), given_to(ANN)), 2),
        ((queued(), given_to(ANN), returned(ANN)), 3),
        ((queued(), given_to(ANN), returned(ANN, passed_on=True), given_to(BEN)), 4),
        ((queued(), given_to(ANN), SETTLED), 3),
    ],
)
def test_it_counts_what_happened_to_the_moderation_alone(happened: tuple[QueueEvent, ...], version: int) -> None:
    assert queue(*happened).state.places[ONE].version == version


def test_a_moderation_is_given_on_the_version_that_was_seen() -> None:
    waits = queue(queued(), queued(2))
    waits.when(replace(give(ANN, *BOTH), seen=1)).then_events()
    refused = waits.given(given_to(BEN)).when(replace(give(ANN, *BOTH), seen=1)).refused(SeenOtherwise)
    assert (refused.seen, refused.now) == (1, 2)
    waits.when(replace(give(ANN, *BOTH), seen=2)).refused(SeenOtherwise)


def test_what_stands_so_already_is_refused_too_where_more_happened_than_was_seen() -> None:
    queue(queued(), given_to(ANN)).when(replace(give(ANN, *BOTH), seen=1)).refused(SeenOtherwise)
    queue(queued(), given_to(ANN), SETTLED).when(replace(put_back(ANN), seen=2)).refused(SeenOtherwise)


def test_a_moderation_is_put_back_on_the_version_that_was_seen() -> None:
    with_ann = queue(queued(), given_to(ANN))
    with_ann.when(replace(put_back(ANN), seen=2)).then(returned(ANN))
    with_ann.when(replace(put_back(ANN), seen=1)).refused(SeenOtherwise)
    queue().when(replace(put_back(ANN), seen=1)).refused(ModerationNotInQueue)


def test_it_goes_on_counting_in_the_queue_of_the_next_cycle() -> None:
    carried = CarryOver(at=NOW, by=QA, to_cycle="2025-12")
    passed = queue(queued(), given_to(ANN), returned(ANN, passed_on=True))
    left = passed.when(carried).then(
        ModerationLeft(at=NOW, by=QA, moderation_id=ONE, reason="carried-over", to_cycle="2025-12")
    )
    goes = left.state.places[ONE].carried
    assert (goes.changes, left.state.places[ONE].version) == (4, 4)
    [joined] = queue().when(catch_up(goes, cycle="2025-12", carried_over=True)).then_events()
    assert queue(joined).state.places[ONE].version == 5


def test_an_entry_stored_before_it_was_counted_begins_at_one() -> None:
    stored = {name: value for name, value in entry().model_dump(mode="json").items() if name != "changes"}
    read = queued().model_copy(update={"entry": Entry.model_validate(stored)})
    assert queue(read).state.places[ONE].version == 1

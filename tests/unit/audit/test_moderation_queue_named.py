"""A moderation asked for of one moderator joins the queue only where the queue could give it to them."""

from __future__ import annotations

from typing import Any

import pytest

from services.audit.domain.queue.decider import Join
from services.audit.domain.queue.refusals import ModeratorHasNoCapacity, ModeratorModeratedBefore, ModeratorUnknown
from services.audit.domain.refusals import ModeratorIsOfTheTeam, ModeratorIsTheAuditor, Refused
from tests.unit.audit import queue_builders as q


def join(*roster: Any, number: int = 1, **changes: Any) -> Join:
    entry = q.entry(number, **changes)
    return Join(at=q.NOW, by=q.QA, cycle="2025-11", entry=entry, moderator=q.ANN, roster=roster)


def test_who_has_capacity_has_it_at_once() -> None:
    queued = q.queued().model_copy(update={"by": q.QA})
    q.queue().when(join(q.moderator(q.ANN, 1))).then(queued, q.given_to(q.ANN, how="named", by=q.QA))


def test_what_the_queue_knows_changes_nothing() -> None:
    q.queue(q.queued(), q.given_to(q.ANN)).when(join(q.moderator(q.ANN, 1))).then_nothing_happened()


def test_who_has_as_many_as_they_do_is_not_given_another() -> None:
    full = q.queue(q.queued(2), q.given_to(q.ANN, 2))
    full.when(join(q.moderator(q.ANN, 1))).refused(ModeratorHasNoCapacity)


@pytest.mark.parametrize(
    ("who", "changes", "refusal"),
    [
        (q.moderator(q.BEN), {}, ModeratorUnknown),
        (q.moderator(q.ANN, units=("south",)), {}, ModeratorUnknown),
        (q.moderator(q.ANN, not_of=frozenset({q.TEAM})), {}, ModeratorIsOfTheTeam),
        (q.moderator(q.ANN), {"auditor": q.ANN}, ModeratorIsTheAuditor),
        (q.moderator(q.ANN), {"not_by": (q.ANN,)}, ModeratorModeratedBefore),
    ],
)
def test_who_may_not_have_it_is_refused_as_by_hand(who: Any, changes: dict[str, Any], refusal: type[Refused]) -> None:
    q.queue().when(join(who, **changes)).refused(refusal)

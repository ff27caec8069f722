"""How long a moderation took: from given to done, or from asked for where nobody gave it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.audit.app.queue.views import loads, turnaround_days
from services.audit.domain.queue.decider import Place, Standing
from services.audit.domain.queue.events import ModerationSettled
from tests.unit.audit import queue_builders as q

ASKED = q.entry().queued_at


@pytest.mark.parametrize(
    ("given", "done", "days"),
    [
        (ASKED + timedelta(days=2), ASKED + timedelta(days=5), 3.0),
        (None, ASKED + timedelta(days=5), 5.0),  # taken by the moderator, or done before the queue looked
        (ASKED + timedelta(days=6), ASKED + timedelta(days=5), 5.0),  # given only when it had been done
        (None, ASKED - timedelta(days=1), 0.0),  # asked for only when it had been done
    ],
)
def test_a_turnaround_begins_where_somebody_had_it(given: datetime | None, done: datetime, days: float) -> None:
    place = Place(q.entry(), Standing.DONE, q.ANN, given, done)
    assert turnaround_days(place) == days


def test_a_moderator_who_took_it_themselves_has_a_figure() -> None:
    id_, done = q.entry().moderation_id, ASKED + timedelta(days=4)
    settled = ModerationSettled(at=done, by=q.POLICY, moderation_id=id_, moderator=q.ANN)
    [row] = loads("2025-11", q.queue(q.queued(), settled).state, [(q.ANN, 2)])
    assert (row.done, row.median_turnaround_days) == (1, 4.0)

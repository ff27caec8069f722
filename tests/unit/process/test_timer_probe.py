"""A timer is known to turn by its own rhythm: an hourly one is not standing still after a minute."""

from __future__ import annotations

import pytest

from shared.process.probes import TimerProbe


@pytest.mark.parametrize(("every", "fresh", "stale"), [(1.0, 60.0, 62.0), (3600.0, 3659.0, 3661.0)])
def test_a_timer_stands_still_when_its_next_round_is_a_minute_overdue(every: float, fresh: float, stale: float) -> None:
    now = [1000.0]
    probe = TimerProbe("erasures", every, lambda: now[0])
    assert (probe.ready, probe.detail) == (False, "has not turned yet")
    probe.turned()
    now[0] = 1000.0 + fresh
    assert (probe.ready, probe.detail) == (True, "turns")
    now[0] = 1000.0 + stale
    assert (probe.ready, probe.detail) == (False, "stands still")


def test_a_failed_round_is_told_until_one_ends_well() -> None:
    probe = TimerProbe("erasures", 60.0)
    probe.turned()
    probe.failed()
    assert (probe.ready, probe.detail) == (False, "its last round failed")
    probe.turned()
    assert probe.ready

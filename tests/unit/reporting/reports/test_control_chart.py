"""XmR charts: limits worked out by hand, and each rule on the least series that breaks it."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest

from services.reporting.reports.control_chart import Signal, control_chart, phases


def test_mean_and_limits_worked_out_by_hand() -> None:
    """Values 50 52 48 50: mean 50, moving ranges 2 4 2, average 8/3, limits 50 -+ 2.66 x 8/3 = 50 -+ 7.0933."""
    chart = control_chart([50, 52, 48, 50])
    assert chart is not None
    assert chart.mean == 50
    assert chart.lower == pytest.approx(42.9067, abs=1e-4)
    assert chart.upper == pytest.approx(57.0933, abs=1e-4)
    assert chart.trial
    assert chart.signals == (None,) * 4


def test_twelve_points_end_the_trial_and_three_are_no_chart() -> None:
    steady = [50.0, 52.0] * 6
    chart = control_chart(steady)
    assert chart is not None
    assert not chart.trial
    assert control_chart([50, 52, 48]) is None


def test_limits_stay_within_what_a_percentage_can_be() -> None:
    chart = control_chart([2, 30, 4, 28], floor=0, ceiling=100)
    assert chart is not None
    assert chart.lower == 0


def test_a_point_outside_the_limits_is_a_signal() -> None:
    chart = control_chart([50, 51, 50, 49, 50, 51, 50, 49, 50, 51, 50, 80])
    assert chart is not None
    assert chart.signals[-1] is Signal.ABOVE
    low = control_chart([50, 51, 50, 49, 50, 51, 50, 49, 50, 51, 50, 20])
    assert low is not None
    assert low.signals[-1] is Signal.BELOW


def test_seven_on_one_side_are_a_run_and_six_are_not() -> None:
    def runs(below: int, above: int) -> list[Signal | None]:
        chart = control_chart(
            [40.0, 44.0] * (below // 2) + [40.0] * (below % 2) + [56.0, 60.0] * (above // 2) + [56.0] * (above % 2)
        )
        assert chart is not None
        return list(chart.signals)

    assert runs(7, 7).count(Signal.RUN_ABOVE) == 7
    assert runs(7, 7).count(Signal.RUN_BELOW) == 7
    assert Signal.RUN_ABOVE not in runs(6, 6)
    assert Signal.RUN_BELOW not in runs(6, 6)


def test_a_point_on_the_mean_breaks_a_run() -> None:
    chart = control_chart([48, 46, 48, 50, 48, 46, 48, 52, 54, 52, 54, 54])
    assert chart is not None
    assert chart.mean == 50
    assert not {Signal.RUN_ABOVE, Signal.RUN_BELOW} & set(chart.signals)


def test_seven_rising_points_are_a_signal_and_six_are_not() -> None:
    seven = control_chart([50, 44, 45, 46, 47, 48, 49, 50, 44, 52, 44, 52])
    assert seven is not None
    assert seven.signals[1:8] == (Signal.RISING,) * 7
    six = control_chart([50, 45, 46, 47, 48, 49, 50, 44, 52, 44, 52, 48])
    assert six is not None
    assert Signal.RISING not in six.signals


def test_two_of_three_close_to_a_limit_are_a_signal() -> None:
    """Two points of 56 in a row of three: the outer third begins at 55.3, the limit is at 57.5."""
    chart = control_chart([*[50.0, 52.0, 48.0, 50.0] * 4, 56.0, 54.0, 56.0, 50.0])
    assert chart is not None
    assert chart.upper > 56 > chart.mean + (chart.upper - chart.mean) * 2 / 3 > 54
    assert chart.signals[16:] == (Signal.NEAR_UPPER, None, Signal.NEAR_UPPER, None)


def test_values_that_never_move_give_no_signal() -> None:
    chart = control_chart([50.0] * 12)
    assert chart is not None
    assert (chart.lower, chart.upper) == (50, 50)
    assert set(chart.signals) == {None}


LEVELS = [41.0, 44.0, 39.0, 43.0, 40.0, 42.0, 61.0, 64.0, 60.0, 63.0, 59.0, 62.0]
"""Six months about 41.5, then six about 61.5."""


def test_each_phase_has_the_limits_of_its_own_values_alone() -> None:
    """Against Python's statistics module: mean of the values, 2.66 times the mean of their moving ranges."""
    first, second = phases(LEVELS, [6])
    for phase, values in ((first, LEVELS[:6]), (second, LEVELS[6:])):
        assert phase.chart is not None
        width = 2.66 * statistics.fmean(abs(after - before) for before, after in pairwise(values))
        assert phase.chart.mean == pytest.approx(statistics.fmean(values))
        assert phase.chart.lower == pytest.approx(statistics.fmean(values) - width)
        assert phase.chart.upper == pytest.approx(statistics.fmean(values) + width)
        assert phase.chart.trial
        assert set(phase.chart.signals) == {None}
    assert (first.start, first.stop, second.start, second.stop) == (0, 6, 6, 12)


def test_worked_out_by_hand_the_step_is_no_moving_range() -> None:
    """First six: mean 41.5, ranges 3 5 4 3 2, average 3.4, width 9.044; with the step of 19 it would be wider by far."""
    first, second = phases(LEVELS, [6])
    assert first.chart is not None
    assert second.chart is not None
    assert (first.chart.lower, first.chart.upper) == pytest.approx((32.456, 50.544))
    assert (second.chart.lower, second.chart.upper) == pytest.approx((52.456, 70.544))
    [whole] = phases(LEVELS, [])
    assert whole.chart == control_chart(LEVELS)


def test_no_run_or_trend_goes_across_a_border() -> None:
    rising = [40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 46.0, 47.0]
    [whole] = phases(rising, [])
    assert whole.chart is not None
    assert Signal.RISING in whole.chart.signals
    for phase in phases(rising, [4]):
        assert phase.chart is not None
        assert Signal.RISING not in phase.chart.signals


def test_a_phase_of_under_four_values_has_no_limits_yet() -> None:
    first, second = phases(LEVELS[:9], [6])
    assert first.chart is not None
    assert second.chart is None


def test_a_start_where_no_value_lies_between_begins_nothing() -> None:
    assert [(one.start, one.stop) for one in phases(LEVELS, [0, 6, 6, 12, 15])] == [(0, 6), (6, 12)]
    assert [(one.start, one.stop) for one in phases([], [])] == [(0, 0)]

"""Charts as SVG that flows with the page: places in percent of the width, letters at the size of the page's."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from services.reporting.pages.charts.bars import draw_bars
from services.reporting.pages.charts.clock import draw_clock
from services.reporting.pages.charts.control import draw_control
from services.reporting.pages.charts.funnel import draw_funnel
from services.reporting.pages.charts.pairs import draw_pairs
from services.reporting.pages.charts.slope import draw_slope
from services.reporting.reports.figures import BarChart, ClockChart, ControlChart, PairChart, SlopeChart

_FUNNELS: Final = frozenset({"recommendations-chart"})
"""Charts of single bars that are steps of one whole, drawn as a funnel."""


def draw(chart: BarChart | PairChart | ControlChart | ClockChart | SlopeChart) -> Markup:
    """Return a chart as an SVG element with its title and text alternative inside."""
    match chart:
        case BarChart():
            return draw_funnel(chart) if chart.id in _FUNNELS else draw_bars(chart)
        case PairChart():
            return draw_pairs(chart)
        case ClockChart():
            return draw_clock(chart)
        case SlopeChart():
            return draw_slope(chart)
    return draw_control(chart)

"""Charts as SVG that flows with the page: places in percent of the width, letters at the size of the page's."""

from __future__ import annotations

from markupsafe import Markup

from services.reporting.pages.charts.bars import draw_bars
from services.reporting.pages.charts.control import draw_control
from services.reporting.pages.charts.pairs import draw_pairs
from services.reporting.reports.figures import BarChart, ControlChart, PairChart


def draw(chart: BarChart | PairChart | ControlChart) -> Markup:
    """Return a chart as an SVG element with its title and text alternative inside."""
    match chart:
        case BarChart():
            return draw_bars(chart)
        case PairChart():
            return draw_pairs(chart)
    return draw_control(chart)

"""The funnel: of all that was made, how much reached each step. A hidden step has no width: its row is hatched."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from services.reporting.pages import wording
from services.reporting.pages.charts.svg import box, filled, hatch, picture, text
from services.reporting.reports.figures import BarChart, Count, Segment

_ROW, _LABEL, _TOP, _THICK = 58, 17, 26, 24
_MIDDLE = 50


def draw_funnel(chart: BarChart) -> Markup:
    """Return bars of single parts as steps of a funnel, under the whole that they are all of."""
    hatched = f"chart-{chart.id}-hatch"
    parts: list[Markup] = [hatch(hatched, "hidden-ground"), *_whole(chart.bars[0].of, f"url(#{hatched})")]
    for number, bar in enumerate(chart.bars, start=1):
        [part] = bar.segments
        parts.extend(_step(bar.label, part, number * _ROW, f"url(#{hatched})"))
    return picture(chart.id, chart.title, chart.alternative, (len(chart.bars) + 1) * _ROW, parts)


def _whole(of: Count, hatched: str) -> Iterator[Markup]:
    yield text(0, _LABEL, "Made", "label")
    yield text(100, _LABEL, "c (hidden)" if of.value is None else wording.count(of), "value", "end")
    if of.value is None:
        yield from _hidden(0, hatched)
        return
    yield box(0, _TOP, 100, _THICK, "fill")


def _step(label: str, part: Segment, y: float, hatched: str) -> Iterator[Markup]:
    share = part.share
    yield text(0, y + _LABEL, label, "label")
    yield text(100, y + _LABEL, _value(part), "value", "end")
    if share.percent is None:
        if share.missing == "suppressed":
            yield from _hidden(y, hatched)
        else:
            yield box(0, y + _TOP, 100, _THICK, "unknown")
        return
    yield box(0, y + _TOP, 100, _THICK, "ground")
    yield box(_MIDDLE - share.percent / 2, y + _TOP, share.percent, _THICK, "fill")


def _value(part: Segment) -> str:
    share = part.share
    if share.percent is None:
        return {"suppressed": "c (hidden)", "too-few": wording.TOO_FEW}.get(share.missing or "", "no cases")
    return f"{wording.count(share.part)}, {share.percent}%"


def _hidden(y: float, hatched: str) -> Iterator[Markup]:
    yield box(0, y + _TOP, 100, _THICK, "unknown")
    yield filled(0, y + _TOP, 100, _THICK, hatched)

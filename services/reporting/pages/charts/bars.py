"""Bars of percentages. A hidden part has no bar of its own: a bar's length is a number too."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from markupsafe import Markup

from services.reporting.pages import wording
from services.reporting.pages.charts.svg import box, filled, hatch, line, picture, text
from services.reporting.reports.figures import Bar, BarChart, Segment

_ROW, _LABEL, _TOP, _THICK = 66, 17, 27, 30
_ROW_SINGLE, _THICK_SINGLE = 54, 16
_LABEL_WIDTH, _LABEL_LINE = 30, 17
"""A label goes on in a further line after so many letters, which a telephone's width holds beside the number."""
_FITS, _FITS_WIDE = 12, 4
"""A percentage stands inside its part from so many percent of the width on; in the lower case only on wide screens."""

_LIGHT_LETTERS = frozenset({"outstanding", "inadequate", "within_clock", "overdue", "raised"})


def draw_bars(chart: BarChart) -> Markup:
    """Return a chart of bars: whole ones cut in parts, or single parts with what is left in grey."""
    single = all(len(bar.segments) == 1 for bar in chart.bars)
    top = 24 if chart.reference is not None else 0
    further = max((len(_lines(bar.label)) for bar in chart.bars), default=1) - 1
    row = (_ROW_SINGLE if single else _ROW) + further * _LABEL_LINE
    parts: list[Markup] = [hatch(f"chart-{chart.id}-hatch", "hatch-ground")]
    for number, bar in enumerate(chart.bars):
        y = top + number * row + further * _LABEL_LINE
        parts.extend(_labels(bar.label, y))
        parts.extend(_single(bar, y) if single else _whole(bar, y, f"url(#chart-{chart.id}-hatch)"))
    height = top + len(chart.bars) * row
    if chart.reference is not None:
        parts.append(line(chart.reference, 20, chart.reference, height - 8, "reference"))
        anchor = "end" if chart.reference > 50 else "start"  # noqa: PLR2004 - the half with more room
        parts.append(text(chart.reference, 14, chart.reference_label, "note", anchor))
    return picture(chart.id, chart.title, chart.alternative, height, parts)


def _lines(label: str) -> list[str]:
    return textwrap.wrap(label, _LABEL_WIDTH) or [label]


def _labels(label: str, y: float) -> Iterator[Markup]:
    """Give a bar's label, whose last line stands right above it."""
    for above, words in enumerate(reversed(_lines(label))):
        yield text(0, y + _LABEL - above * _LABEL_LINE, words, "label")


def _single(bar: Bar, y: float) -> Iterator[Markup]:
    [part] = bar.segments
    yield text(100, y + _LABEL, _value(part), "value", "end")
    if part.share.percent is None:
        yield box(0, y + _TOP, 100, _THICK_SINGLE, "unknown")
        return
    yield box(0, y + _TOP, 100, _THICK_SINGLE, "ground")
    yield box(0, y + _TOP, part.share.percent, _THICK_SINGLE, "fill")


def _value(part: Segment) -> str:
    share = part.share
    if share.percent is None:
        return {"suppressed": "c (hidden)", "too-few": "n under 10"}.get(share.missing or "", "no cases")
    return f"{share.percent}%, n = {wording.count(share.of)}"


def _whole(bar: Bar, y: float, hatched: str) -> Iterator[Markup]:
    yield text(100, y + _LABEL, f"n = {wording.count(bar.of)}", "note", "end")
    shown = [part for part in bar.segments if part.share.percent is not None]
    if not shown:
        yield box(0, y + _TOP, 100, _THICK, "unknown")
        yield text(1.5, y + _TOP + 20, _nothing(bar), "note")
        return
    total = max(100, sum(part.share.percent or 0 for part in shown))
    x = 0.0
    for part in shown:
        width = 100 * (part.share.percent or 0) / total
        yield from _part(part, x, y, width, hatched)
        x += width
    if len(shown) < len(bar.segments) and round(x) < 100:  # noqa: PLR2004 - the whole width
        yield box(x, y + _TOP, 100 - x, _THICK, "unknown")
        yield text(x + (100 - x) / 2, y + _TOP + 20, wording.HIDDEN, "note", "middle")


def _part(part: Segment, x: float, y: float, width: float, hatched: str) -> Iterator[Markup]:
    if width == 0:
        return
    yield box(x, y + _TOP, width, _THICK, f"part {part.key}")
    if part.key in {"inadequate", "overdue"}:
        yield filled(x, y + _TOP, width, _THICK, hatched)
    if width >= _FITS_WIDE:
        kind = f"inside{' light' if part.key in _LIGHT_LETTERS else ''}{'' if width >= _FITS else ' tight'}"
        yield text(x + width / 2, y + _TOP + 20, f"{part.share.percent}%", kind, "middle")


def _nothing(bar: Bar) -> str:
    if bar.of.value == 0:
        return "no cases"
    return "c: hidden, as numbers are small" if _is_hidden(bar) else "too few for percentages"


def _is_hidden(bar: Bar) -> bool:
    return any(part.share.missing == "suppressed" for part in bar.segments)

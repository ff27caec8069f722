"""The clock chart and the funnel: what is drawn is what is printed, and a hidden step has no length of its own."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.pages.charts import draw
from services.reporting.reports.figures import (
    Bar,
    BarChart,
    ClockChart,
    ClockLimit,
    ClockStep,
    Count,
    Decimal,
    Missing,
    Section,
    Segment,
    Share,
)
from services.reporting.reports.sparing import sparing

SVG = "{http://www.w3.org/2000/svg}"
HIDDEN = Count(value=None, suppressed=True)


def median(value: float | None, missing: Missing | None = None) -> Decimal:
    of = HIDDEN if missing == "suppressed" else Count(value=40 if value is not None else 3)
    return Decimal(value=value, of=of, decimals=1, missing=missing)


def clock(oversight: Decimal, sign_off: Decimal, limit: int = 5) -> ClockChart:
    return ClockChart(
        id="clock-days", title="The clock", subtitle="Whose, when", alternative="The clock. Three days.",
        steps=(
            ClockStep(key="oversight", label="Oversight", median=oversight),
            ClockStep(key="sign-off", label="Sign-off", median=sign_off),
        ),
        limits=(
            ClockLimit(key="safeguarding", label="Limit: one day", days=1),
            ClockLimit(key="practice", label="Limit: five days", days=limit),
        ),
    )  # fmt: skip


def funnel(made: int, *parts: int | None) -> BarChart:
    def share(part: int | None) -> Share:
        if part is None:
            return Share(part=HIDDEN, of=Count(value=made), percent=None, missing="suppressed")
        return Share(part=Count(value=part), of=Count(value=made), percent=round(100 * part / made))

    bars = tuple(
        Bar(key=f"step-{n}", label=f"Step {n}", of=Count(value=made),
            segments=(Segment(key=f"step-{n}", label=f"Step {n}", share=share(part)),))
        for n, part in enumerate(parts)
    )  # fmt: skip
    return BarChart(id="recommendations-chart", title="T", subtitle="S", alternative="T. Most.", bars=bars)


def parsed(chart: BarChart | ClockChart) -> ET.Element:
    return ET.fromstring(draw(chart))


def shapes(drawing: ET.Element, kind: str, tag: str = "rect") -> list[dict[str, str]]:
    return [one.attrib for one in drawing.iter(f"{SVG}{tag}") if kind in one.attrib.get("class", "").split()]


def texts(drawing: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in drawing.iter(f"{SVG}text")]


def percent(place: str) -> float:
    return float(place.removesuffix("%"))


def test_medians_and_limits_stand_on_one_scale() -> None:
    """The practice limit is five times as far from the start as safeguarding's, a median of 2.5 halfway to it."""
    drawing = parsed(clock(median(0.0), median(2.5)))
    safeguarding, practice = sorted({percent(one["x1"]) for one in shapes(drawing, "reference", "line")})
    assert practice == pytest.approx(5 * safeguarding, abs=0.05)
    lengths = [percent(one["width"]) for one in shapes(drawing, "fill")]
    assert lengths == [0, pytest.approx(practice / 2, abs=0.05)]
    assert {"0.0", "2.5", "Limit: one day", "Limit: five days"} <= set(texts(drawing))


def test_the_scale_goes_beyond_a_median_past_every_limit() -> None:
    drawing = parsed(clock(median(1.0), median(23.5)))
    [_, length] = [percent(one["width"]) for one in shapes(drawing, "fill")]
    assert percent(shapes(drawing, "reference", "line")[0]["x1"]) < length < 88


@settings(max_examples=50)
@given(shown=st.floats(0, 30), limit=st.integers(2, 30))
def test_a_hidden_median_has_one_mark_whatever_stands_beside_it(shown: float, limit: int) -> None:
    drawing = parsed(clock(median(None, "suppressed"), median(round(shown, 1)), limit))
    [mark] = shapes(drawing, "unknown")
    assert (mark["x"], mark["width"]) == ("0%", "88%")
    assert [one["width"] for one in shapes(drawing, "hatched")] == ["88%"]
    assert "c" in texts(drawing)
    assert len(shapes(drawing, "fill")) == 1


def test_too_few_for_a_median_is_said_and_not_hatched() -> None:
    drawing = parsed(clock(median(None, "too-few"), median(2.0)))
    assert any(one.startswith("n under") for one in texts(drawing))
    assert shapes(drawing, "hatched") == []


def test_a_clock_without_any_median_is_left_out() -> None:
    def kept(chart: ClockChart) -> int:
        return len(sparing(Section(id="s", topic="T", heading="H", blocks=(chart,))).blocks)

    assert kept(clock(median(None, "suppressed"), median(None, "too-few"))) == 0
    assert kept(clock(median(None, "suppressed"), median(2.0))) == 1


def test_a_funnel_begins_with_all_that_was_made() -> None:
    drawing = parsed(funnel(200, 150, 100, 25))
    bars = [(percent(one["x"]), percent(one["width"])) for one in shapes(drawing, "fill")]
    assert bars == [(0, 100), (12.5, 75), (25, 50), (44, 12)]  # 12.5% is printed as 12%, and drawn as printed
    assert {"Made", "200", "150, 75%", "100, 50%", "25, 12%"} <= set(texts(drawing))


@settings(max_examples=50)
@given(made=st.integers(10, 500), share=st.floats(0, 1))
def test_a_hidden_step_of_a_funnel_fills_its_row_whatever_the_others_are(made: int, share: float) -> None:
    drawing = parsed(funnel(made, round(made * share), None))
    [mark] = shapes(drawing, "unknown")
    assert (mark["x"], mark["width"]) == ("0%", "100%")
    assert [one["width"] for one in shapes(drawing, "hatched")] == ["100%"]
    assert texts(drawing)[-1] == "c (hidden)"

"""Charts: a hidden number has no length, no place and no letters; equal figures give equal drawings."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from services.reporting.pages.charts import draw
from services.reporting.reports.figures import (
    Bar,
    BarChart,
    ChartPhase,
    ControlChart,
    Count,
    Mark,
    Pair,
    PairChart,
    Point,
    Segment,
    Share,
)

SVG = "{http://www.w3.org/2000/svg}"
HIDDEN = Count(value=None, suppressed=True)


def share(part: int, of: int) -> Share:
    return Share(part=Count(value=part), of=Count(value=of), percent=round(100 * part / of))


def hidden(of: int) -> Share:
    return Share(part=HIDDEN, of=Count(value=of), percent=None, missing="suppressed")


def bars(*all_bars: Bar, reference: int | None = None) -> BarChart:
    return BarChart(
        id="one", title="Title", subtitle="What, whose, when", alternative="Title. Most of it.", bars=all_bars,
        reference=reference, reference_label="All",
    )  # fmt: skip


def grades(*shares: tuple[str, Share]) -> Bar:
    return Bar(
        key="after",
        label="After",
        of=Count(value=100),
        segments=tuple(Segment(key=key, label=key, share=one) for key, one in shares),
    )


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)


def widths(drawing: ET.Element, kind: str) -> list[str]:
    return [one.attrib["width"] for one in drawing.iter(f"{SVG}rect") if kind in one.attrib.get("class", "").split()]


def letters(drawing: ET.Element) -> list[str]:
    return [one.text or "" for one in drawing.iter(f"{SVG}text")]


def test_a_chart_is_an_image_with_a_title_and_a_description() -> None:
    drawing = parsed(draw(bars(grades(("good", share(60, 100)), ("inadequate", share(40, 100))))))
    assert drawing.attrib["role"] == "img"
    named = drawing.attrib["aria-labelledby"].split()
    found = {one.attrib["id"]: one.text for one in drawing.iter() if "id" in one.attrib and one.text}
    assert [found[name] for name in named] == ["Title", "Title. Most of it."]


def test_parts_are_as_long_as_their_percentages() -> None:
    drawing = parsed(draw(bars(grades(("good", share(60, 100)), ("inadequate", share(40, 100))))))
    assert widths(drawing, "good") == ["60%"]
    assert widths(drawing, "inadequate") == ["40%"]
    assert {"60%", "40%", "n = 100"} <= set(letters(drawing))


def test_percentages_that_round_to_more_than_a_hundred_still_fit() -> None:
    thirds = grades(("good", share(335, 1000)), ("same", share(335, 1000)), ("inadequate", share(335, 1000)))
    drawing = parsed(draw(bars(thirds)))
    total = sum(float(width[:-1]) for kind in ("good", "same", "inadequate") for width in widths(drawing, kind))
    assert total == pytest.approx(100, abs=0.05)


def test_a_hidden_part_has_no_bar_of_its_own() -> None:
    one = grades(("outstanding", share(30, 100)), ("good", hidden(100)), ("inadequate", hidden(100)))
    drawing = parsed(draw(bars(one)))
    assert widths(drawing, "good") == []
    assert widths(drawing, "inadequate") == []
    assert widths(drawing, "unknown") == ["70%"], "what is left of the printed parts, which anyone can subtract"
    assert "c" in letters(drawing)


def test_a_bar_of_which_nothing_is_printed_says_why() -> None:
    for one, words in (
        (hidden(40), "c: hidden, as numbers are small"),
        (Share(part=Count(value=2), of=Count(value=8), percent=None, missing="too-few"), "too few for percentages"),
    ):
        drawing = parsed(draw(bars(grades(("good", one), ("inadequate", one)))))
        assert words in letters(drawing)
        assert widths(drawing, "part") == []


def test_single_bars_carry_their_n_and_hidden_ones_none() -> None:
    def single(one: Share) -> Bar:
        return Bar(key="x", label="Child's feedback", of=one.of, segments=(Segment(key="x", label="x", share=one),))

    drawing = parsed(draw(bars(single(share(45, 90)), single(hidden(90)), reference=58)))
    assert widths(drawing, "fill") == ["50%"]
    assert "50%, n = 90" in letters(drawing)
    assert "c (hidden)" in letters(drawing)


def test_a_hidden_side_of_a_pair_has_no_bar_and_does_not_set_the_scale() -> None:
    pairs = (
        Pair(key="a", label="Supervision", left=Count(value=20), right=HIDDEN),
        Pair(key="b", label="Direct work", left=Count(value=0), right=Count(value=10)),
    )
    chart = PairChart(
        id="p",
        title="T",
        subtitle="S",
        alternative="T. A.",
        left_label="To develop",
        right_label="Strength",
        pairs=pairs,
    )
    drawing = parsed(draw(chart))
    [longest], [half] = widths(drawing, "left"), widths(drawing, "right")
    assert float(longest[:-1]) == 2 * float(half[:-1])
    assert letters(drawing).count("c") == 1


def test_a_long_label_of_a_pair_takes_two_lines_and_the_rows_below_make_room() -> None:
    def height(label: str) -> float:
        pair = Pair(key="a", label=label, left=Count(value=20), right=Count(value=10))
        below = Pair(key="b", label="Supervision", left=Count(value=1), right=Count(value=1))
        chart = PairChart(
            id="p", title="T", subtitle="S", alternative="T. A.", left_label="L", right_label="R", pairs=(pair, below)
        )
        drawing = parsed(draw(chart))
        assert label in " ".join(letters(drawing))
        assert all(len(one) < 40 for one in letters(drawing))
        return float(drawing.attrib["height"].removesuffix("rem"))

    assert height("Extra-familial harm and contextual safeguarding") > height("Supervision")


def control(values: list[Share], signal: str | None = None) -> ControlChart:
    points = tuple(
        Point(
            key=f"2026-{number:02}", label=f"Month {number}", short=f"M{number}", share=one,
            signal=signal if number == len(values) else None, favourable=False if number == len(values) else None,
        )
        for number, one in enumerate(values, 1)
    )  # fmt: skip
    return ControlChart(
        id="c", title="T", subtitle="S", alternative="T. A.", points=points, mean=50.0, lower=40.0, upper=60.0,
        trial=True, marks=(Mark(month="2026-03", words="New tool version"),),
    )  # fmt: skip


def test_a_hidden_month_is_a_gap_in_the_line() -> None:
    drawing = parsed(draw(control([share(50, 100), share(52, 100), hidden(90), share(48, 100), share(50, 100)])))
    assert len(list(drawing.iter(f"{SVG}circle"))) == 4
    joined = [one for one in drawing.iter(f"{SVG}line") if one.attrib["class"] == "joined"]
    assert len(joined) == 2


def test_a_signal_has_another_shape_and_the_chart_says_trial_limits_and_marks_in_words() -> None:
    drawing = parsed(draw(control([share(50, 100)] * 5 + [share(20, 100)], "below the lower limit")))
    assert len(list(drawing.iter(f"{SVG}path"))) == 1
    assert len(list(drawing.iter(f"{SVG}circle"))) == 5
    assert {"Upper trial limit 60%", "Lower trial limit 40%", "Mean 50%", "New tool version"} <= set(letters(drawing))


@pytest.mark.parametrize(
    ("percents", "free"),
    [
        ((52, 50, 51, 50, 50, 44, 44, 45), "right, above"),
        ((52, 50, 51, 50, 50, 56, 56, 57), "right, below"),
        ((44, 44, 45, 50, 50, 52, 50, 51), "left, above"),
    ],
)
def test_the_mean_is_named_where_no_point_lies_under_the_words(percents: tuple[int, ...], free: str) -> None:
    drawing = parsed(draw(control([share(percent, 100) for percent in percents])))
    name = next(one for one in drawing.iter(f"{SVG}text") if "".join(one.itertext()) == "Mean 50%")
    mean = next(one for one in drawing.iter(f"{SVG}line") if one.attrib["class"] == "mean")
    side = "right" if name.attrib["text-anchor"] == "end" else "left"
    y, middle = (float(one.attrib[place].removesuffix("rem")) for one, place in ((name, "y"), (mean, "y1")))
    height = "above" if y < middle else "below"
    assert f"{side}, {height}" == free


def test_a_rebased_chart_has_a_step_in_its_lines_and_names_the_newest_limits() -> None:
    older = ChartPhase(month="2026-01", label="January", mean=40.0, lower=30.0, upper=50.0, trial=True)
    newer = ChartPhase(month="2026-05", label="May", mean=60.0, lower=52.0, upper=68.0, trial=True)
    plain = control([share(40, 100)] * 4 + [share(60, 100)] * 4)
    chart = plain.model_copy(
        update={"phases": (older, newer), "marks": (*plain.marks, Mark(month="2026-05", words="New limits"))}
    )
    drawing = parsed(draw(chart))
    means = [one for one in drawing.iter(f"{SVG}line") if one.attrib["class"] == "mean"]
    assert len(means) == 2
    assert means[0].attrib["x2"] == means[1].attrib["x1"], "the step lies halfway between two months"
    assert means[0].attrib["y1"] != means[1].attrib["y1"]
    assert len([one for one in drawing.iter(f"{SVG}line") if one.attrib["class"] == "limit"]) == 4
    assert {"Mean 60%", "Upper trial limit 68%", "Lower trial limit 52%", "New limits"} <= set(letters(drawing))
    assert "Mean 40%" not in letters(drawing)
    marks = [one for one in drawing.iter(f"{SVG}text") if "".join(one.itertext()) in {"New limits", "New tool version"}]
    assert len({one.attrib["y"] for one in marks}) == 2, "neighbouring marks do not lie over each other"


def test_a_phase_without_limits_has_no_line() -> None:
    older = ChartPhase(month="2026-01", label="January", mean=40.0, lower=30.0, upper=50.0, trial=True)
    newer = ChartPhase(month="2026-05", label="May", mean=None, lower=None, upper=None, trial=False)
    chart = control([share(40, 100)] * 4 + [share(60, 100)] * 2).model_copy(update={"phases": (older, newer)})
    drawing = parsed(draw(chart))
    assert len([one for one in drawing.iter(f"{SVG}line") if one.attrib["class"] == "mean"]) == 1


def test_letters_are_escaped_and_no_style_is_written_inline() -> None:
    bar = Bar(
        key="x",
        label="<script>alert(1)</script> & more",
        of=Count(value=10),
        segments=(Segment(key="x", label="x", share=share(5, 10)),),
    )
    drawing = draw(bars(bar))
    assert "<script>" not in drawing
    assert "style=" not in drawing
    assert not re.search(r"NaN|None|inf", drawing)


def test_equal_figures_give_equal_drawings() -> None:
    chart = control([share(50, 100), hidden(90), share(48, 100)])
    assert draw(chart) == draw(chart.model_copy(deep=True))

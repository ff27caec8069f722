"""The shapes a report is made of: figures once computed, which every format renders and none computes.

A suppressed figure carries a flag and no number, in Python as in JSON: whoever sums over it has to notice.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from shared.authority.names import Names


class Shape(BaseModel):
    """A frozen part of a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Count(Shape):
    """How many; `value` is null exactly where the number is suppressed."""

    type: Literal["count"] = "count"
    value: int | None
    suppressed: bool = False


Missing = Literal["suppressed", "no-cases", "too-few"]


class Share(Shape):
    """A percentage, whole numbers, with what it is of; `missing` says why there is no percentage."""

    type: Literal["share"] = "share"
    part: Count
    of: Count
    percent: int | None
    missing: Missing | None = None


class Decimal(Shape):
    """A number with so many decimals (a mean, a coefficient), the n it rests on, its 95% interval if it has one."""

    type: Literal["decimal"] = "decimal"
    value: float | None
    of: Count
    low: float | None = None
    high: float | None = None
    decimals: int = 2
    missing: Missing | None = None


class Words(Shape):
    """A cell that says something in words."""

    type: Literal["words"] = "words"
    text: str


Cell = Annotated[Count | Share | Decimal | Words, Field(discriminator="type")]


class Column(Shape):
    """A column of a table. `whole`: its figures are of different things, so a page writes each with what it is of."""

    key: str
    label: str
    help: str = ""
    whole: bool = False


class Row(Shape):
    """A row of a table: `level` 1 is part of the row above it, `whole` marks the total."""

    key: str
    label: str
    cells: dict[str, Cell]
    level: int = 0
    whole: bool = False


class Table(Shape):
    """A table. `empty` says in words why there are no rows."""

    type: Literal["table"] = "table"
    id: str
    caption: str
    row_heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    empty: str = ""


class Segment(Shape):
    """A part of a bar."""

    key: str
    label: str
    share: Share


class Bar(Shape):
    """A bar cut into parts that add up to the whole, or one part of it."""

    key: str
    label: str
    of: Count
    segments: tuple[Segment, ...]


class BarChart(Shape):
    """Bars of percentages, one a row. `reference` is a line across all, in percent, with its words."""

    type: Literal["bars"] = "bars"
    id: str
    title: str
    subtitle: str
    alternative: str
    bars: tuple[Bar, ...]
    reference: int | None = None
    reference_label: str = ""


class Pair(Shape):
    """How often something was found good, and how often to develop."""

    key: str
    label: str
    left: Count
    right: Count


class PairChart(Shape):
    """Two bars a row from a common middle line."""

    type: Literal["pairs"] = "pairs"
    id: str
    title: str
    subtitle: str
    alternative: str
    left_label: str
    right_label: str
    pairs: tuple[Pair, ...]


class Point(Shape):
    """A month on a control chart; `signal` says in words why it is one."""

    key: str
    label: str
    short: str
    share: Share
    signal: str | None = None
    favourable: bool | None = None


def exact_percent(share: Share) -> float | None:
    """Return a printed percentage unrounded, for a chart's geometry; None where none is printed."""
    if share.percent is None or share.part.value is None or not share.of.value:
        return None
    return 100 * share.part.value / share.of.value


def whole_percent(value: float) -> int:
    """Return a mean or limit as a whole number, halves up, as every page writes it."""
    return math.floor(value + 0.5)


class Mark(Shape):
    """A vertical line with words: from this month on something is different."""

    month: str
    words: str


class ChartPhase(Shape):
    """A stretch of an XmR chart from a month on, with mean and limits of its own; null under four points."""

    month: str
    label: str
    mean: float | None
    lower: float | None
    upper: float | None
    trial: bool


class ControlChart(Shape):
    """An XmR chart of percentages. Mean and limits are null under four points.

    A chart that was rebased has `phases`, in order; its mean and limits are those of the newest one.
    """

    type: Literal["control"] = "control"
    id: str
    title: str
    subtitle: str
    alternative: str
    points: tuple[Point, ...]
    mean: float | None
    lower: float | None
    upper: float | None
    trial: bool
    marks: tuple[Mark, ...] = ()
    phases: tuple[ChartPhase, ...] = ()
    reading: tuple[str, ...] = ()


class ClockStep(Shape):
    """A step of a clock and how long it took, as a median in working days."""

    key: str
    label: str
    median: Decimal


class ClockLimit(Shape):
    """A limit on a clock chart, in working days, with its words."""

    key: str
    label: str
    days: int


class ClockChart(Shape):
    """How long steps took, in working days, against the limits. The medians are those of the table beside."""

    type: Literal["clock"] = "clock"
    id: str
    title: str
    subtitle: str
    alternative: str
    steps: tuple[ClockStep, ...]
    limits: tuple[ClockLimit, ...]


class SlopeLine(Shape):
    """A theme's mentions per 100 audits in the window before and in this one; whether chance would explain the step."""

    key: str
    label: str
    before: Decimal
    now: Decimal
    beyond_chance: bool


class SlopeChart(Shape):
    """A line a theme from the window before to this one, of rates that the table beside prints."""

    type: Literal["slope"] = "slope"
    id: str
    title: str
    subtitle: str
    alternative: str
    before_label: str
    now_label: str
    lines: tuple[SlopeLine, ...]


class Paragraph(Shape):
    """A paragraph of text."""

    type: Literal["text"] = "text"
    text: str


class Bullets(Shape):
    """A list of short lines; `empty` stands where there are none."""

    type: Literal["list"] = "list"
    heading: str
    items: tuple[str, ...]
    empty: str = ""


Block = Annotated[
    Paragraph | Bullets | Table | BarChart | PairChart | ControlChart | ClockChart | SlopeChart,
    Field(discriminator="type"),
]


class Section(Shape):
    """A part of a report under a heading that says its message; `topic` is the short name in the contents."""

    id: str
    topic: str
    heading: str
    blocks: tuple[Block, ...]


class Finding(Shape):
    """A headline in a sentence, and the section with its evidence."""

    text: str
    section: str


class WindowFacts(Shape):
    """Which months a report looks back on; `to` is the last day. Provisional: the window has not ended."""

    key: str
    label: str
    start: date = Field(validation_alias=AliasChoices("start", "from"), serialization_alias="from")
    last: date = Field(validation_alias=AliasChoices("last", "to"), serialization_alias="to")
    provisional: bool


class Definition(Shape):
    """What a measure means: one definition, used by every report and format."""

    key: str
    name: str
    numerator: str
    denominator: str = ""
    events: tuple[str, ...]
    exclusions: str = ""
    version: int = 1


class Changed(Shape):
    """A figure that a version prints otherwise than the one before it; null where one of them does not have it."""

    section: str
    topic: str
    item: str
    row: str
    column: str
    before: Cell | None
    after: Cell | None


class Succession(Shape):
    """Which published version a report succeeds, for which coded reason, and what it prints otherwise."""

    version: int
    supersedes: int
    supersedes_sha256: str
    reason: str
    changes: tuple[Changed, ...]
    findings_gone: tuple[str, ...]
    findings_new: tuple[str, ...]


class Report(Shape):
    """A report: the same facts give the same report, to the byte; when it was made is said beside it, not in it.

    `words` are what the authority calls roles, levels and kinds, as printed; none in reports of before they were kept.
    """

    kind: Literal["triannual", "quality-board", "corporate-parenting", "consistency"]
    title: str
    authority: str
    authority_name: str
    window: WindowFacts
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    measures: tuple[Definition, ...]
    suppressed_cells: int
    empty: str = ""
    succession: Succession | None = None
    cut: str = Field(default="", description="one area or service alone, or another length of windows: QA unit only")
    words: Names | None = None

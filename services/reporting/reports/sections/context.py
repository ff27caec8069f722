"""What every section is made from, and the small tables-by-unit that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from services.reporting.reports.board_record import BoardRecord
from services.reporting.reports.figures import Bar, Cell, Column, Count, Row, Segment, Share
from services.reporting.reports.names import Names
from services.reporting.reports.printed_before import Printed
from services.reporting.reports.window_figures import Gathered, Headlines, WindowFigures
from services.reporting.reports.window_ledger import at
from services.reporting.reports.windows import Window
from shared.authority.settings import AuthoritySettings


@dataclass(frozen=True, slots=True)
class Context:
    """A window's figures, with the names and settings they are told by, and what boards decided about earlier ones.

    `earlier` is what the published report of the window before printed, where there is one.
    """

    gathered: Gathered
    settings: AuthoritySettings
    names: Names
    record: BoardRecord | None = None
    earlier: Printed | None = None

    @property
    def figures(self) -> WindowFigures:
        """Return the window's figures."""
        return self.gathered.figures

    @property
    def previous(self) -> Headlines:
        """Return the headlines of the window before."""
        return self.gathered.previous

    @property
    def window(self) -> Window:
        """Return the window."""
        return self.gathered.figures.window

    @property
    def subtitle(self) -> str:
        """Return for whom and when, as under every chart."""
        return f"{self.settings.name}, {self.window.label}"


def columns(*named: tuple[str, str]) -> tuple[Column, ...]:
    """Return columns from pairs of key and label."""
    return tuple(Column(key=key, label=label) for key, label in named)


def unit_rows(
    context: Context, dimension: str, cells: Callable[[str, str], Mapping[str, Cell]], total: Mapping[str, Cell]
) -> tuple[Row, ...]:
    """Return a row a unit, and the total. Districts stand under their areas; `cells` takes dimension and key."""
    rows: list[Row] = []
    keys = context.figures.breakdowns.keys
    if dimension == "district":
        for area in keys["area"]:
            rows.append(_row(context, "area", area, cells, 0))
            inside = [key for key in keys["district"] if key.split("/")[0] == area]
            rows.extend(_row(context, "district", key, cells, 1) for key in inside)
    else:
        rows.extend(_row(context, dimension, key, cells, 0) for key in keys[dimension])
    return (*rows, Row(key="all", label="All", cells=dict(total), whole=True))


def _row(
    context: Context, dimension: str, key: str, cells: Callable[[str, str], Mapping[str, Cell]], level: int
) -> Row:
    return Row(key=key, label=context.names.of(dimension, key), cells=dict(cells(dimension, key)), level=level)


def code_rows(
    context: Context, prefix: str, what: str, codes: Iterable[str], *, whole: str, label: Callable[[str], str]
) -> tuple[Row, ...]:
    """Return a row a code with how many and what share of a whole."""
    figures = context.figures
    return tuple(
        Row(key=code, label=label(code), cells=count_and_share(figures, at(prefix, what, code), whole))
        for code in codes
    )


def count_and_share(figures: WindowFigures, part: str, whole: str) -> dict[str, Cell]:
    """Return the cells `count` and `share` of a row."""
    return {"count": figures.count(part), "share": figures.share(part, whole)}


def one_part_bar(key: str, label: str, share: Share) -> Bar:
    """Return a bar of one part, the rest left empty."""
    return Bar(key=key, label=label, of=share.of, segments=(Segment(key=key, label=label, share=share),))


def in_words(share: Share) -> str:
    """Return a share for a text alternative: `57%`, or why there is none."""
    if share.percent is not None:
        return f"{share.percent}%"
    return {"suppressed": "hidden, as numbers are small", "too-few": "too few for a percentage"}.get(
        share.missing or "", "no cases"
    )


def is_nothing(count: Count) -> bool:
    """Tell whether a count is a true 0."""
    return count.value == 0

"""Themes: what was found strong and what is to develop, by component of the practice framework."""

from __future__ import annotations

from services.reporting.reports.figures import Cell, Finding, Pair, PairChart, Paragraph, Row, Section, Table
from services.reporting.reports.names import words
from services.reporting.reports.sections import theme_change
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import listed, number
from services.reporting.reports.window_ledger import at

_MOST_THEMES = 12
_NAMED = 2
_FEWEST_MENTIONS = 10
_POLARITIES = (("strength", "Strength"), ("development", "To develop"))


def section(context: Context) -> Section:
    """Return the section on themes."""
    themes = _ordered(context)
    introduction = Paragraph(
        text="{Auditors} name themes they found, as a strength or as an area to develop, and the component of the "
        "practice framework it belongs to. An audit may name several; counted are mentions."
    )
    if not themes:
        return Section(
            id="themes",
            topic="Themes",
            heading="No themes were named",
            blocks=(introduction, Paragraph(text="None of the audits completed in this window named a theme.")),
        )
    return Section(
        id="themes",
        topic="Themes",
        heading=_heading(context, themes),
        blocks=(
            introduction,
            _chart(context, themes[:_MOST_THEMES]),
            _table(context, "theme", themes, "Themes named in audits", "Theme"),
            *theme_change.blocks(context, themes),
            _table(context, "component", context.figures.breakdowns.components, "Themes by component", "Component"),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return what may be said of themes in a headline."""
    strong, develop = (_foremost(context, polarity) for polarity in ("strength", "development"))
    parts = []
    if strong:
        parts.append(f"{listed(strong)} stood out as {'strengths' if len(strong) > 1 else 'a strength'}")
    if develop:
        parts.append(f"{listed(develop)} most often needed development")
    if not parts:
        return []
    text = "; ".join(parts)
    return [Finding(text=text[0].upper() + text[1:] + ".", section="themes")]


def _ordered(context: Context) -> list[str]:
    """Order themes by what is printed of them, so that the order gives no hidden number away."""
    figures = context.figures

    def shown(theme: str) -> tuple[int, str]:
        counts = [figures.count(at(polarity, "theme", theme)).value or 0 for polarity, _ in _POLARITIES]
        return (-sum(counts), context.names.theme(theme))

    return sorted(figures.breakdowns.themes, key=shown)


def _foremost(context: Context, polarity: str) -> list[str]:
    """Return the one or two themes named most often, where the numbers allow to say so."""
    figures = context.figures
    other = "development" if polarity == "strength" else "strength"
    shown = []
    for theme in figures.breakdowns.themes:
        count, against = figures.count(at(polarity, "theme", theme)), figures.count(at(other, "theme", theme))
        if count.value is None or against.value is None:
            continue
        if count.value >= _FEWEST_MENTIONS and count.value > against.value:
            label = context.names.theme(theme)
            shown.append((-count.value, label, f"{_within(label)} ({number(count.value)} mentions)"))
    return [text for _, _, text in sorted(shown)[:_NAMED]]


def _heading(context: Context, themes: list[str]) -> str:
    develop = _foremost(context, "development")
    if develop:
        return f"Most often to develop: {develop[0].split(' (')[0]}"
    strong = _foremost(context, "strength")
    if strong:
        return f"Most often a strength: {strong[0].split(' (')[0]}"
    return f"{number(len(themes))} themes named, none of them often"


def _chart(context: Context, themes: list[str]) -> PairChart:
    figures = context.figures
    pairs = tuple(
        Pair(
            key=theme,
            label=context.names.theme(theme),
            left=figures.count(at("development", "theme", theme)),
            right=figures.count(at("strength", "theme", theme)),
        )
        for theme in themes
    )
    said = "; ".join(
        f"{pair.label}: to develop {_said(pair.left.value)}, strength {_said(pair.right.value)}" for pair in pairs
    )
    return PairChart(
        id="themes-chart",
        title=_heading(context, themes),
        subtitle=f"Mentions of each theme. {context.subtitle}",
        alternative=f"{_heading(context, themes)}. {said}.",
        left_label="To develop",
        right_label="Strength",
        pairs=pairs,
    )


def _within(label: str) -> str:
    """Return a label as it stands within a sentence; one that begins with initials keeps them."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _said(value: int | None) -> str:
    return "hidden" if value is None else number(value)


def _table(context: Context, what: str, codes: list[str], caption: str, heading: str) -> Table:
    figures = context.figures
    rows = []
    for code in codes:
        cells: dict[str, Cell] = {polarity: figures.count(at(polarity, what, code)) for polarity, _ in _POLARITIES}
        label = context.names.theme(code) if what == "theme" else words(code)
        rows.append(Row(key=code, label=label, cells=cells))
    return Table(
        id=f"themes-by-{what}", caption=caption, row_heading=heading, columns=columns(*_POLARITIES), rows=tuple(rows)
    )

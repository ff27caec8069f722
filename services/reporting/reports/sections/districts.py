"""Exceptions by district, and how the authority stands against the targets it set itself."""

from __future__ import annotations

import math

from services.reporting.reports.figures import (
    Bar,
    BarChart,
    Finding,
    Paragraph,
    Row,
    Section,
    Segment,
    Share,
    Table,
    Words,
)
from services.reporting.reports.sections.context import Context, columns, in_words
from services.reporting.reports.sections.grades import by_unit
from services.reporting.reports.sentences import FEWEST_FOR_COMPARISON, listed, plural
from services.reporting.reports.window_ledger import at
from shared.authority.policies import Target

_Z_95 = 1.959963984540054


def section(context: Context) -> Section:
    """Return good or better by district, exceptions first."""
    return Section(
        id="districts",
        topic="{Districts}",
        heading=_heading(context),
        blocks=(
            Paragraph(
                text="{A district} is an exception where its share of good or better differs from that of all other "
                "{districts} together by more than chance alone would explain, and at least 30 audits on both sides "
                "were graded. The line marks the whole authority."
            ),
            _chart(context),
            by_unit(
                context, "district", "Good or better after moderation by {area} and {district}", "{Area} and {district}"
            ),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return the exceptions in a headline."""
    if not any(_exceptions(context).values()):
        return []
    return [Finding(text=_heading(context) + ".", section="districts")]


def _share(context: Context, key: str) -> Share:
    return context.figures.share(at("good", "district", key), at("graded", "district", key))


def _exceptions(context: Context) -> dict[str, list[str]]:
    """Return the names of districts above and below the rest, in order."""
    whole = context.figures.share("good", "graded")
    found: dict[str, list[str]] = {"above": [], "below": []}
    for key in context.figures.breakdowns.keys["district"]:
        side = _side(_share(context, key), whole)
        if side:
            found[side].append(context.names.of("district", key))
    return found


def _side(here: Share, whole: Share) -> str:
    if here.percent is None or whole.percent is None:
        return ""
    part, of = here.part.value or 0, here.of.value or 0
    rest_part, rest_of = (whole.part.value or 0) - part, (whole.of.value or 0) - of
    if min(of, rest_of) < FEWEST_FOR_COMPARISON:
        return ""
    together = (part + rest_part) / (of + rest_of)
    error = math.sqrt(together * (1 - together) * (1 / of + 1 / rest_of))
    distance = part / of - rest_part / rest_of
    if error == 0 or abs(distance) / error < _Z_95:
        return ""
    return "above" if distance > 0 else "below"


def _heading(context: Context) -> str:
    found = _exceptions(context)
    parts = []
    if found["below"]:
        parts.append(f"{listed(found['below'])} {_is(found['below'])} below the other {{districts}} on good or better")
    if found["above"]:
        tail = "above them" if found["below"] else "above the other {districts} on good or better"
        parts.append(f"{listed(found['above'])} {_is(found['above'])} {tail}")
    if parts:
        return ", ".join(parts)
    shares = [_share(context, key) for key in context.figures.breakdowns.keys["district"]]
    if any(share.percent is not None for share in shares):
        return "No {district} stands out on good or better by more than chance explains"
    return "Too few audits by {district} to say whether one stands out"


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _chart(context: Context) -> BarChart:
    keys = context.figures.breakdowns.keys["district"]
    whole = context.figures.share("good", "graded")
    shares = {key: _share(context, key) for key in keys}
    names = {key: context.names.of("district", key) for key in keys}
    ordered = sorted(keys, key=lambda key: (-(shares[key].percent or 0), names[key]))
    bars = tuple(
        Bar(
            key=key,
            label=names[key],
            of=shares[key].of,
            segments=(Segment(key="good-or-better", label="Good or better", share=shares[key]),),
        )
        for key in ordered
    )
    said = ", ".join(f"{names[key]} {in_words(shares[key])}" for key in ordered)
    return BarChart(
        id="districts-chart",
        title=_heading(context),
        subtitle=f"Good or better after moderation, % of graded audits. {context.subtitle}",
        alternative=f"{_heading(context)}. All {{districts}} together {in_words(whole)}. {said}.",
        bars=bars,
        reference=whole.percent,
        reference_label="" if whole.percent is None else f"All {whole.percent}%",
    )


_TARGETS = {
    "good-or-better": ("Good or better after moderation", "good", "graded"),
    "requires-improvement-or-better": ("Requires improvement or better", "graded without inadequate", "graded"),
    "inadequate": ("Inadequate after moderation", "inadequate", "graded"),
    "completion": ("Due audits completed", "due_done", "due"),
    "family-feedback": ("Child's feedback in the audit", "child_feedback", "completed"),
    "agreement": ("{Auditor} and {moderator} give the same grade", "same", "compared"),
    "clock-met": ("Audit escalations signed off within the clock", "escalations within_clock", "escalations raised"),
}


def targets_section(context: Context) -> Section | None:
    """Return where the authority stands against its own targets; None where it set none."""
    targets = context.settings.reporting.targets
    if not targets:
        return None
    rows = tuple(_target_row(context, target) for target in targets)
    met = sum(isinstance(row.cells["state"], Words) and row.cells["state"].text == "Met" for row in rows)
    judged = sum(isinstance(row.cells["state"], Words) and row.cells["state"].text != "Not known" for row in rows)
    return Section(
        id="targets",
        topic="Targets",
        heading=_targets_heading(met, judged),
        blocks=(
            Paragraph(
                text="Targets are the authority's own, from its settings. A target is judged on printed figures."
            ),
            Table(
                id="targets",
                caption="Where the authority stands against its targets",
                row_heading="Target",
                columns=columns(("target", "Target"), ("now", "This window"), ("state", "State")),
                rows=rows,
            ),
        ),
    )


def _targets_heading(met: int, judged: int) -> str:
    if not judged:
        return "Too few audits to judge the targets by"
    return f"{met} of {plural(judged, 'target')} met" if met else f"None of {plural(judged, 'target')} met"


def _target_row(context: Context, target: Target) -> Row:
    label, part, whole = _TARGETS[target.figure]
    now = context.figures.share(part, whole)
    least, most = target.at_least, target.at_most
    wanted = f"at least {least:.0%}" if least is not None else f"at most {most or 0:.0%}"
    state = "Not known"
    if now.percent is not None:
        exact = (now.part.value or 0) / (now.of.value or 1)
        state = "Met" if (exact >= least if least is not None else exact <= (most or 0)) else "Not met"
    return Row(
        key=target.figure, label=label, cells={"target": Words(text=wanted), "now": now, "state": Words(text=state)}
    )

"""The particulars of an outcome beside its answers: who took part, the reflective discussion, findings by theme.

Every fault is listed at once with its place (domain.md section 2; practice.md section 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from services.audit.domain import people
from services.audit.domain.audits.outcome import Outcome, ThemeFound
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.conditions import asking_of
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import ChildStatus, TookPart


def problems_of(tool: ToolDocument, status: ChildStatus, outcome: Outcome, today: date) -> Iterator[Problem]:
    """Yield every fault of an outcome's particulars; `today` is the day of its completion or amendment."""
    yield from _taking_part(outcome)
    yield from _discussion(outcome, today)
    yield from _findings(tool, status, outcome)


def with_findings(outcome: Outcome, named: tuple[ThemeFound, ...]) -> tuple[ThemeFound, ...]:
    """Return the themes that answers name and those of the findings, each once a section and polarity."""
    found = dict.fromkeys(named)
    for one in outcome.findings:
        theme = ThemeFound(theme=one.theme, polarity=one.polarity, component=one.component, section=one.section)
        found[theme] = None
    return tuple(found)


def _taking_part(outcome: Outcome) -> Iterator[Problem]:
    neither = outcome.took_part is TookPart.NEITHER
    if neither and outcome.not_took_part_because is None:
        yield Problem("not_took_part_because", "it is not said why neither took part", "Give the reason as a code.")
    if not neither and outcome.not_took_part_because is not None:
        yield Problem("not_took_part_because", "somebody took part", "Leave the reason out.")


def _discussion(outcome: Outcome, today: date) -> Iterator[Problem]:
    held_on, roles = outcome.reflective_discussion_on, outcome.reflective_discussion_with
    if held_on is not None and held_on > today:
        way_out = "Give the day it was held."
        yield Problem("reflective_discussion_on", "the reflective discussion lies in the future", way_out)
    yield from people.problems_in_list("reflective_discussion_with", roles)
    if outcome.reflective_discussion:
        return
    if held_on is not None:
        way_out = "Leave the day out, or say that it was held."
        yield Problem("reflective_discussion_on", "no reflective discussion was held", way_out)
    if roles:
        way_out = "Leave the roles out, or say that it was held."
        yield Problem("reflective_discussion_with", "no reflective discussion was held", way_out)


def _findings(tool: ToolDocument, status: ChildStatus, outcome: Outcome) -> Iterator[Problem]:
    asking = asking_of(tool, status, outcome.answers)
    themes = {theme.code for theme in tool.themes}
    times = Counter(one.box for one in outcome.findings)
    for number, one in enumerate(outcome.findings):
        place = f"findings.{number}"
        if one.section not in asking.sections:
            yield Problem(f"{place}.section", "the tool has no such section", "Check its id.")
        elif (not_asked := asking.sections[one.section]) is not None:
            yield Problem(f"{place}.section", not_asked.value, "Leave the finding out.")
        if one.theme not in themes:
            known = ", ".join(sorted(themes)) or "the tool names no themes; leave findings out"
            yield Problem(f"{place}.theme", "the tool has no such theme", f"Give one of: {known}.")
        if times[one.box] > 1:
            message = "there are two findings of one section, theme and polarity"
            yield Problem(place, message, "Put them together.")

"""What readers were given of a window before: later reports are held against it, so that no two give a number away.

Versions of one window differ by what came late or was amended; and a later window prints the headlines of the ones
before it. Whoever has several subtracts (docs/adr/0030).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from services.reporting.reports.counts import Counted, Line
from services.reporting.reports.escalation_ledger import NOT_REQUIRED
from services.reporting.reports.figures import Decimal
from services.reporting.reports.window_ledger import DIMENSIONS, REASONS, Breakdowns, matrix_key
from services.reporting.reports.window_ledger import GRADES as _GRADES

_MATRIX: Final = frozenset(matrix_key(given, seen) for given in _GRADES for seen in _GRADES)
"""For the QA unit alone, so never given to the readers whom this protects."""

_AT: Final = re.compile(r"(?P<name>.+?) at (?P<what>[a-z_]+|not required because) (?P<code>.+)")


@dataclass(frozen=True, slots=True)
class Printed:
    """What one version printed of one window: counts by the ledger's key (None: hidden), measures with their n.

    A measure is a mean or a median; its value is None where none was printed, and its n where that was hidden.
    """

    counts: Mapping[str, int | None]
    measures: Mapping[str, tuple[float | None, int | None]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON, as it is kept."""
        return {"counts": dict(self.counts), "measures": {name: list(one) for name, one in self.measures.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Printed:
        """Return what was kept."""
        return cls(dict(kept["counts"]), {name: (one[0], one[1]) for name, one in kept["measures"].items()})


@dataclass(frozen=True, slots=True)
class Before:
    """What was given of each window, by its key, in everything published so far.

    `prints` holds what each version of any window printed of it, `published` what its own newest version did: later
    windows compare themselves with that. With nothing at all a report is a live one.
    """

    prints: Mapping[str, Sequence[Printed]] = field(default_factory=dict)
    published: Mapping[str, Printed] = field(default_factory=dict)

    def of(self, window_key: str) -> Sequence[Printed]:
        """Return what was printed of a window."""
        return self.prints.get(window_key, ())


NOTHING: Final = Before()


def outside_the_qa_unit(counts: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return the counts that readers outside the QA unit get."""
    return {key: value for key, value in counts.items() if key not in _MATRIX}


def held(found: Decimal, name: str, before: Sequence[Printed], fewest: int) -> Decimal:
    """Return a mean or median as it may be printed beside those of earlier versions.

    It stands where it is as it was, or where its n changed by at least `fewest`: else the few that came or went could
    be worked out of the two means.
    """
    if found.value is None:
        return found
    for value, n in (one.measures[name] for one in before if name in one.measures):
        if value is None or value == found.value:
            continue
        if n is None or found.of.value is None or abs(found.of.value - n) < fewest:
            return found.model_copy(update={"value": None, "low": None, "high": None, "missing": "suppressed"})
    return found


def with_what_is_gone(counted: Counted, breakdowns: Breakdowns, before: Sequence[Printed]) -> Counted:
    """Return counts with a 0 for each unit and code that a version before printed and that is not met any more.

    A row that is missing says 0 as well: it has to be in the ledger to be hidden.
    """
    gone: dict[str, dict[str, None]] = {}
    for key in (key for one in before for key in one.counts):
        found = _AT.fullmatch(key)
        if found is not None:
            name = found["what"] if found["what"] != "category" else "recommendations"
            gone.setdefault(name, {})[found["code"]] = None
    for dimension in DIMENSIONS:
        for code in gone.get(dimension, ()):
            breakdowns.meet(dimension, code)
    kinds = [
        {"what": what, "code": code, "audits": 0}
        for what in REASONS
        for code in _missing(gone.get(what), [line for line in counted.kinds if line["what"] == what], "code")
    ]
    recommendations = [
        {"category": code, "made": 0, "discussed": 0, "done": 0, "difference": 0, "overdue": 0}
        for code in _missing(gone.get("recommendations"), counted.recommendations, "category")
    ]
    not_required = [
        {"reason": code, "audit_escalations": 0}
        for code in _missing(gone.get(NOT_REQUIRED), counted.not_required, "reason")
    ]
    return replace(
        counted,
        kinds=[*counted.kinds, *kinds],
        recommendations=[*counted.recommendations, *recommendations],
        not_required=[*counted.not_required, *not_required],
        themes=[*counted.themes, *_themes(gone, counted.themes)],
        section_grades=[*counted.section_grades, *_of_tools(gone.get("section"), counted.section_grades, "section")],
        answers=[*counted.answers, *_of_tools(gone.get("question"), counted.answers, "question")],
    )


def _missing(codes: Mapping[str, None] | None, lines: Sequence[Line], name: str) -> list[str]:
    met = {line[name] for line in lines}
    return [code for code in codes or () if code not in met]


def _of_tools(codes: Mapping[str, None] | None, lines: Sequence[Line], what: str) -> list[Line]:
    """Return a line of no audit for each section or question (`tool/id`) that is gone."""
    met = {f"{line['tool']}/{line[what]}" for line in lines}
    value = {"grade": _GRADES[0]} if what == "section" else {"answer": "false"}
    return [
        {"tool": code.partition("/")[0], what: code.partition("/")[2], **value, "audits": 0}
        for code in codes or ()
        if code not in met
    ]


def _themes(gone: Mapping[str, Mapping[str, None]], lines: Sequence[Line]) -> list[Line]:
    """Return a line of no mention for each theme and component that is gone, under one that is there."""
    themes = _missing(gone.get("theme"), lines, "theme")
    components = _missing(gone.get("component"), lines, "component")
    any_theme = next((line["theme"] for line in lines), themes[0] if themes else "")
    any_component = next((line["component"] for line in lines), components[0] if components else "")
    pairs = [(theme, any_component) for theme in themes] + [(any_theme, component) for component in components]
    return [
        {"theme": theme, "component": component, "polarity": polarity, "mentions": 0}
        for theme, component in dict.fromkeys(pairs)
        for polarity in ("strength", "development")
    ]

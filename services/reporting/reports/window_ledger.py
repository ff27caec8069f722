"""All counts of a window's reports in one ledger: both pages draw on it, so that they cannot be played off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.reporting.reports.cared_for_ledger import tie_to_services
from services.reporting.reports.counts import Counted, Line
from services.reporting.reports.suppression import Ledger

GRADES = ("inadequate", "requires-improvement", "good", "outstanding")
PAIRS = tuple((given, seen) for given in GRADES for seen in GRADES)
CATEGORIES = ("safeguarding", "practice")
CLOCK_OUTCOMES = ("within_clock", "signed_off_late", "overdue", "running")
FOLLOW_UP = ("discussed", "done", "difference", "overdue")
REASONS = ("took_part", "moderated_because", "child_why_not", "parent_why_not", "tool_version")
DISPUTES = ("open", "upheld", "changed", "noted")
DIMENSIONS = ("kind", "service", "area", "district")
_ACTIVITY = ("allocated", "due", "due_done", "withdrawn")
_ACTIVITY_HERE = ("allocated", "withdrawn")
_OUTCOMES = ("completed", "on_time", "late", "graded", "good", "requires_improvement", "inadequate")
_LEVELS = {0b0111: "kind", 0b1011: "service", 0b1101: "area", 0b1100: "district", 0b1001: "grid", 0b1111: "all"}


class Breakdowns:
    """Which keys there are: the units and codes met in the facts, in order, by dimension."""

    def __init__(self, units: dict[str, list[str]]) -> None:
        self.keys: dict[str, list[str]] = {name: list(units.get(name, ())) for name in DIMENSIONS}
        self.codes: dict[str, list[str]] = {}
        self.themes: list[str] = []
        self.components: list[str] = []
        self.recommendations: list[str] = []
        self.sections: list[str] = []
        self.questions: list[str] = []

    def meet(self, dimension: str, key: str) -> None:
        """Note a unit of the facts that the settings document does not (or no longer) have."""
        if key not in self.keys[dimension]:
            self.keys[dimension].append(key)


def at(name: str, dimension: str, key: str) -> str:
    """Return the ledger's key of a count of one unit or code: `completed at district north/riverside`."""
    return f"{name} at {dimension} {key}"


def fill(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    """Add everything a window's reports print to its headline ledger, in the order in which it is settled."""
    for line in counted.escalations:
        breakdowns.meet("area", line["area"])
        breakdowns.meet("district", unit_key(line, "district"))
    _totals(ledger, counted)
    _reasons(ledger, counted, breakdowns)
    ledger.settle()
    for dimension in DIMENSIONS:
        _dimension(ledger, counted, breakdowns, dimension)
    tie_to_services(ledger, counted, breakdowns.keys["service"])
    _grid(ledger, counted, breakdowns)
    _escalations_by_district(ledger, counted, breakdowns)
    _recommendations(ledger, counted, breakdowns)
    _themes(ledger, counted.themes, breakdowns)
    ledger.settle()
    _agreement(ledger, counted.moderation)
    ledger.settle()
    _matrix(ledger, counted.moderation)
    ledger.settle()


def _totals(ledger: Ledger, counted: Counted) -> None:
    [everywhere] = [line for line in counted.activity if _LEVELS[line["level"]] == "all"]
    for name in _ACTIVITY:
        ledger.add(name, everywhere[name])
    ledger.share("due_done", "due")
    ledger.add("aside", counted.aside)
    _disputes(ledger, counted.disputes)
    ledger.add("recorded_late", counted.recorded_late)
    ledger.share("recorded_late", "completed")
    _grades(ledger, counted.grades)
    _escalations(ledger, counted)
    for name in ("made", *FOLLOW_UP):
        ledger.add(f"recommendations {name}", sum(line[name] for line in counted.recommendations))
    for name in FOLLOW_UP:
        ledger.share(f"recommendations {name}", "recommendations made")


def _disputes(ledger: Ledger, lines: Sequence[Line]) -> None:
    found = {line["outcome"]: line["audits"] for line in lines}
    ledger.add("disputed", sum(found.values()))
    for outcome in DISPUTES:
        ledger.add(f"disputed {outcome}", found.get(outcome, 0))
    ledger.total("disputed", [f"disputed {outcome}" for outcome in DISPUTES], group=True)
    ledger.share("disputed", "moderated")


def _grades(ledger: Ledger, lines: Sequence[Line]) -> None:
    """Print the grades on both sides; `good` in the headline is good and outstanding together."""
    for side in ("before", "after"):
        for grade in GRADES:
            ledger.add(f"{side} {grade}", sum(line["audits"] for line in lines if line[side] == grade))
            ledger.share(f"{side} {grade}", "graded")
        ledger.total("graded", [f"{side} {grade}" for grade in GRADES], group=True)
        good = "good" if side == "after" else "good_before"
        ledger.total(good, [f"{side} good", f"{side} outstanding"])
    for name, grade in (("inadequate", "inadequate"), ("requires_improvement", "requires-improvement")):
        ledger.total(name, [f"after {grade}"])


def _escalations(ledger: Ledger, counted: Counted) -> None:
    """Print the clocks of all first, so that a category hides rather than the whole, then of each category."""
    for name in ("raised", *CLOCK_OUTCOMES):
        ledger.add(f"escalations {name}", sum(line[name] for line in counted.escalations))
    for name in ("considered", "not_required"):
        ledger.add(f"escalations {name}", sum(line[name] for line in counted.considered))
    ledger.share("escalations not_required", "escalations considered")
    _clock_outcomes(ledger, "")
    ledger.settle()
    for name in ("raised", *CLOCK_OUTCOMES):
        for category in CATEGORIES:
            lines = [line for line in counted.escalations if line["category"] == category]
            ledger.add(f"escalations {name} {category}", sum(line[name] for line in lines))
        ledger.total(f"escalations {name}", [f"escalations {name} {category}" for category in CATEGORIES])
    for category in CATEGORIES:
        _clock_outcomes(ledger, f" {category}")


def _clock_outcomes(ledger: Ledger, suffix: str) -> None:
    outcomes = [f"escalations {name}{suffix}" for name in CLOCK_OUTCOMES]
    ledger.total(f"escalations raised{suffix}", outcomes, group=True)
    ledger.share(outcomes[0], f"escalations raised{suffix}")


_REASON_WHOLE = {
    "took_part": "completed",
    "moderated_because": "moderated",
    "child_why_not": "completed without child_feedback",
    "parent_why_not": "completed without parent_feedback",
    "tool_version": "completed",
}


def _reasons(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    for what in REASONS:
        lines = [line for line in counted.kinds if line["what"] == what]
        breakdowns.codes[what] = [line["code"] for line in lines]
        for line in lines:
            ledger.add(at("audits", what, line["code"]), line["audits"])
        keys = [at("audits", what, code) for code in breakdowns.codes[what]]
        ledger.total(_REASON_WHOLE[what], keys, group=what != "tool_version")
        for key in keys:
            ledger.share(key, "completed" if what == "took_part" else _REASON_WHOLE[what])
    workers = [code for code in breakdowns.codes["took_part"] if code in {"worker", "both"}]
    ledger.total("worker_took_part", [at("audits", "took_part", code) for code in workers])
    amended = sum(line["audits"] for line in counted.kinds if line["what"] == "amended")
    ledger.add("amended", amended)
    ledger.share("amended", "completed")


def unit_key(line: Line, dimension: str) -> str:
    """Return the key of a line's unit; a district is named with its area, since two areas may use one name."""
    return f"{line['area']}/{line['district']}" if dimension == "district" else str(line[dimension])


def _dimension(ledger: Ledger, counted: Counted, breakdowns: Breakdowns, dimension: str) -> None:
    for names, lines in ((_ACTIVITY_HERE, counted.activity), (_OUTCOMES, counted.outcomes)):
        found = {unit_key(line, dimension): line for line in lines if _LEVELS[line["level"]] == dimension}
        for key in found:
            breakdowns.meet(dimension, key)
        for key in breakdowns.keys[dimension]:
            for name in names:
                count = found[key][name] if key in found else 0
                ledger.add(at(name, dimension, key), count, printed=name != "requires_improvement")
    keys = breakdowns.keys[dimension]
    for key in keys:
        here = {name: at(name, dimension, key) for name in (*_ACTIVITY_HERE, *_OUTCOMES)}
        ledger.total(here["completed"], (here["on_time"], here["late"]), group=True)
        ledger.total(here["graded"], (here["good"], here["requires_improvement"], here["inadequate"]), group=True)
        ledger.share(here["good"], here["graded"])
        ledger.rest(here["graded"], here["completed"])
    for name in (*_ACTIVITY_HERE, *_OUTCOMES):
        if dimension != "district":
            ledger.total(name, [at(name, dimension, key) for key in keys])
            continue
        for area in breakdowns.keys["area"]:
            inside = [at(name, dimension, key) for key in keys if key.split("/")[0] == area]
            ledger.total(at(name, "area", area), inside)


def _grid(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    lines = [line for line in counted.outcomes if _LEVELS[line["level"]] == "grid"]
    found = {f"{line['area']}/{line['service']}": line["completed"] for line in lines}
    for area in breakdowns.keys["area"]:
        for service in breakdowns.keys["service"]:
            ledger.add(at("completed", "grid", f"{area}/{service}"), found.get(f"{area}/{service}", 0))
    for area in breakdowns.keys["area"]:
        across = [at("completed", "grid", f"{area}/{service}") for service in breakdowns.keys["service"]]
        ledger.total(at("completed", "area", area), across)
    for service in breakdowns.keys["service"]:
        down = [at("completed", "grid", f"{area}/{service}") for area in breakdowns.keys["area"]]
        ledger.total(at("completed", "service", service), down)


def _escalations_by_district(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    keys = breakdowns.keys["district"]
    for key in keys:
        lines = [line for line in counted.escalations if unit_key(line, "district") == key]
        for name in ("raised", *CLOCK_OUTCOMES):
            ledger.add(at(f"escalations {name}", "district", key), sum(line[name] for line in lines))
        outcomes = [at(f"escalations {name}", "district", key) for name in CLOCK_OUTCOMES]
        ledger.total(at("escalations raised", "district", key), outcomes, group=True)
        ledger.share(outcomes[0], at("escalations raised", "district", key))
    for name in ("raised", *CLOCK_OUTCOMES):
        ledger.total(f"escalations {name}", [at(f"escalations {name}", "district", key) for key in keys])


def _recommendations(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    breakdowns.recommendations = [line["category"] for line in counted.recommendations]
    for line in counted.recommendations:
        made = at("recommendations made", "category", line["category"])
        ledger.add(made, line["made"])
        for name in FOLLOW_UP[:3]:
            part = at(f"recommendations {name}", "category", line["category"])
            ledger.add(part, line[name])
            ledger.share(part, made)
    for name in ("made", *FOLLOW_UP[:3]):
        keys = [at(f"recommendations {name}", "category", category) for category in breakdowns.recommendations]
        ledger.total(f"recommendations {name}", keys)


def _themes(ledger: Ledger, lines: Sequence[Line], breakdowns: Breakdowns) -> None:
    """Mentions add up to themes and to components; how often a theme stood under a component is not printed."""
    breakdowns.themes = sorted({line["theme"] for line in lines})
    breakdowns.components = sorted({line["component"] for line in lines})
    for polarity in ("strength", "development"):
        here = [line for line in lines if line["polarity"] == polarity]
        for line in here:
            key = _mention(polarity, line)
            ledger.add(key, line["mentions"], printed=False, sensitive=False)
        for what, codes in (("theme", breakdowns.themes), ("component", breakdowns.components)):
            for code in codes:
                parts = [line for line in here if line[what] == code]
                ledger.add(at(polarity, what, code), sum(line["mentions"] for line in parts))
                ledger.total(at(polarity, what, code), [_mention(polarity, line) for line in parts])


def _mention(polarity: str, line: Line) -> str:
    return f"{polarity} of {line['theme']} under {line['component']}"


def _agreement(ledger: Ledger, lines: Sequence[Line]) -> None:
    """Print exact and within-one agreement of the pool, which matter more than single cells of its matrix."""
    for name, furthest in (("exact", 0), ("within_one", 1)):
        ledger.add(name, sum(line["audits"] for line in lines if line["pool"] and abs(_distance(line)) <= furthest))
        ledger.share(name, "pool")
    ledger.rest("exact", "within_one")
    ledger.rest("exact", "same")


def _matrix(ledger: Ledger, lines: Sequence[Line]) -> None:
    """Print what the auditor's and the moderator's grades of the pool look like, for the QA unit."""
    found = {(line["auditor_grade"], line["moderator_grade"]): line["audits"] for line in lines if line["pool"]}
    for pair in PAIRS:
        ledger.add(matrix_key(*pair), found.get(pair, 0))
    ledger.total("pool", [matrix_key(*pair) for pair in PAIRS], group=True)
    for name, holds in (("exact", {0}), ("within_one", {-1, 0, 1})):
        ledger.total(name, [matrix_key(*pair) for pair in PAIRS if _steps(pair) in holds])
    ledger.relate({matrix_key(*pair): _steps(pair) for pair in PAIRS if _steps(pair)}, measured=True)
    _outside_the_pool(ledger, lines)


def _outside_the_pool(ledger: Ledger, lines: Sequence[Line]) -> None:
    """Tie the matrix to the directions and grades printed for all, by cells outside the pool that nobody prints."""
    found = {(line["auditor_grade"], line["moderator_grade"]): line["audits"] for line in lines if not line["pool"]}
    for pair in PAIRS:
        ledger.add(_outside(pair), found.get(pair, 0), printed=False, sensitive=False)
    for name, holds in (("raised", {1, 2, 3}), ("same", {0}), ("lowered", {-1, -2, -3})):
        ledger.total(name, _everywhere(pair for pair in PAIRS if _steps(pair) in holds))
    missed = _everywhere(pair for pair in PAIRS if pair[0] != GRADES[0] == pair[1])
    if ledger.value("missed") == sum(map(ledger.value, missed)):  # as it is, unless an event says otherwise
        ledger.total("missed", missed)
    for grade in GRADES:
        row = _everywhere(pair for pair in PAIRS if pair[0] == grade)
        rest = f"not compared, {grade}"
        ledger.add(rest, ledger.value(f"before {grade}") - sum(map(ledger.value, row)), printed=False, sensitive=False)
        ledger.total(f"before {grade}", [*row, rest])
    stood = {
        grade: [*_everywhere(pair for pair in PAIRS if pair[1] == grade), f"not compared, {grade}"] for grade in GRADES
    }
    if all(ledger.value(f"after {grade}") == sum(map(ledger.value, parts)) for grade, parts in stood.items()):
        for grade, parts in stood.items():  # the moderator's grade stood each time, as a reader would suppose
            ledger.total(f"after {grade}", parts)


def _everywhere(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [key for pair in pairs for key in (matrix_key(*pair), _outside(pair))]


def _outside(pair: tuple[str, str]) -> str:
    return f"outside the pool {pair[0]} then {pair[1]}"


def _steps(pair: tuple[str, str]) -> int:
    return GRADES.index(pair[1]) - GRADES.index(pair[0])


def _distance(line: Line) -> int:
    return _steps((line["auditor_grade"], line["moderator_grade"]))


def matrix_key(given: str, seen: str) -> str:
    """Return the ledger's key of the audits of the pool with these grades by the auditor and the moderator."""
    return f"graded {given} then {seen}"

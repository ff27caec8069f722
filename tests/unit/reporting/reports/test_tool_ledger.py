"""Whoever holds all that is printed of sections and questions works out no small number, and no hidden tool's audits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.reporting.reports.counts import Counted, Line
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.tool_forms import forms_of
from services.reporting.reports.tool_ledger import fill_tools, of_question
from services.reporting.reports.window_ledger import GRADES, Breakdowns, at
from tests.unit.reporting.reports.attackers import solve_by_elimination

few = st.one_of(st.integers(0, 7), st.integers(0, 60))
Grades = list[int]


@dataclass(frozen=True)
class Tool:
    """Audits of two versions of a tool: how they graded two sections, and answered two questions, the second new."""

    first: int
    second: int
    sections: list[Grades]
    answers: list[tuple[int, int]]


@st.composite
def tools(draw: st.DrawFn) -> list[Tool]:
    found = []
    for _ in range(draw(st.integers(1, 2))):
        first, second = draw(few), draw(few)
        sections, answers = [], []
        for _ in range(2):
            left = draw(st.one_of(st.just(first + second), st.integers(0, first + second)))
            grades = []
            for _ in GRADES[1:]:
                grades.append(draw(st.integers(0, left)))
                left -= grades[-1]
            sections.append([*grades, left])
        for asked in (first + second, second):
            answered = draw(st.one_of(st.just(asked), st.integers(0, asked)))
            answers.append((answered, draw(st.integers(0, answered))))
        found.append(Tool(first, second, sections, answers))
    return found


def question(tool: str, version: int, number: int) -> dict[str, Any]:
    return {
        "tool": tool, "tool_version": version, "tool_title": tool, "published_at": None, "section": "s0",
        "question": f"q{number}", "title": f"Question {number}", "scale": "yes-no", "compliance": False,
    }  # fmt: skip


def settled(made: Sequence[Tool], before: Sequence[Mapping[str, int | None]] = ()) -> tuple[Ledger, frozenset[str]]:
    """Fill a ledger as a window's is: audits by version of a tool first, which is printed for good, then the rest."""
    ledger, breakdowns = Ledger(before=before), Breakdowns({})
    versions = {f"t{number} {version}": audits for number, tool in enumerate(made)
                for version, audits in ((1, tool.first), (2, tool.second)) if audits}  # fmt: skip
    breakdowns.codes["tool_version"] = list(versions)
    ledger.add("completed", sum(versions.values()))
    for code, audits in versions.items():
        ledger.add(at("audits", "tool_version", code), audits)
    ledger.total("completed", [at("audits", "tool_version", code) for code in versions])
    ledger.settle()
    grades: list[Line] = []
    answers: list[Line] = []
    forms: list[Line] = []
    for number, tool in enumerate(made):
        code = f"t{number}"
        forms += [question(code, 1, 0), question(code, 2, 0), question(code, 2, 1)]
        for place, counts in enumerate(tool.sections):
            grades += [
                {"tool": code, "section": f"s{place}", "grade": grade, "audits": audits}
                for grade, audits in zip(GRADES, counts, strict=True)
            ]
        for place, (answered, good) in enumerate(tool.answers):
            parts = (("true", good), ("false", answered - good))
            answers += [{"tool": code, "question": f"q{place}", "answer": one, "audits": n} for one, n in parts]
    counted = Counted(
        outcomes=[], activity=[], grades=[], moderation=[], kinds=[], teams=[], themes=[], escalations=[],
        considered=[], recommendations=[], recorded_late=0, section_grades=grades, answers=answers,
    )  # fmt: skip
    return ledger, fill_tools(ledger, counted, breakdowns, forms_of([], forms))


def told_by_versions(made: Sequence[Tool]) -> bool:
    """Tell whether a small number of a tool's audits follows from the table of versions alone, as two hidden ones do."""
    sizes = [(tool.first, tool.second) for tool in made]
    return any(1 <= first + second <= 5 for first, second in sizes)


def small_numbers(made: Sequence[Tool]) -> dict[str, tuple[int, dict[str, int]]]:
    """Give, by name, what must not be told, each as a sum of counts, as a reader would put it together."""
    found: dict[str, tuple[int, dict[str, int]]] = {}
    for number, tool in enumerate(made):
        versions = [f"audits at tool_version t{number} {version}" for version, audits in
                    ((1, tool.first), (2, tool.second)) if audits]  # fmt: skip
        for place, (answered, good) in enumerate(tool.answers):
            whole, part = of_question(f"t{number}/q{place}")
            asked = versions if not place else [one for one in versions if one.endswith(" 2")]
            audits = tool.second + (0 if place else tool.first)
            found[f"no to {number}/{place}"] = (answered - good, {whole: 1, part: -1})
            left = {**dict.fromkeys(asked, 1), whole: -1}
            found[f"not answered {number}/{place}"] = (audits - answered, left)
        for place, grades in enumerate(tool.sections):
            whole = f"section graded at section t{number}/s{place}"
            ungraded = tool.first + tool.second - sum(grades)
            found[f"not graded {number}/{place}"] = (ungraded, {**dict.fromkeys(versions, 1), whole: -1})
    return found


MOST = Tool(60, 40, [[10, 20, 30, 40], [10, 20, 30, 40]], [(100, 60), (40, 20)])
FEW = Tool(3, 0, [[0, 1, 1, 1], [0, 0, 0, 3]], [(3, 2), (0, 0)])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tools())
@example([MOST])
@example([MOST, FEW])
@example([Tool(60, 40, [[10, 20, 30, 38], [10, 20, 30, 40]], [(98, 60), (40, 38)])])
@example([Tool(60, 3, [[10, 20, 30, 3], [0, 0, 0, 63]], [(63, 30), (3, 3)])])
def test_no_small_number_is_worked_out_by_readers_outside_the_unit(made: list[Tool]) -> None:
    known_before = told_by_versions(made)
    ledger, kept_back = settled(made)
    shown, relations = ledger.known()
    outside = {key: value for key, value in shown.items() if key not in kept_back}
    assert not [key for key, value in outside.items() if 1 <= value <= 5]
    secrets = small_numbers(made)
    told = [*relations, *({name: -1, **terms} for name, (_, terms) in secrets.items() if terms)]
    solved = solve_by_elimination(outside, told)
    assert not {name: value for name, (value, _) in secrets.items() if 1 <= value <= 5 and name in solved}
    small = {key for key in ledger.hidden if 1 <= ledger.value(key) <= 5}
    # That all of a tool's audits graded a section is supposed; how many they are, the table of versions may have said.
    whole = {key for key in small if " graded " in key or " answered " in key} if known_before else set()
    assert not {key for key in small - whole if key in solved}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tools())
@example([MOST])
def test_a_question_is_given_whole_or_not_at_all(made: list[Tool]) -> None:
    ledger, kept_back = settled(made)
    for number, tool in enumerate(made):
        for place in range(len(tool.answers)):
            keys = of_question(f"t{number}/q{place}")
            given_out = {ledger.shows(key) and key not in kept_back for key in keys}
            assert len(given_out) == 1
            assert given_out == {all(map(ledger.shows, keys))}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tools(), st.data())
def test_a_small_change_between_two_versions_is_not_told(made: list[Tool], data: st.DataObject) -> None:
    """One audit more that answers everything with yes, or the last: what was printed is held against it."""
    first, _ = settled(made)
    late = data.draw(st.integers(1, 5))
    more = [
        Tool(
            tool.first, tool.second + late,
            [[*grades[:-1], grades[-1] + late] for grades in tool.sections],
            [(answered + late, good + late) for answered, good in tool.answers],
        )
        for tool in made
    ]  # fmt: skip
    second, _ = settled(more, [first.printed()])
    if second.betrayed:
        return  # such a version is not published
    now, before = second.printed(), first.printed()
    changed = {
        key for key, value in now.items()
        if value is not None and (old := before.get(key)) is not None and 1 <= abs(value - old) <= 5
    }  # fmt: skip
    assert not changed
    assert not {key for key, value in before.items() if value is None and now.get(key) is not None}


def test_large_numbers_are_all_printed() -> None:
    ledger, kept_back = settled([MOST])
    assert kept_back == frozenset()
    assert ledger.hidden == frozenset()

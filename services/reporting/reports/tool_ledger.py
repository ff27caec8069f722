"""What a window's reports print of the tool's sections and questions, in the ledger: last, so it hides nothing else.

A section's grades are a table of their own. A question is printed whole or not at all to readers outside the QA unit:
it is hidden as soon as one of its counts is, how many it was not applicable to among them.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.reporting.reports.counts import Counted
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.tool_forms import Forms, Question
from services.reporting.reports.window_ledger import GRADES, Breakdowns, at

SECTION, QUESTION = "section", "question"
_FAVOURABLE = frozenset({"true", "good", "outstanding"})


def fill_tools(ledger: Ledger, counted: Counted, breakdowns: Breakdowns, forms: Forms) -> frozenset[str]:
    """Add sections, then questions; return the counts of questions that readers outside the QA unit do not get."""
    tools = _Tools(ledger, breakdowns.codes["tool_version"])
    _sections(ledger, counted, breakdowns, forms, tools)
    ledger.settle()
    return _questions(ledger, counted, breakdowns, forms, tools)


class _Tools:
    """How many audits used some versions of a tool, as sums of the counts that are printed of each version."""

    def __init__(self, ledger: Ledger, codes: Iterable[str]) -> None:
        self._ledger = ledger
        self._codes: dict[str, dict[int, str]] = {}
        self._known: dict[frozenset[str], str] = {}
        for code in codes:
            tool, _, version = code.rpartition(" ")
            self._codes.setdefault(tool, {})[int(version)] = at("audits", "tool_version", code)

    def audits(self, tool: str, versions: Iterable[int] | None = None) -> str:
        """Return the ledger's key of the audits that used some versions of a tool, or any."""
        of_tool = self._codes.get(tool, {})
        keys = [of_tool[one] for one in sorted(of_tool if versions is None else versions) if one in of_tool]
        if frozenset(keys) not in self._known:
            key = f"audits with any of {len(self._known)}: {', '.join(keys)}"
            self._ledger.add(key, sum(map(self._ledger.value, keys)), printed=False, sensitive=False)
            self._ledger.total(key, keys)
            self._known[frozenset(keys)] = key
        return self._known[frozenset(keys)]


def _part_of(ledger: Ledger, part: str, whole: str) -> None:
    """Tie a count to the audits it is of: what is left over is protected, and where nothing is, they are one number."""
    if ledger.value(part) == ledger.value(whole):
        ledger.total(whole, [part])
    else:
        ledger.share(part, whole, group=False)


def _sections(ledger: Ledger, counted: Counted, breakdowns: Breakdowns, forms: Forms, tools: _Tools) -> None:
    found: dict[str, dict[str, int]] = {}
    for line in counted.section_grades:
        found.setdefault(f"{line['tool']}/{line['section']}", {})[line["grade"]] = line["audits"]
    breakdowns.sections = [key for key in forms.sections if key in found]
    breakdowns.sections += [key for key in found if key not in forms.sections]
    for key in breakdowns.sections:
        graded, good = at("section graded", SECTION, key), at("section good_or_better", SECTION, key)
        grades = {grade: at(f"section {grade}", SECTION, key) for grade in GRADES}
        ledger.add(graded, sum(found[key].values()))
        for grade, name in grades.items():
            ledger.add(name, found[key].get(grade, 0))
        ledger.total(graded, list(grades.values()), group=True)
        better = [grades["good"], grades["outstanding"]]
        ledger.add(good, sum(map(ledger.value, better)))
        ledger.total(good, better)
        ledger.share(good, graded)
        _part_of(ledger, graded, tools.audits(key.partition("/")[0]))


def _questions(ledger: Ledger, counted: Counted, breakdowns: Breakdowns, forms: Forms, tools: _Tools) -> frozenset[str]:
    found: dict[str, dict[str, int]] = {}
    for line in counted.answers:
        found.setdefault(f"{line['tool']}/{line['question']}", {})[line["answer"]] = line["audits"]
    asked = {question.key: question for question in forms.comparable}
    breakdowns.questions = [key for key in asked if key in found]
    for key in breakdowns.questions:
        _question(ledger, asked[key], found[key], tools)
    ledger.settle()
    kept_back: set[str] = set()
    for key in breakdowns.questions:
        counts = of_question(key)
        if not all(map(ledger.shows, counts)):
            kept_back.update(counts)
    return frozenset(kept_back)


def of_question(key: str) -> tuple[str, str]:
    """Return the ledger's keys of a question: how many audits answered it, and how many of them good or yes."""
    return at("question answered", QUESTION, key), at("question good", QUESTION, key)


def _question(ledger: Ledger, question: Question, answers: dict[str, int], tools: _Tools) -> None:
    answered, good = of_question(question.key)
    ledger.add(answered, sum(answers.values()))
    ledger.add(good, sum(count for answer, count in answers.items() if answer in _FAVOURABLE))
    ledger.share(good, answered)
    _part_of(ledger, answered, tools.audits(question.tool, question.versions))

"""What is wrong with a tool document, all of it at once, each fault at its place with a way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from services.audit.domain.refusals import Problem
from services.audit.domain.tools.looking_back import Asked, faults_of_answers, faults_of_conditions, faults_of_dates
from services.audit.domain.tools.parts import (
    Judgement,
    Limit,
    Question,
    Respondent,
    Scale,
    Section,
    SectionAtMost,
)
from services.audit.domain.tools.wording import wording_of
from services.audit.domain.words import RESERVED_ANSWERS, Grade, unseen_in

if TYPE_CHECKING:
    from services.audit.domain.tools.document import ToolDocument

_UNION_TAGS: Final = frozenset({"section", "question"})
_IN_WORDS: Final = {
    "missing": "it is missing",
    "extra_forbidden": "a tool has no such field",
    "model_type": "it is no JSON object",
    "dict_type": "it is no JSON object",
    "tuple_type": "it is no list",
    "bool_type": "it is neither true nor false",
    "string_type": "it is no text",
    "string_too_short": "it has fewer than {min_length} letters",
    "string_too_long": "it has more than {max_length} letters",
    "string_pattern_mismatch": "it is no code: lower-case letters, digits, - and ., beginning with a letter or digit",
    "enum": "it is none of {expected}",
    "literal_error": "it is none of {expected}",
    "too_short": "there are fewer than {min_length}",
    "too_long": "there are more than {max_length}",
    "greater_than_equal": "it is below {ge}",
    "less_than_equal": "it is above {le}",
    "one_word": "it takes one word and no list: one of {expected}",
    "finite_number": "it is no number that can be reached",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "it is no whole number"),
}


def faults(tool: ToolDocument) -> Iterator[Problem]:
    """Yield what is wrong with a well-formed tool, all of it."""
    if "/" in tool.tool:
        yield Problem("tool", "the tool's name has a / in it, which an address cannot hold", "Write - instead.")
    for wording in wording_of(tool):
        if (unseen := unseen_in(wording.text)) is not None:
            yield Problem(wording.place, unseen, "Take it out, or type the words again.", wording.question)
    yield from _repeated("kinds", list(tool.kinds), "kind")
    yield from _repeated("sections", [section.id for section in tool.sections], "section id")
    yield from _repeated("sections", [question.id for _, question in tool.questions()], "question id")
    yield from _repeated("themes", [theme.code for theme in tool.themes], "theme")
    yield from _repeated("feedback_points", [str(point.value) for point in tool.feedback_points], "point")
    yield from _repeated("limits", [limit.id for limit in tool.limits], "limit id")
    if any(point.grade is not None for point in tool.feedback_points):
        yield Problem("feedback_points", "feedback stands for no grade", "Leave the grades of its points out.")
    if tool.months_read is not None and tool.months_judged is not None and tool.months_judged > tool.months_read:
        message, way_out = "more is judged than is read", "Judge at most the months that are read."
        yield Problem("months_judged", message, way_out)
    known = frozenset(question.id for _, question in tool.questions())
    before: dict[str, tuple[Section, Question]] = {}
    for section in tool.sections:
        place = f"sections.{section.id}"
        yield from _faults_of_section(tool, place, section)
        yield from faults_of_conditions(tool, f"{place}.asked_if", section.asked_if, before, known=known)
        for question in section.questions:
            within = f"{place}.questions.{question.id}"
            yield from _faults_of_question(tool, within, section, question)
            yield from faults_of_conditions(
                tool, f"{within}.asked_if", question.asked_if, before, known=known, own=question.id
            )
            yield from faults_of_dates(within, section, question, before, known=known)
            before[question.id] = (section, question)
    for limit in tool.limits:
        yield from _faults_of_limit(tool, limit, before)


def _faults_of_section(tool: ToolDocument, place: str, section: Section) -> Iterator[Problem]:
    scored = section.judgement is Judgement.SCORE
    if scored and section.score_from >= section.score_to:
        yield Problem(f"{place}.score_to", "the scores end before they begin", "Give a score_to above score_from.")
    if section.judgement is Judgement.GRADE and not tool.graded:
        yield Problem(
            f"{place}.judgement",
            "a section of an ungraded tool is graded",
            "Set its judgement to none or score, or make the tool graded.",
        )
    if section.grade_descriptors and section.judgement is Judgement.NONE:
        message = "grades are described for a section that has none"
        yield Problem(f"{place}.grade_descriptors", message, "Grade or score the section, or leave them out.")
    yield from _repeated(f"{place}.applies_to", [status.value for status in section.applies_to], "child status")
    if section.score_grades and not scored:
        message = "scores stand for grades in a section that is not scored"
        yield Problem(f"{place}.score_grades", message, "Set the section's judgement to score, or leave them out.")
    elif any(band.from_ > band.to for band in section.score_grades):
        backwards = next(band for band in section.score_grades if band.from_ > band.to)
        message = f"a band of scores runs backwards, from {backwards.from_} to {backwards.to}"
        yield Problem(f"{place}.score_grades", message, "Write the lower score in `from`, the higher one in `to`.")
    elif section.score_grades:
        times = Counter(score for band in section.score_grades for score in band.scores)
        scores = range(section.score_from, section.score_to + 1)
        if any(times[score] != 1 for score in scores) or any(score not in scores for score in times):
            message = "not every score stands for one grade"
            way_out = (
                f"Let each score from {section.score_from} to {section.score_to} fall into one band, and no other."
            )
            yield Problem(f"{place}.score_grades", message, way_out)
        else:
            yield from _faults_of_order(f"{place}.score_grades", section)


def _faults_of_order(place: str, section: Section) -> Iterator[Problem]:
    """Yield a fault where a higher score stands for a worse grade: a score is better the higher it is."""
    bands = sorted(section.score_grades, key=lambda band: band.from_)
    for lower, higher in pairwise(bands):
        if higher.grade.rank < lower.grade.rank:
            message = f"the scores {higher.from_} to {higher.to} stand for a worse grade than those below them"
            yield Problem(place, message, "Let the grade rise with the score, or stay.")


def _faults_of_question(tool: ToolDocument, place: str, section: Section, question: Question) -> Iterator[Problem]:
    scale, codes = question.scale, [choice.code for choice in question.choices]
    low, high = question.minimum, question.maximum
    mapped = [point.grade is not None for point in question.points]
    rules = (
        (
            (scale in (Scale.CHOICE, Scale.CHOICES)) != bool(codes),
            "choices",
            "choices and scale do not fit",
            "Choices belong to the scales choice and choices, and to no other.",
        ),
        (
            (scale is Scale.SCALE) != bool(question.points),
            "points",
            "points and scale do not fit",
            "Named points belong to the scale `scale`, and to no other.",
        ),
        (
            any(mapped) and not all(mapped),
            "points",
            "some points stand for a grade and others do not",
            "Give every point its grade, or none.",
        ),
        (
            all(mapped) and not _runs_one_way(question),
            "points",
            "the grades of the points go up and down",
            "Let the grades rise with the points, or fall with them.",
        ),
        (
            scale is not Scale.NUMBER and (low is not None or high is not None),
            "minimum",
            "only a number has bounds",
            "Leave minimum and maximum out.",
        ),
        (
            low is not None and high is not None and low > high,
            "maximum",
            "the maximum is below the minimum",
            "Give a maximum of at least the minimum.",
        ),
        (
            scale is not Scale.DATE and question.may_lie_ahead,
            "may_lie_ahead",
            "only a date can lie ahead",
            "Leave may_lie_ahead out.",
        ),
        (
            (scale is Scale.THEMES) != (question.polarity is not None),
            "polarity",
            "polarity and scale do not fit",
            "A themes question says whether its themes are a strength or to develop; no other question does.",
        ),
        (scale is Scale.THEMES and not tool.themes, "scale", "the tool names no themes", "Add the tool's themes."),
        (
            not RESERVED_ANSWERS.isdisjoint(codes),
            "choices",
            "not-applicable and not-seen are kept words",
            "Use may_be_not_applicable or may_be_not_seen.",
        ),
        (
            bool(question.not_applicable_reasons) and not question.may_be_not_applicable,
            "not_applicable_reasons",
            "reasons are named, yet the question cannot be not applicable",
            "Set may_be_not_applicable, or leave the reasons out.",
        ),
        (
            bool(question.grade_descriptors) and scale is not Scale.GRADE,
            "grade_descriptors",
            "grades are described for a question that has none",
            "Grade descriptors belong to the scale grade, and to no other.",
        ),
        (
            section.answered_by is Respondent.MODERATOR and question.answered_by not in (None, Respondent.MODERATOR),
            "answered_by",
            "the section is the moderator's alone",
            "Leave answered_by out, or move the question to another section.",
        ),
        (
            question.replaces == question.id,
            "replaces",
            "a question cannot replace itself",
            "Give the changed question a new id.",
        ),
        (
            question.comparable and question.replaces is None,
            "comparable",
            "it is comparable with nothing",
            "Name the earlier question in `replaces`, or leave comparable out.",
        ),
    )
    for broken, field, message, way_out in rules:
        if broken:
            yield Problem(f"{place}.{field}", message, way_out, question.id)
    yield from _repeated(f"{place}.choices", codes, "choice")
    yield from _repeated(f"{place}.points", [str(point.value) for point in question.points], "point")
    reasons = [choice.code for choice in question.not_applicable_reasons]
    yield from _repeated(f"{place}.not_applicable_reasons", reasons, "reason")


def _runs_one_way(question: Question) -> bool:
    points = sorted(question.points, key=lambda point: point.value)
    ranks = [point.grade.rank for point in points if point.grade is not None]
    return ranks in (sorted(ranks), sorted(ranks, reverse=True))


def _faults_of_limit(tool: ToolDocument, limit: Limit, asked: Asked) -> Iterator[Problem]:
    place = f"limits.{limit.id}"
    if not tool.graded:
        message = "a tool that is not graded has no overall grade to limit"
        yield Problem(place, message, "Leave its limits out, or make the tool graded.")
    if limit.overall_at_most is Grade.OUTSTANDING:
        way_out = "Give a grade below outstanding, or leave the limit out."
        yield Problem(f"{place}.overall_at_most", "the limit limits nothing", way_out)
    sections = {section.id: section for section in tool.sections}
    for number, one in enumerate(limit.when):
        here = f"{place}.when.{number}"
        if isinstance(one, SectionAtMost):
            yield from _faults_of_section_at_most(here, one, sections.get(one.section))
        elif one.question in asked:
            yield from faults_of_answers(tool, here, one, *asked[one.question])
        else:
            yield Problem(f"{here}.question", "the tool has no such question", "Check the question's id.")


def _faults_of_section_at_most(place: str, one: SectionAtMost, section: Section | None) -> Iterator[Problem]:
    if section is None:
        yield Problem(f"{place}.section", "the tool has no such section", "Check the section's id.")
    elif section.judgement is not Judgement.GRADE and not section.score_grades:
        message = "the section has no grade to look at"
        yield Problem(f"{place}.section", message, "Grade it, or give it score_grades.")
    elif section.answered_by is Respondent.MODERATOR:
        message = "the moderator judges the section, after the audit is complete"
        yield Problem(f"{place}.section", message, "Name a section that is judged in the audit.")
    elif one.at_most is Grade.OUTSTANDING:
        yield Problem(f"{place}.at_most", "every grade is at most outstanding", "Give a grade below outstanding.")


def _repeated(place: str, names: list[str], what: str) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem(place, f"the {what} {name} is there {times} times", f"Give each its own {what}.")


def malformed(invalid: ValidationError) -> Iterator[Problem]:
    """Yield the faults of a malformed document; a list that is "too short" because its items are faulty is none."""
    errors = invalid.errors(include_url=False)
    places = [error["loc"] for error in errors]
    for error in errors:
        here = error["loc"]
        within = any(len(other) > len(here) and other[: len(here)] == here for other in places)
        if error["type"] == "too_short" and within:
            continue
        listed = error["type"] in {"enum", "literal_error"} and isinstance(error["input"], list | tuple)
        words = _IN_WORDS.get("one_word" if listed else error["type"])
        message = words.format_map(error.get("ctx", {})) if words else str(error["msg"]).removeprefix("Value error, ")
        yield Problem(_place(here), message, "docs/contracts/audit-tool.schema.json says what may stand here.")


def _place(location: tuple[int | str, ...]) -> str:
    """Return a place as a path, without pydantic's names for the two shapes of what a limit looks at."""
    kept: list[int | str] = []
    for part, (before, last) in zip(location, pairwise(("", "", *location)), strict=False):
        if not (before == "when" and isinstance(last, int) and part in _UNION_TAGS):
            kept.append(part)
    return ".".join(str(part) for part in kept) or "document"

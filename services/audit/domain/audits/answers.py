"""Whether a completed audit answers everything its tool asks, and nothing it does not.

Every fault is listed at once with its question. No sentence repeats an answer: it could hold text of a child's file.
Not applicable (with its reason), not seen and missing are three different answers (practice.md section 1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from services.audit.domain.audits.answer_values import Days, day_of, problems_of_reason, problems_of_value, way_out
from services.audit.domain.audits.outcome import Answer, Feedback, Outcome, SectionJudgement, ThemeFound
from services.audit.domain.refusals import Problem
from services.audit.domain.tools import limits
from services.audit.domain.tools.conditions import Asking, NotAsked, asking_of
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Box, Judgement, Question, Respondent, Scale, Section
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, ChildStatus, Code, Grade

_GRADES = ", ".join(Grade)


def problems_of(
    tool: ToolDocument, status: ChildStatus, outcome: Outcome, today: date | None = None
) -> tuple[Problem, ...]:
    """Return every fault of an outcome against its tool for a child of this status; none means complete.

    `today` is the day on which it was recorded, where that is known: no date of an answer lies after it.
    """
    asking = asking_of(tool, status, outcome.answers)
    return (
        *_overall_problems(tool, outcome),
        *limits.problems_of(tool, outcome, asking),
        *_section_problems(tool, asking, outcome),
        *_answer_problems(tool, asking, outcome, today),
        *_feedback_problems(tool, "child_feedback", outcome.child_feedback),
        *_feedback_problems(tool, "parent_feedback", outcome.parent_feedback),
        *_feedback_problems(tool, "practitioner_feedback", outcome.practitioner_feedback),
    )


def themes_of(tool: ToolDocument, outcome: Outcome) -> tuple[ThemeFound, ...]:
    """Return the themes that the answers name, each once a section and polarity, in the order of the form."""
    components = {theme.code: theme.component for theme in tool.themes}
    found: dict[ThemeFound, None] = {}
    for section, question in tool.questions():
        answer = outcome.answers.get(question.id)
        if question.scale is not Scale.THEMES or question.polarity is None or answer is None:
            continue
        if isinstance(answer.value, tuple):
            for code in answer.value:
                theme = ThemeFound(
                    theme=code, polarity=question.polarity, component=components.get(code), section=section.id
                )
                found[theme] = None
    return tuple(found)


def _overall_problems(tool: ToolDocument, outcome: Outcome) -> Iterator[Problem]:
    if tool.graded and outcome.overall_grade is None:
        yield Problem("overall_grade", "the overall grade is missing", f"Give one of: {_GRADES}.")
    if not tool.graded and outcome.overall_grade is not None:
        yield Problem("overall_grade", "this tool is not graded", "Leave the overall grade out.")
    box = tool.overall_rationale if tool.graded else Box.NONE
    yield from _box_problems(box, outcome.overall_rationale, "overall_rationale", "why this overall grade", None)


def _section_problems(tool: ToolDocument, asking: Asking, outcome: Outcome) -> Iterator[Problem]:
    for id_ in outcome.sections:
        if id_ not in asking.sections:
            yield Problem(f"sections.{id_}", "the tool has no such section", "Leave it out, or check its id.")
    for section in tool.sections:
        place, judged = f"sections.{section.id}", outcome.sections.get(section.id)
        not_asked = asking.sections[section.id]
        if not_asked is None:
            yield from _problems_of_judgement(section, place, judged or SectionJudgement())
        elif judged is not None:
            yield Problem(place, not_asked.value, "Leave it out.")


def _problems_of_judgement(section: Section, place: str, judged: SectionJudgement) -> Iterator[Problem]:
    if section.judgement is Judgement.GRADE and judged.grade is None:
        yield Problem(f"{place}.grade", "the section's grade is missing", f"Give one of: {_GRADES}.")
    if section.judgement is not Judgement.GRADE and judged.grade is not None:
        stands_for = limits.grade_of_score(section, judged.score)
        if stands_for is None:
            yield Problem(f"{place}.grade", "the section is not graded", "Leave the grade out.")
        elif judged.grade is not stands_for:
            message = "the score stands for another grade"
            yield Problem(f"{place}.grade", message, "Leave the grade out: it follows from the score.")
    if section.judgement is Judgement.SCORE:
        if judged.score is None or not section.score_from <= judged.score <= section.score_to:
            ways = f"Give a whole number from {section.score_from} to {section.score_to}."
            yield Problem(f"{place}.score", "the section's score is missing or outside its scale", ways)
    elif judged.score is not None:
        yield Problem(f"{place}.score", "the section is not scored", "Leave the score out.")
    yield from _box_problems(section.rationale, judged.rationale, f"{place}.rationale", "why this judgement", None)


def _answer_problems(tool: ToolDocument, asking: Asking, outcome: Outcome, today: date | None) -> Iterator[Problem]:
    for id_ in outcome.answers:
        if id_ not in asking.questions:
            yield problem_of_unknown(id_)
    for id_, (section, question) in tool.asked.items():
        answer, not_asked = outcome.answers.get(id_), asking.questions[id_]
        if not_asked is None:
            needed = question.required and _is_owed(section.answered_by_whom(question), outcome)
            days = days_of(question, asking, outcome.answers, today)
            yield from problems_of_answer(tool, question, answer or Answer(), needed=needed, days=days)
        elif answer is not None:
            yield problem_of_not_asked(id_, not_asked)


def days_of(question: Question, asking: Asking, answers: Mapping[str, Answer], today: date | None) -> Days:
    """Return what a question's date is held against: the day of recording, and the date it does not lie before.

    That date counts where it was asked for and given; where it is missing, that is told at its own place.
    """
    earlier = question.not_before
    return Days(today, day_of(answers.get(earlier)) if earlier is not None and asking.asks(earlier) else None)


def _is_owed(respondent: Respondent, outcome: Outcome) -> bool:
    """Say whether the auditor owes the answer: the family's where they were heard, and never the practitioner's.

    The practitioner answers for themselves (theirs.py); what they tell the auditor may be written down all the same.
    """
    if respondent is Respondent.FAMILY:
        return outcome.child_feedback.obtained or outcome.parent_feedback.obtained
    return respondent is not Respondent.PRACTITIONER


def problem_of_not_asked(id_: Code, not_asked: NotAsked) -> Problem:
    """Return the fault of an answer to a question that is not asked."""
    message = not_asked.value
    if not_asked is NotAsked.STATUS:
        message = "the question's section does not apply to this child's status"
    return Problem(f"answers.{id_}", message, "Leave it out.", id_)


def problem_of_unknown(id_: Code) -> Problem:
    """Return the fault of an answer to a question that the tool does not have."""
    return Problem(f"answers.{id_}", "the tool has no such question", "Leave it out, or check its id.", id_)


def problems_of_answer(
    tool: ToolDocument, question: Question, answer: Answer, *, needed: bool, days: Days
) -> Iterator[Problem]:
    """Yield what is wrong with one answer to a question that is asked; `needed` says whether it must be there.

    `days` are those that a date is held against (`days_of`).
    """
    id_, place, text_asked = question.id, f"answers.{question.id}", question.scale is Scale.TEXT
    if answer.value is not None and answer.value != "":
        yield from problems_of_value(tool, question, answer, answer.value, days)
    else:
        yield from problems_of_reason(question, answer)
    unanswered = answer.value in (NOT_APPLICABLE, NOT_SEEN)
    answered = bool(answer.text) if text_asked else answer.value is not None and answer.value != ""
    if needed and not answered and not unanswered and not (text_asked and answer.value is not None):
        yield Problem(place, "the answer is missing", way_out(tool, question), id_)
    if not text_asked and answer.text is not None:
        yield Problem(f"{place}.text", "the question asks for a coded answer, not for text", "Use `value`.", id_)
    if text_asked and unanswered and answer.text:
        message = "the question has a text, and yet is not-applicable or not-seen"
        yield Problem(f"{place}.text", message, "Leave the text or the value out.", id_)
    for name, box, text, means in (
        ("evidence", question.evidence, answer.evidence, "what was seen"),
        ("impact", question.impact, answer.impact, "what difference it made to the child"),
    ):
        asked = Box.OPTIONAL if box is Box.REQUIRED and (unanswered or not answered) else box
        yield from _box_problems(asked, text, f"{place}.{name}", means, id_)


def _box_problems(box: Box, text: str | None, place: str, means: str, question: str | None) -> Iterator[Problem]:
    if box is Box.NONE and text is not None:
        yield Problem(place, "the tool has no such box", "Leave the text out.", question)
    if box is Box.REQUIRED and not text:
        yield Problem(place, f"the text is missing: {means}", "Write it, in a sentence or two.", question)


def _feedback_problems(tool: ToolDocument, place: str, feedback: Feedback) -> Iterator[Problem]:
    points = {point.value for point in tool.feedback_points}
    if feedback.obtained and feedback.why_not is not None:
        yield Problem(f"{place}.why_not", "feedback was obtained, yet a reason says why not", "Leave the reason out.")
    if not feedback.obtained and feedback.why_not is None:
        yield Problem(f"{place}.why_not", "feedback was not obtained and no reason is given", "Give the reason.")
    if feedback.score is None:
        return
    if not feedback.obtained:
        yield Problem(f"{place}.score", "feedback was not obtained, yet it has a score", "Leave the score out.")
    elif not points:
        yield Problem(f"{place}.score", "this tool does not score feedback", "Leave the score out.")
    elif feedback.score not in points:
        ways = f"Give one of: {', '.join(map(str, sorted(points)))}."
        yield Problem(f"{place}.score", "the score is outside the tool's scale", ways)

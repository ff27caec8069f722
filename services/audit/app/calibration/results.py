"""What the QA unit sees of an exercise, and of all closed ones together: never a figure of practice, nor a ranking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.audit.app.calibration.agreement import Agreement, Level, agreement_of, with_agreed
from services.audit.app.calibration.rating import Item, add_ratings, answered, grades_of, ranks_of
from services.audit.app.viewing import View
from services.audit.domain.audits.outcome import Answer, AnswerValue, limit_box
from services.audit.domain.calibration.events import (
    AGREED_BOX,
    AGREED_LIMITS,
    REASONS_BOX,
    CalibrationClosed,
    CalibrationOpened,
    CaseGraded,
    answers_box,
    limits_box,
    rationale_box,
)
from services.audit.domain.calibration.exercise import Calibration
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Grade


class AgreementView(View):
    """How far the raters agree; alpha is Krippendorff's."""

    raters: int
    items: int = Field(description="what at least two of them rated: the whole and each graded section of each case")
    pairs: int = Field(description="pairs of raters on one item: what exact and within_one are shares of")
    alpha: float | None
    why_no_alpha: str | None
    exact: float | None
    within_one: float | None = Field(description="none where ratings are in no order, and of numbers")


class ItemView(View):
    """How one item was graded: the whole (`overall`) or a section, as graded or as its score stands for a grade."""

    item: str
    grades: dict[Grade, int]
    agreement: AgreementView


class QuestionView(View):
    """How one question was answered, and how far its answers agree by their kind."""

    question: str
    level: Level = Field(description="ordinal: grades and scales; nominal: yes or no, choices; interval: numbers")
    answers: dict[str, int] = Field(description="how many gave each answer, not applicable and not seen included")
    agreement: AgreementView


class ScoreView(View):
    """How one section was scored."""

    section: str
    scores: dict[str, int] = Field(description="how many gave each score")
    agreement: AgreementView


class AnswerView(View):
    """An answer to a question, coded, with its texts."""

    value: AnswerValue | None
    reason: str | None = None
    text: str | None = None
    evidence: str | None = None
    impact: str | None = None


class GradedView(View):
    """One auditor's grades and answers, and why."""

    auditor: UUID
    overall_grade: Grade
    sections: dict[str, Grade] = Field(description="those that scores stand for too")
    scores: dict[str, int]
    overridden_limits: dict[str, str | None] = Field(description="why each warning of the tool was set aside")
    answers: dict[str, AnswerView]
    rationale: str | None
    graded_at: datetime


class AgreedView(View):
    """The grades and answers agreed on, and why."""

    overall_grade: Grade
    sections: dict[str, Grade] = Field(description="those that scores stand for too")
    scores: dict[str, int]
    overridden_limits: dict[str, str | None] = Field(description="why each warning of the tool was set aside")
    answers: dict[str, AnswerView]
    reasons: str | None
    closed_at: datetime


class ResultsView(View):
    """What the QA unit sees: never in a figure of practice, and no ranking of people."""

    asked: int
    graded: int
    outstanding: tuple[UUID, ...] = Field(description="auditors who have not graded yet, by reference")
    agreement: AgreementView = Field(description="of all grades together, ordinal over all four")
    items: tuple[ItemView, ...]
    scores: tuple[ScoreView, ...] = Field(description="sections that are scored, by their scores")
    questions: tuple[QuestionView, ...] = Field(description="those that anybody answered with more than text")
    with_agreed_ratings: int = Field(description="ratings compared with the agreed grades")
    with_agreed_exact: float | None
    with_agreed_within_one: float | None
    gradings: tuple[GradedView, ...] = Field(description="by the auditors' references")


class ItemAgreementView(AgreementView):
    """How far the raters of one item of a tool agree over all its cases."""

    tool: str
    item: str = Field(description="overall, sections/ID by grades, scores/ID by scores, or answers/ID")
    level: Level


class PooledView(AgreementView):
    """How far auditors agree over closed exercises: all grades together, and each item by itself."""

    by_item: tuple[ItemAgreementView, ...]


class Pool:
    """The ratings of several exercises, by tool and item; what an id means never changes from version to version."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Item]] = {}

    def add(self, state: Calibration, opened: CalibrationOpened, tool: ToolDocument) -> None:
        """Add what was given in an exercise."""
        case = str(opened.calibration_id)
        add_ratings(self._items.setdefault(tool.tool, {}), case, tool, state.graded.values())

    def view(self) -> PooledView:
        """Return how far auditors agree."""
        by_item = [
            ItemAgreementView(tool=tool, item=name, level=item.level, **asdict(item.agreement()))
            for tool, items in sorted(self._items.items())
            for name, item in items.items()
        ]
        grades = {
            f"{case}/{name}": rated
            for items in self._items.values()
            for name, item in items.items()
            if not name.startswith(("answers/", "scores/"))
            for case, rated in item.ratings.items()
        }
        return PooledView(**asdict(agreement_of(grades)), by_item=tuple(by_item))


def results_of(
    state: Calibration, opened: CalibrationOpened, tool: ToolDocument, texts: Mapping[str, str]
) -> ResultsView:
    """Return how everybody graded and answered, how far they agree, and what is agreed on."""
    graded = sorted(state.graded.values(), key=lambda one: one.auditor)
    ranks = ranks_of(graded)
    items: dict[str, Item] = {}
    add_ratings(items, str(opened.calibration_id), tool, graded)
    agreed = {} if state.closed is None else {item: each.rank for item, each in grades_of(state.closed).items()}
    compared, exact, within_one = with_agreed(ranks, agreed)
    by_rank = {grade.rank: grade for grade in Grade}
    return ResultsView(
        asked=len(opened.auditors),
        graded=len(graded),
        outstanding=tuple(sorted(set(opened.auditors) - set(state.graded))),
        agreement=_view(agreement_of(ranks)),
        items=tuple(
            ItemView(
                item=item,
                grades={by_rank[rank]: n for rank, n in sorted(Counter(rated.values()).items())},
                agreement=_view(items[item].agreement()),
            )
            for item, rated in ranks.items()
        ),
        scores=tuple(
            ScoreView(
                section=section.id,
                scores={str(score): n for score, n in sorted(Counter(given).items())},
                agreement=_view(items[f"scores/{section.id}"].agreement()),
            )
            for section in tool.sections
            if (given := [one.scores[section.id] for one in graded if section.id in one.scores])
        ),
        questions=tuple(
            QuestionView(
                question=question.id,
                level=items[f"answers/{question.id}"].level,
                answers=dict(sorted(Counter(answered(question, graded)).items())),
                agreement=_view(items[f"answers/{question.id}"].agreement()),
            )
            for _, question in tool.questions()
            if f"answers/{question.id}" in items
        ),
        with_agreed_ratings=compared,
        with_agreed_exact=exact,
        with_agreed_within_one=within_one,
        gradings=tuple(graded_view(one, texts) for one in graded),
    )


def graded_view(one: CaseGraded, texts: Mapping[str, str]) -> GradedView:
    """Return what an auditor gave."""
    return GradedView(
        auditor=one.auditor,
        overall_grade=one.overall_grade,
        sections=dict(one.sections),
        scores=dict(one.scores),
        overridden_limits=_reasons(limits_box(one.auditor), one.overridden_limits, texts),
        answers=_answers(answers_box(one.auditor), one.answers, texts),
        rationale=texts.get(rationale_box(one.auditor)),
        graded_at=one.at,
    )


def agreed_view(closed: CalibrationClosed, texts: Mapping[str, str]) -> AgreedView:
    """Return what was agreed on."""
    return AgreedView(
        overall_grade=closed.overall_grade,
        sections=dict(closed.sections),
        scores=dict(closed.scores),
        overridden_limits=_reasons(AGREED_LIMITS, closed.overridden_limits, texts),
        answers=_answers(AGREED_BOX, closed.answers, texts),
        reasons=texts.get(REASONS_BOX),
        closed_at=closed.at,
    )


def _answers(box: str, answers: Mapping[str, Answer], texts: Mapping[str, str]) -> dict[str, AnswerView]:
    return {
        id_: AnswerView(
            value=answer.value,
            reason=answer.reason,
            text=texts.get(f"{box}/{id_}/text"),
            evidence=texts.get(f"{box}/{id_}/evidence"),
            impact=texts.get(f"{box}/{id_}/impact"),
        )
        for id_, answer in answers.items()
    }


def _reasons(before: str, limits: Iterable[str], texts: Mapping[str, str]) -> dict[str, str | None]:
    return {limit: texts.get(before + limit_box(limit)) for limit in limits}


def _view(found: Agreement) -> AgreementView:
    return AgreementView(**asdict(found))

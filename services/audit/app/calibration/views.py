"""What is shown of calibration exercises: results to the QA unit, and to each auditor their own beside the agreed one.

Nobody is ever shown another's grades, but for the QA unit; and whoever was asked to grade sees no results before they
have graded, whatever else they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app import access, readings, sealing
from services.audit.app.aggregates import CALIBRATION
from services.audit.app.calibration.agreement import Agreement, agreement_of, with_agreed
from services.audit.app.calibration.service import REASONS, Calibrations, rationale_box
from services.audit.app.handling import Parts
from services.audit.app.sealing import ERASED_TEXT
from services.audit.app.viewing import View
from services.audit.domain.calibration.events import CalibrationOpened, CaseGraded
from services.audit.domain.calibration.exercise import Calibration, CalibrationNotFound
from services.audit.domain.words import Grade, SealedText
from shared.privacy.keystore import Erased
from shared.web.principal import Principal, Role

_WHOLE_CASE = "overall"
_PAGE = 1000


class AgreementView(View):
    """How far the raters agree; alpha is Krippendorff's, ordinal over all four grades."""

    raters: int
    items: int = Field(description="the whole and each graded section of each case, where at least two rated it")
    pairs: int = Field(description="pairs of raters on one item: what exact and within_one are shares of")
    alpha: float | None
    why_no_alpha: str | None
    exact: float | None
    within_one: float | None


class ItemView(View):
    """How one item was graded: the whole (`overall`) or a section."""

    item: str
    grades: dict[Grade, int]


class GradedView(View):
    """One auditor's grades and why."""

    auditor: UUID
    overall_grade: Grade
    sections: dict[str, Grade]
    rationale: str | None
    graded_at: datetime


class AgreedView(View):
    """The grades agreed on and why."""

    overall_grade: Grade
    sections: dict[str, Grade]
    reasons: str | None
    closed_at: datetime


class ResultsView(View):
    """What the QA unit sees: never in a figure of practice, and no ranking of people."""

    asked: int
    graded: int
    outstanding: tuple[UUID, ...] = Field(description="auditors who have not graded yet, by reference")
    agreement: AgreementView
    items: tuple[ItemView, ...]
    with_agreed_ratings: int = Field(description="ratings compared with the agreed grades")
    with_agreed_exact: float | None
    with_agreed_within_one: float | None
    gradings: tuple[GradedView, ...] = Field(description="by the auditors' references")


class CalibrationView(View):
    """A calibration exercise as its reader may see it."""

    calibration_id: UUID
    cycle: str
    tool: str
    tool_version: int
    case_reference: UUID
    case_number: str | None
    child_status: str
    status: str
    due_on: date
    own: GradedView | None
    agreed: AgreedView | None
    results: ResultsView | None = Field(description="to the QA unit alone")


class CalibrationRow(View):
    """An exercise in a list; the counts are shown to the QA unit alone."""

    calibration_id: UUID
    cycle: str
    tool: str
    status: str
    due_on: date
    asked: int | None
    graded: int | None


class CalibrationPage(View):
    """A page of exercises; `after` leads to the next one, none on the last."""

    calibrations: tuple[CalibrationRow, ...]
    after: UUID | None = None


class CalibrationViews:
    """Shows exercises."""

    def __init__(self, parts: Parts, calibrations: Calibrations) -> None:
        self._parts = parts
        self._calibrations = calibrations

    async def one(self, calibration_id: UUID, principal: Principal) -> CalibrationView:
        """Return an exercise as the caller may see it.

        Raises:
            CalibrationNotFound: there is none, or not for this caller.

        """
        state, opened = await self._calibrations.stand(calibration_id)
        if not may_see(principal, opened):
            raise CalibrationNotFound
        results = sees_results(principal, state, opened)
        shown = {
            rationale_box(one.auditor): one.rationale
            for one in state.graded.values()
            if results or one.auditor == principal.person
        }
        if state.closed is not None:
            shown[REASONS] = state.closed.reasons
        texts = await self._texts(principal, opened, {box: text for box, text in shown.items() if text is not None})
        own = state.graded.get(principal.person)
        return CalibrationView(
            calibration_id=opened.calibration_id,
            cycle=opened.cycle,
            tool=opened.tool,
            tool_version=opened.tool_version,
            case_reference=opened.case_reference,
            case_number=await self._case_number(opened.case_reference),
            child_status=opened.child_status.value,
            status=status_of(state),
            due_on=opened.due_on,
            own=None if own is None else _graded(own, texts),
            agreed=_agreed(state, texts),
            results=_results(state, opened, texts) if results else None,
        )

    async def page(
        self, principal: Principal, authority: str, *, cycle: str | None, limit: int, after: UUID | None
    ) -> CalibrationPage:
        """Return a page of exercises: all of them to the QA unit, to an auditor those they were asked to."""
        whole = runs(principal, authority)
        where: dict[str, Any] = {} if whole else {"auditors": [str(principal.person)]}
        if cycle is not None:
            where["cycle"] = cycle
        rows = await self._parts.store.find(
            CALIBRATION.category, authority=authority, where=where, limit=limit + 1, after=after
        )
        return CalibrationPage(
            calibrations=tuple(
                CalibrationRow(
                    calibration_id=row.stream_id,
                    cycle=row.data["cycle"],
                    tool=row.data["tool"],
                    status=row.status,
                    due_on=row.data["due_on"],
                    asked=len(row.data["auditors"]) if whole else None,
                    graded=row.data["graded"] if whole else None,
                )
                for row in rows[:limit]
            ),
            after=rows[limit - 1].stream_id if len(rows) > limit else None,
        )

    async def agreement(self, authority: str, cycle: str | None) -> AgreementView:
        """Return how far auditors agree over all closed exercises, of a cycle or of all."""
        ratings: dict[str, Mapping[UUID, int]] = {}
        after: UUID | None = None
        where = {} if cycle is None else {"cycle": cycle}
        while rows := await self._parts.store.find(
            CALIBRATION.category, authority=authority, where=where, status="closed", limit=_PAGE, after=after
        ):
            for row in rows:
                state, _ = await self._calibrations.stand(row.stream_id)
                found = ratings_of(state.graded.values())
                ratings.update((f"{row.stream_id}/{item}", rated) for item, rated in found.items())
            after = rows[-1].stream_id
        return _view(agreement_of(ratings))

    async def _texts(
        self, principal: Principal, opened: CalibrationOpened, sealed: Mapping[str, SealedText]
    ) -> dict[str, str]:
        texts = await sealing.unseal(self._parts.sealer, opened.case_reference, opened.calibration_id, sealed)
        async with self._parts.pool.acquire() as connection:
            await readings.record_of(
                connection,
                principal,
                readings.Shown(opened.calibration_id, opened.authority, opened.case_reference, "calibration"),
                boxes=texts,
                at=self._parts.clock(),
            )
        return texts

    async def _case_number(self, child: UUID) -> str:
        async with self._parts.pool.acquire() as connection:
            number = (await self._parts.references.case_numbers(connection, [child])).get(child, ERASED_TEXT)
        return ERASED_TEXT if isinstance(number, Erased) else number


def runs(principal: Principal, authority: str) -> bool:
    """Say whether the caller runs exercises: the QA unit of the whole authority."""
    return principal.has(*access.QA) and principal.covers(authority)


def takes_part(principal: Principal, opened: CalibrationOpened) -> bool:
    """Say whether the caller was asked to grade the case."""
    return principal.has(Role.AUDITOR, Role.MODERATOR, *access.QA) and principal.person in opened.auditors


def may_see(principal: Principal, opened: CalibrationOpened) -> bool:
    """Say whether the caller may see that the exercise exists."""
    if not principal.belongs_to(opened.authority):
        return False
    return runs(principal, opened.authority) or takes_part(principal, opened)


def sees_results(principal: Principal, state: Calibration, opened: CalibrationOpened) -> bool:
    """Say whether the caller sees what everyone gave: the QA unit, but not one of it who is still to grade."""
    still_to_grade = (
        principal.person in opened.auditors and principal.person not in state.graded and state.closed is None
    )
    return runs(principal, opened.authority) and not still_to_grade


def status_of(state: Calibration) -> str:
    """Return where an exercise stands: open or closed."""
    return "open" if state.closed is None else "closed"


def ratings_of(graded: Iterable[CaseGraded]) -> dict[str, dict[UUID, int]]:
    """Return everyone's ranks by item: the whole case, and each section."""
    found: dict[str, dict[UUID, int]] = {}
    for one in graded:
        for item, grade in {_WHOLE_CASE: one.overall_grade, **_sections(one.sections)}.items():
            found.setdefault(item, {})[one.auditor] = grade.rank
    return found


def _sections(sections: Mapping[str, Grade]) -> dict[str, Grade]:
    return {f"sections/{id_}": grade for id_, grade in sections.items()}


def _results(state: Calibration, opened: CalibrationOpened, texts: Mapping[str, str]) -> ResultsView:
    graded = sorted(state.graded.values(), key=lambda one: one.auditor)
    ratings = ratings_of(graded)
    agreed = {}
    if state.closed is not None:
        grades = {_WHOLE_CASE: state.closed.overall_grade, **_sections(state.closed.sections)}
        agreed = {item: grade.rank for item, grade in grades.items()}
    compared, exact, within_one = with_agreed(ratings, agreed)
    by_rank = {grade.rank: grade for grade in Grade}
    return ResultsView(
        asked=len(opened.auditors),
        graded=len(graded),
        outstanding=tuple(sorted(set(opened.auditors) - set(state.graded))),
        agreement=_view(agreement_of(ratings)),
        items=tuple(
            ItemView(item=item, grades={by_rank[rank]: n for rank, n in sorted(Counter(rated.values()).items())})
            for item, rated in ratings.items()
        ),
        with_agreed_ratings=compared,
        with_agreed_exact=exact,
        with_agreed_within_one=within_one,
        gradings=tuple(_graded(one, texts) for one in graded),
    )


def _view(found: Agreement) -> AgreementView:
    return AgreementView(**asdict(found))


def _graded(one: CaseGraded, texts: Mapping[str, str]) -> GradedView:
    return GradedView(
        auditor=one.auditor,
        overall_grade=one.overall_grade,
        sections=dict(one.sections),
        rationale=texts.get(rationale_box(one.auditor)),
        graded_at=one.at,
    )


def _agreed(state: Calibration, texts: Mapping[str, str]) -> AgreedView | None:
    if state.closed is None:
        return None
    return AgreedView(
        overall_grade=state.closed.overall_grade,
        sections=dict(state.closed.sections),
        reasons=texts.get(REASONS),
        closed_at=state.closed.at,
    )

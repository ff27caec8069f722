"""What is shown of calibration exercises: results to the QA unit, and to each auditor their own beside the agreed one.

Nobody is ever shown another's grades, but for the QA unit; and whoever was asked to grade sees no results before they
have graded, whatever else they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app import readings, sealing
from services.audit.app.aggregates import CALIBRATION
from services.audit.app.calibration.access import may_see, reader_of, runs
from services.audit.app.calibration.results import (
    AgreedView,
    GradedView,
    Pool,
    PooledView,
    ResultsView,
    agreed_view,
    graded_view,
    results_of,
)
from services.audit.app.calibration.service import Calibrations
from services.audit.app.handling import Parts
from services.audit.app.sealing import ERASED_TEXT
from services.audit.app.viewing import View
from services.audit.domain.calibration.events import CalibrationOpened
from services.audit.domain.calibration.exercise import Calibration, CalibrationNotFound
from services.audit.domain.words import SealedText
from shared.privacy.keystore import Erased
from shared.privacy.readings import Shown
from shared.web.principal import Principal

_PAGE = 1000


class CalibrationView(View):
    """A calibration exercise as its reader may see it."""

    calibration_id: UUID
    version: int = Field(
        description="of what you are shown of it, for If-Match: others' grades are not counted before you see them"
    )
    cycle: str
    tool: str
    tool_version: int
    case_reference: UUID
    case_number: str | None
    child_status: str
    status: str
    due_on: date
    grades_only: bool = Field(description="whether the tool's questions may be left unanswered")
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
        reader = reader_of(principal, opened.authority)
        results = state.shows_all(reader)
        shown: dict[str, SealedText] = {} if state.closed is None else state.closed.texts()
        for one in state.graded.values():
            if results or one.auditor == principal.person:
                shown.update(one.texts())
        texts = await self._texts(principal, opened, shown)
        own = state.graded.get(principal.person)
        return CalibrationView(
            calibration_id=opened.calibration_id,
            version=state.version_for(reader),
            cycle=opened.cycle,
            tool=opened.tool,
            tool_version=opened.tool_version,
            case_reference=opened.case_reference,
            case_number=await self._case_number(opened.case_reference),
            child_status=opened.child_status.value,
            status=status_of(state),
            due_on=opened.due_on,
            grades_only=opened.grades_only,
            own=None if own is None else graded_view(own, texts),
            agreed=None if state.closed is None else agreed_view(state.closed, texts),
            results=results_of(state, opened, await self._calibrations.tool(opened), texts) if results else None,
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

    async def agreement(self, authority: str, cycle: str | None) -> PooledView:
        """Return how far auditors agree over all closed exercises, of a cycle or of all."""
        pool = Pool()
        after: UUID | None = None
        where = {} if cycle is None else {"cycle": cycle}
        while rows := await self._parts.store.find(
            CALIBRATION.category, authority=authority, where=where, status="closed", limit=_PAGE, after=after
        ):
            for row in rows:
                state, opened = await self._calibrations.stand(row.stream_id)
                pool.add(state, opened, await self._calibrations.tool(opened))
            after = rows[-1].stream_id
        return pool.view()

    async def _texts(
        self, principal: Principal, opened: CalibrationOpened, sealed: Mapping[str, SealedText]
    ) -> dict[str, str]:
        texts = await sealing.unseal(self._parts.sealer, opened.case_reference, opened.calibration_id, sealed)
        async with self._parts.pool.acquire() as connection:
            await readings.record_of(
                connection,
                principal,
                Shown(opened.calibration_id, opened.authority, opened.case_reference, "calibration"),
                boxes=texts,
                at=self._parts.clock(),
            )
        return texts

    async def _case_number(self, child: UUID) -> str:
        async with self._parts.pool.acquire() as connection:
            number = (await self._parts.references.case_numbers(connection, [child])).get(child, ERASED_TEXT)
        return ERASED_TEXT if isinstance(number, Erased) else number


def status_of(state: Calibration) -> str:
    """Return where an exercise stands: open or closed."""
    return "open" if state.closed is None else "closed"

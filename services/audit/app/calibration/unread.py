"""What an exercise and its tool say of bodies that cannot be read whole, or are dated ahead: every fault in one round.

Nothing is sealed and nothing is stored; what hangs on a part that is not read is left unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.access import NOBODY
from services.audit.app.asking import Asked
from services.audit.app.calibration.service import (
    Calibrations,
    ClosingForm,
    GradingForm,
    OpeningForm,
    closing_of,
    grading_of,
)
from services.audit.app.unread import apart_from, faults_of, told
from services.audit.domain.calibration.events import CalibrationOpened
from services.audit.domain.calibration.exercise import (
    NONE_YET,
    Calibration,
    CalibrationCommand,
    OpenCalibration,
    decide,
)
from services.audit.domain.refusals import Problem, ToolNotFound
from services.audit.domain.tools.document import ToolDocument

_HELD: Final[Mapping[str, Sequence[str]]] = {
    "auditors.left-out": ("auditors",),
    "tool_version": ("tool",),
    "happened_at": ("due_on",),
}
"""What of an opening is judged by a field beside it."""


class UnreadCalibrations:
    """Holds the readable part of a body to the exercise; `unread` are the places of what is not, with dots."""

    def __init__(self, calibrations: Calibrations) -> None:
        self._calibrations = calibrations

    async def of_opening(self, form: OpeningForm, asked: Asked, unread: Sequence[str]) -> list[Problem]:
        """Return what else is wrong with an opening: no reference is made for it."""
        try:
            tool = await self._calibrations.tool_named(asked.authority, form.tool, form.tool_version)
        except ToolNotFound:
            return []
        command = OpenCalibration(
            at=asked.at,
            by=asked.by,
            calibration_id=NOBODY,
            authority=asked.authority,
            cycle=form.cycle,
            tool=tool,
            case_reference=NOBODY,
            child_status=form.child_status,
            auditors=form.auditors,
            due_on=form.due_on,
            grades_only=form.grades_only,
        )
        return apart_from(faults_of(lambda: decide(command, NONE_YET)), unread, _HELD)

    async def of_grading(
        self, opened: CalibrationOpened, auditor: UUID, form: GradingForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with an auditor's grades."""
        if "auditor" in unread:
            return []
        texts = sealing.present(form.texts(auditor))
        return await self._told(opened, unread, lambda tool: grading_of(opened, tool, form, auditor, asked, texts))

    async def of_closing(
        self, opened: CalibrationOpened, form: ClosingForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with the grades agreed on."""
        texts = sealing.present(form.texts())
        return await self._told(opened, unread, lambda tool: closing_of(opened, tool, form, asked, texts))

    async def _told(
        self, opened: CalibrationOpened, unread: Sequence[str], command: Callable[[ToolDocument], CalibrationCommand]
    ) -> list[Problem]:
        tool = await self._calibrations.tool(opened)
        return told(faults_of(lambda: decide(command(tool), Calibration(opened))), unread, tool)

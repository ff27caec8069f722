"""HTTP routes of calibration exercises."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from uuid_utils.compat import uuid7

from services.audit.adapters.http_asking import Asking, AuthorityOf, authority_for, not_yours
from services.audit.adapters.qa_examples import CLOSING, GRADING, OPENING
from services.audit.app import access
from services.audit.app.calibration.results import PooledView
from services.audit.app.calibration.service import Calibrations, ClosingForm, GradingForm, OpeningForm
from services.audit.app.calibration.views import (
    CalibrationPage,
    CalibrationView,
    CalibrationViews,
    may_see,
    runs,
)
from services.audit.domain.calibration.events import CalibrationOpened
from services.audit.domain.calibration.exercise import CalibrationNotFound
from services.audit.domain.words import Code
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role

_TAKE_PART = (Role.AUDITOR, Role.MODERATOR, *access.QA)
_LARGEST_PAGE = 500


def calibrations_router(  # noqa: C901 - one route after the other, each a few lines
    calibrations: Calibrations, views: CalibrationViews, asking: Asking
) -> APIRouter:
    """Build the routes of calibration exercises."""
    router = APIRouter(prefix="/v1/calibrations", tags=["calibration"])

    async def visible(calibration_id: UUID, principal: Principal) -> CalibrationOpened:
        _, opened = await calibrations.stand(calibration_id)
        if not may_see(principal, opened):
            raise CalibrationNotFound
        return opened

    @router.post("", status_code=201, summary="Open a calibration exercise")
    async def open_one(
        request: Request,
        form: Annotated[OpeningForm, Body(openapi_examples=OPENING)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.QA),
    ) -> CalibrationView:
        """Ask auditors to grade the same case, each without the others. Nothing of it enters a figure of practice."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        asked = asking(request, principal, idempotency, authority=key, happened_at=form.happened_at)
        handled = await calibrations.open(form, form.calibration_id or uuid7(), asked)
        return await views.one(handled.stream_id, principal)

    @router.get("", summary="List calibration exercises")
    async def page(
        *,
        authority: AuthorityOf = None,
        cycle: Code | None = None,
        limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 100,
        after: Annotated[UUID | None, Query(description="`after` of the page before")] = None,
        principal: Principal = allowed(*_TAKE_PART),
    ) -> CalibrationPage:
        """Return the exercises you were asked to take part in; to the QA unit all of them."""
        key = authority_for(principal, authority)
        return await views.page(principal, key, cycle=cycle, limit=limit, after=after)

    @router.get("/agreement", summary="How far auditors agree")
    async def agreement(
        authority: AuthorityOf = None, cycle: Code | None = None, principal: Principal = allowed(*access.QA)
    ) -> PooledView:
        """Return the agreement over all closed exercises, or those of a cycle, and of each item by itself."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        return await views.agreement(key, cycle)

    @router.get("/{calibration_id}", summary="Read a calibration exercise")
    async def read(calibration_id: UUID, principal: Principal = allowed(*_TAKE_PART)) -> CalibrationView:
        """Return your own grades beside the agreed ones; to the QA unit the results. That you read it is recorded."""
        return await views.one(calibration_id, principal)

    @router.post("/{calibration_id}/grades", summary="Grade the case, blind")
    async def grade(
        calibration_id: UUID,
        request: Request,
        form: Annotated[GradingForm, Body(openapi_examples=GRADING)],
        idempotency: IdempotencyOf,
        principal: Principal = allowed(*_TAKE_PART),
    ) -> CalibrationView:
        """Grade the case once, by section and as a whole, and answer the tool's questions where they are asked.

        What others gave is not shown to you.
        """
        opened = await visible(calibration_id, principal)
        auditor = form.auditor or principal.person
        if auditor != principal.person and not runs(principal, opened.authority):
            raise not_yours("Only the QA unit records grades on another person's behalf.")
        asked = asking(request, principal, idempotency, authority=opened.authority, happened_at=form.happened_at)
        await calibrations.grade(opened, form, auditor, asked)
        return await views.one(calibration_id, principal)

    @router.post("/{calibration_id}/closure", summary="Close the exercise with the agreed grade")
    async def close(
        calibration_id: UUID,
        request: Request,
        form: Annotated[ClosingForm, Body(openapi_examples=CLOSING)],
        idempotency: IdempotencyOf,
        principal: Principal = allowed(*access.QA),
    ) -> CalibrationView:
        """Close it with the grades agreed on and the reasons: each auditor then sees them beside their own."""
        opened = await visible(calibration_id, principal)
        if not runs(principal, opened.authority):
            raise not_yours("An exercise is closed by the QA unit.")
        asked = asking(request, principal, idempotency, authority=opened.authority, happened_at=form.happened_at)
        await calibrations.close(opened, form, asked)
        return await views.one(calibration_id, principal)

    return router

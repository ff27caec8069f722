"""HTTP routes of calibration exercises."""

# ruff: noqa: FAST003 - the id in the address is taken in by sent_to_exercise, which ruff does not look into
from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request
from uuid_utils.compat import uuid7

from services.audit.adapters import bodies
from services.audit.adapters.http_asking import AfterOf, Asking, AuthorityOf, LimitOf, authority_for
from services.audit.adapters.http_beginning import Sent, asked_of, check, sent_to_exercise
from services.audit.adapters.qa_examples import CLOSING, GRADING, OPENING
from services.audit.app import access
from services.audit.app.asking import Asked
from services.audit.app.calibration.access import may_see, runs
from services.audit.app.calibration.results import PooledView
from services.audit.app.calibration.service import Calibrations, ClosingForm, GradingForm, OpeningForm
from services.audit.app.calibration.unread import UnreadCalibrations
from services.audit.app.calibration.views import CalibrationPage, CalibrationView, CalibrationViews
from services.audit.app.forms import Form
from services.audit.domain.calibration.events import CalibrationOpened
from services.audit.domain.calibration.exercise import CalibrationNotFound
from services.audit.domain.words import Code
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.seen import VersionedRoute

_TAKE_PART = (Role.AUDITOR, Role.MODERATOR, *access.QA)


def calibrations_router(calibrations: Calibrations, views: CalibrationViews, asking: Asking) -> APIRouter:
    """Build the routes of calibration exercises."""
    router = APIRouter(prefix="/v1/calibrations", tags=["calibration"], route_class=VersionedRoute)
    unread = UnreadCalibrations(calibrations)

    async def begin(sent: Sent, form: Form) -> tuple[CalibrationOpened, Asked]:
        _, opened = await calibrations.stand(sent.stream_id)
        if not may_see(sent.principal, opened):
            raise CalibrationNotFound
        return opened, asked_of(asking, sent, opened.authority, form)

    @router.post("", status_code=201, summary="Open a calibration exercise")
    async def open_one(
        request: Request,
        body: Annotated[bodies.Body[OpeningForm], Body(openapi_examples=OPENING)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.QA),
    ) -> CalibrationView:
        """Ask auditors to grade the same case, each without the others. Nothing of it enters a figure of practice."""
        key = authority_for(principal, authority)
        check_scope(principal, key)
        happened_at = None if body.form is None else body.form.happened_at
        asked = asking(request, principal, idempotency, authority=key, happened_at=happened_at)
        form = await bodies.whole(body, asked, unread.of_opening)
        handled = await calibrations.open(form, form.calibration_id or uuid7(), asked)
        return await views.one(handled.stream_id, principal)

    @router.get("", summary="List calibration exercises")
    async def page(
        *,
        authority: AuthorityOf = None,
        cycle: Code | None = None,
        limit: LimitOf = 100,
        after: AfterOf = None,
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
        body: Annotated[bodies.Body[GradingForm], Body(openapi_examples=GRADING)],
        sent: Sent = sent_to_exercise(*_TAKE_PART),
    ) -> CalibrationView:
        """Grade the case once, by section and as a whole, and answer the tool's questions where they are asked.

        What others gave is not shown to you.
        """
        opened, asked = await begin(sent, body.form or Form())
        auditor = (body.form and body.form.auditor) or sent.principal.person
        own = auditor == sent.principal.person
        check(
            may=own or runs(sent.principal, opened.authority),
            whose="Only the QA unit records grades on another person's behalf.",
        )
        form = await bodies.whole(body, asked, partial(unread.of_grading, opened, auditor))
        await calibrations.grade(opened, form, auditor, asked)
        return await views.one(sent.stream_id, sent.principal)

    @router.post("/{calibration_id}/closure", summary="Close the exercise with the agreed grade")
    async def close(
        body: Annotated[bodies.Body[ClosingForm], Body(openapi_examples=CLOSING)],
        sent: Sent = sent_to_exercise(*access.QA),
    ) -> CalibrationView:
        """Close it with the grades agreed on and the reasons: each auditor then sees them beside their own."""
        opened, asked = await begin(sent, body.form or Form())
        check(may=runs(sent.principal, opened.authority), whose="An exercise is closed by the QA unit.")
        form = await bodies.whole(body, asked, partial(unread.of_closing, opened))
        await calibrations.close(opened, form, asked)
        return await views.one(sent.stream_id, sent.principal)

    return router

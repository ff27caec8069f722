"""The routes of control charts: `/v1/charts`, where the QA unit says from which month limits start anew, and why."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from services.reporting.boards.checking import of_reason
from services.reporting.boards.rebasing import (
    CONTROL_CHARTS,
    ChartCommand,
    ChartRebased,
    NotRebased,
    Rebase,
    RebasedAlready,
    RebaseWithdrawn,
    WithdrawRebase,
    stream_of,
)
from services.reporting.pages.access import QA_UNIT
from services.reporting.pages.board_forms import ChartAnswer, RebaseForm, by_qa_unit, chart_answer
from services.reporting.pages.desk import Desk, settings_for
from services.reporting.pages.recording import Recording, taken
from services.reporting.publications.publishing import Press
from services.reporting.reports.windows import Month, london_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.handling import fold
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal
from shared.web.problems import FieldProblem, conflict, invalid
from shared.web.seen import VersionedRoute, seen

AuthorityOf = Annotated[str | None, Query(description="Key of the authority; the token's own if not given")]
MeasureOf = Annotated[Literal["good-or-better"], Path(description="Key of the measure that the chart shows")]
SeenOf = Annotated[int | None, Depends(seen)]


def rebasing_router(desk: Desk, press: Press) -> APIRouter:
    """Return the routes of control charts."""
    routes = APIRouter(prefix="/v1/charts", tags=["charts"], route_class=VersionedRoute)
    recording = Recording(press, desk.now)

    @routes.get("/{measure}", summary="Read where a control chart starts anew")
    async def read(
        measure: MeasureOf, authority: AuthorityOf = None, principal: Principal = allowed(*QA_UNIT)
    ) -> ChartAnswer:
        """Return the months at which the chart has new limits; the ETag goes into If-Match of a rebase."""
        settings = settings_for(desk, principal, authority)
        stream = await press.store.load(stream_of(settings.key, measure))
        return chart_answer(settings, measure, fold(CONTROL_CHARTS, stream.events).months, stream.version)

    @routes.post("/{measure}/rebases", status_code=201, summary="Rebase a control chart, or take a rebase back")
    async def rebase(
        *,
        measure: MeasureOf,
        form: RebaseForm,
        idempotency: IdempotencyOf,
        expected: SeenOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*QA_UNIT),
    ) -> ChartAnswer:
        """Let mean and limits start anew at a month: for a known change, or a level that has shifted and stays.

        A single month that is a signal is no reason: it is what the chart is there to show. Published reports stay.
        """
        settings = settings_for(desk, principal, authority)
        check_scope(principal, settings.key)
        if faults := _faults(desk, settings, form):
            raise invalid(faults)
        stream_id = stream_of(settings.key, measure)
        since = (await press.store.load(stream_id)).events
        turns = sum((one.type == "chart-rebase-withdrawn") != form.withdrawn for one in since)
        request = taken(principal, idempotency, settings.key, since=f":{turns}", expected=expected)
        try:
            handled = await recording.handle(
                CONTROL_CHARTS, stream_id, _command(desk, principal, measure, form), request
            )
        except RebasedAlready:
            raise conflict("rebased-already", "The chart has new limits from that month on already.") from None
        except NotRebased:
            raise conflict("not-rebased", "The chart has no new limits from that month on to take back.") from None
        return chart_answer(settings, measure, handled.state.months, handled.version)

    return routes


def _faults(desk: Desk, settings: AuthoritySettings, form: RebaseForm) -> list[FieldProblem]:
    boards = settings.boards
    faults = of_reason(form.reason, boards.withdrawal_reasons if form.withdrawn else boards.rebase_reasons)
    if form.month > Month.of(london_date(desk.now())).key:
        faults.append(
            FieldProblem(
                field="month",
                place="body/month",
                message="That month has not begun.",
                way_out="Give the first month that the new limits are for, such as 2026-06.",
            )
        )
    return faults


def _command(desk: Desk, principal: Principal, measure: str, form: RebaseForm) -> ChartCommand:
    at, by = desk.now(), by_qa_unit(principal)
    if form.withdrawn:
        return WithdrawRebase(RebaseWithdrawn(at=at, measure=measure, month=form.month, reason=form.reason, by=by))
    return Rebase(ChartRebased(at=at, measure=measure, month=form.month, reason=form.reason, by=by))

"""The routes of boards' decisions: `/v1/board-decisions`, for the QA unit, which keeps the record of its boards."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from uuid_utils.compat import uuid7

from services.reporting.boards.checking import Asked, faults_of, of_reason
from services.reporting.boards.decisions import (
    BOARD_DECISIONS,
    CATEGORY,
    ActionDone,
    ActionTakenUp,
    BeforeTheLast,
    Complete,
    DecisionCommand,
    DecisionRecorded,
    DecisionState,
    DecisionWithdrawn,
    EndedAlready,
    RecordDecision,
    Recorded,
    Refused,
    StandsSoAlready,
    State,
    TakeUp,
    Update,
    Withdraw,
)
from services.reporting.pages.access import QA_UNIT
from services.reporting.pages.board_forms import (
    Board,
    DecisionAnswer,
    DecisionForm,
    DecisionPage,
    UpdateForm,
    by_qa_unit,
    decision_answer,
)
from services.reporting.pages.desk import Desk, settings_for, window_of
from services.reporting.pages.recording import Recording, taken
from services.reporting.publications import storing
from services.reporting.publications.publishing import Press
from services.reporting.publications.storing import Publication
from services.reporting.reports.figures import Report
from services.reporting.reports.windows import london_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import borrow
from shared.eventstore.handling import fold
from shared.eventstore.model import Stream
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.problems import FieldProblem, Problem, conflict, invalid, not_found
from shared.web.seen import VersionedRoute, seen

AuthorityOf = Annotated[str | None, Query(description="Key of the authority; the token's own if not given")]
LimitOf = Annotated[int, Query(ge=1, le=200)]
SeenOf = Annotated[int | None, Depends(seen)]
DecisionOf = Annotated[UUID, Path(description="Id of the decision")]

_WHAT: Final = "that decision"


def boards_router(desk: Desk, press: Press) -> APIRouter:
    """Return the routes of boards' decisions."""
    routes = APIRouter(prefix="/v1/board-decisions", tags=["boards"], route_class=VersionedRoute)
    recording = Recording(press, desk.now)

    @routes.post("", status_code=201, summary="Record what a board decided")
    async def record(
        form: DecisionForm,
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(Role.QA_MANAGER),
    ) -> DecisionAnswer:
        """Record a decision about the published report that was before the board.

        It says what was decided, of what, whose it is and by when, in codes: reporting holds no free text.
        """
        settings = settings_for(desk, principal, authority)
        check_scope(principal, settings.key)
        window = window_of(settings, form.window, "body/window")
        published, report = await _before_the_board(desk, settings, form.board, window.key)
        figure = None if form.figure is None else form.figure.named()
        asked = Asked(form.section, figure, form.decision, form.unit, form.decided_on, form.due_on)
        if faults := faults_of(settings, window, report, asked, london_date(desk.now())):
            raise invalid(faults)
        event = DecisionRecorded(
            at=desk.now(),
            board=form.board,
            window=window.key,
            report_version=published.version,
            section=form.section,
            figure=figure,
            decision=form.decision,
            unit=form.unit,
            owner_role=form.owner_role.value,
            decided_on=form.decided_on,
            due_on=form.due_on,
            by=by_qa_unit(principal),
        )
        command: DecisionCommand = RecordDecision(event)
        request = taken(principal, idempotency, settings.key)
        handled = await recording.handle(BOARD_DECISIONS, uuid7(), command, request, expects_new=True)
        return _answer(settings, handled.stream_id, handled.version, handled.state)

    @routes.get("", summary="List what boards decided")
    async def page(
        *,
        authority: AuthorityOf = None,
        board: Board | None = None,
        window: Annotated[str | None, Query(max_length=20, description="First month, such as 2026-06")] = None,
        state: State | None = None,
        limit: LimitOf = 50,
        after: UUID | None = None,
        principal: Principal = allowed(*QA_UNIT),
    ) -> DecisionPage:
        """Return decisions, the ones recorded first at the top, a page at a time."""
        settings = settings_for(desk, principal, authority)
        where = {name: value for name, value in (("board", board), ("window", window)) if value is not None}
        rows = await press.store.find(
            CATEGORY, authority=settings.key, where=where or None, status=state, limit=limit + 1, after=after
        )
        items = []
        for row in rows[:limit]:
            stream = await press.store.load(row.stream_id)
            items.append(_answer(settings, row.stream_id, stream.version, fold(BOARD_DECISIONS, stream.events)))
        return DecisionPage(items=items, after=items[-1].id if len(rows) > limit else None)

    @routes.get("/{decision_id}", summary="Read how a decision stands")
    async def read(decision_id: DecisionOf, principal: Principal = allowed(*QA_UNIT)) -> DecisionAnswer:
        """Return a decision; its ETag goes into If-Match of an update."""
        settings, stream = await _known(desk, press, principal, decision_id)
        return _answer(settings, decision_id, stream.version, fold(BOARD_DECISIONS, stream.events))

    @routes.post("/{decision_id}/updates", summary="Say what became of a decision")
    async def update(
        decision_id: DecisionOf,
        form: UpdateForm,
        idempotency: IdempotencyOf,
        expected: SeenOf,
        principal: Principal = allowed(*QA_UNIT),
    ) -> DecisionAnswer:
        """Say that it is under way, done and with what difference, or (the QA manager) withdrawn and why."""
        settings, stream = await _known(desk, press, principal, decision_id)
        check_scope(principal, settings.key)
        command: DecisionCommand = _command(desk, principal, settings, form)
        request = taken(principal, idempotency, settings.key, since=_since(stream, command), expected=expected)
        try:
            handled = await recording.handle(BOARD_DECISIONS, decision_id, command, request)
        except Refused as why:
            raise _refused(why) from why
        return _answer(settings, decision_id, handled.version, handled.state)

    return routes


async def _before_the_board(
    desk: Desk, settings: AuthoritySettings, board: str, window_key: str
) -> tuple[Publication, Report]:
    """Return the newest published report of a board's window: what is decided, is decided about that."""
    async with borrow(desk.pool) as connection:
        versions = await storing.versions(connection, settings.key, window_key)
        newest = next((one for one in versions if one.kind == board), None)
        if newest is None:
            raise conflict(
                "report-not-published",
                "No report of that window is published for this board, so it had none before it. Publish it first: "
                "POST /v1/publications.",
            )
        return newest, await storing.content(connection, settings.key, newest)


async def _known(desk: Desk, press: Press, principal: Principal, decision_id: UUID) -> tuple[AuthoritySettings, Stream]:
    stream = await press.store.load(decision_id)
    first = stream.events[0] if stream.events else None
    if first is None or first.category != CATEGORY or not principal.belongs_to(first.authority):
        raise not_found(_WHAT)
    return settings_for(desk, principal, first.authority), stream


def _command(desk: Desk, principal: Principal, settings: AuthoritySettings, form: UpdateForm) -> Update:
    if form.state is State.WITHDRAWN and not principal.has(Role.QA_MANAGER):
        raise Problem(403, "role-not-allowed", detail="A decision is withdrawn by a QA manager.")
    faults = [] if form.reason is None else of_reason(form.reason, settings.boards.withdrawal_reasons)
    if form.on > london_date(desk.now()):
        faults.append(_fault("on", "It lies ahead.", "Give the day it happened, today at the latest."))
    if faults:
        raise invalid(faults)
    at, by = desk.now(), by_qa_unit(principal)
    if form.difference is not None:
        return Complete(ActionDone(at=at, on=form.on, difference=form.difference, by=by))
    if form.reason is not None:
        return Withdraw(DecisionWithdrawn(at=at, on=form.on, reason=form.reason, by=by))
    return TakeUp(ActionTakenUp(at=at, on=form.on, by=by))


def _since(stream: Stream, command: DecisionCommand) -> str:
    """Name the turn of its story: what was taken up again may end again, and what ended be taken up, in equal words."""
    taken_up = sum(one.type == "board-action-taken-up" for one in stream.events)
    ended = sum(one.type in {"board-action-done", "board-decision-withdrawn"} for one in stream.events)
    return f":{ended if isinstance(command, TakeUp) else taken_up}"


def _answer(settings: AuthoritySettings, stream_id: UUID, version: int, state: DecisionState) -> DecisionAnswer:
    assert isinstance(state, Recorded)  # a stream of this category begins with its decision
    return decision_answer(settings, stream_id, version, state)


_STANDS: Final = {
    State.OPEN: "open",
    State.UNDER_WAY: "under way",
    State.DONE: "done",
    State.WITHDRAWN: "withdrawn",
}


def _refused(why: Refused) -> Problem:
    match why:
        case StandsSoAlready(state=state):
            return conflict("stands-so-already", f"It is {_STANDS[state]} already. Nothing was recorded.")
        case EndedAlready(state=state):
            return conflict(
                "ended-already",
                f"It is {_STANDS[state]}. Send the state under-way first, where it is taken up again after all.",
            )
        case BeforeTheLast(earliest=earliest):
            way_out = f"Give {earliest.isoformat()} or a later day."
            return invalid([_fault("on", "That was before what is known of it already.", way_out)])
    return not_found(_WHAT)


def _fault(name: str, message: str, way_out: str) -> FieldProblem:
    return FieldProblem(field=name, place=f"body/{name}", message=message, way_out=way_out)

"""The routes of the pages: `/`, a district's board, one audit escalation, lists and their CSV.

A page shows what its reader may see over the API, and no more: to who found a cause, how it stands.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from services.escalation.adapters.asking import FINDERS, READERS, Asking, state_of
from services.escalation.adapters.filters import Asked, asked_for, with_cover, within
from services.escalation.adapters.pages import rows as lines
from services.escalation.adapters.pages import showing, stories, table, wording
from services.escalation.app.casework import Casework
from services.escalation.app.lists import OPEN, RUNNING, Day, Lists, Place, Wanted
from services.escalation.app.summaries import STATUS_WORDS, Status
from services.escalation.domain.model import Actor, Category
from services.escalation.domain.roles import QA_MANAGER, QA_OFFICER
from services.escalation.domain.steps import WAITS_FOR
from shared.authority.names import Names as Words
from shared.authority.names import capital
from shared.authority.settings import UnknownAuthority
from shared.calendar.working_days import LONDON
from shared.pages.rendering import HEADERS, message_page, pages_of, render
from shared.web.access import allowed
from shared.web.principal import Principal, Role
from shared.web.problems import Problem, not_found

_ON_A_PAGE: Final = 50
_ON_A_BOARD: Final = 100
_IN_A_FILE: Final = 500
_FORM_HEADERS: Final = {
    **HEADERS,
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'"),
}
"""The list's filters are a form that asks this service."""

_STEPS_WAIT_FOR: Final = frozenset(WAITS_FOR.values())
_DECIDE_ON_REOPENING: Final = (Role.SERVICE_MANAGER, Role.QA_OFFICER, Role.QA_MANAGER)


@cache
def _pages() -> Environment:
    environment = pages_of("services.escalation.adapters.pages")
    environment.filters |= {
        "spoken": wording.spoken,
        "after": stories.after,
        "who": _who,
        "short": wording.short,
        "weekday": wording.weekday,
        "moment": wording.moment_of,
        "roles": _roles_of,
        "capitalise_first": capital,
    }
    environment.globals["count"] = wording.count
    return environment


@pass_context
def _who(page: Context, actor: Actor | None) -> str:
    """Return who, in the words of the page's authority."""
    words: Words = page["words"]
    return wording.who(actor, words)


@pass_context
def _roles_of(page: Context, roles: tuple[str, ...]) -> str:
    """Return roles one after the other, in the words of the page's authority."""
    words: Words = page["words"]
    return wording.roles_in_words(roles, words)


def message(problem: Problem, instance: str | None = None) -> HTMLResponse:
    """Return a refusal as a page, for whoever asks with a browser."""
    title = "Not in your part of the authority" if problem.type == "not-in-scope" else ""
    return message_page(_pages(), problem, instance, title=title)


def pages_router(casework: Casework, lists: Lists, audit_address: str) -> APIRouter:
    """Build the routes of the pages; `audit_address` is where browsers find the audit service."""
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)
    desk = _Desk(casework, lists, audit_address.rstrip("/"))

    @router.get("/", summary="What is mine to do now, as a page")
    async def start(after: str | None = None, principal: Principal = allowed(*READERS, *FINDERS)) -> HTMLResponse:
        """Show what waits for the reader, the least time left first; then what waits for others of their part."""
        return await (desk.mine(principal, after) if principal.has(*READERS) else desk.found(principal, after))

    @router.get("/districts/{area}/{district}", summary="A district's board, as a page")
    async def board(area: str, district: str, principal: Principal = allowed(*READERS)) -> HTMLResponse:
        """Show what is open in a district, due today and overdue, and what was closed this month."""
        return await desk.board(principal, f"{area}/{district}")

    @router.get("/escalations", summary="Audit escalations by filters, as a page")
    async def listed(filters: Asked, principal: Principal = allowed(*READERS, *FINDERS)) -> HTMLResponse:
        """Show a list by the time left."""
        names, now = desk.names(principal), casework.clock()
        page = await lists.page(asked_for(casework, principal, filters, now), _ON_A_PAGE, filters.after)
        within_scope = with_cover(casework, principal)
        places = {**names.areas, **names.districts}
        values = {
            **_said(names),
            "rows": lines.rows_of(page.rows, names, now),
            "asked": filters.query,
            "more": None if page.next is None else _address("/escalations", filters.query, page.next),
            "first_page": filters.after is None,
            "csv": _address("/escalations.csv", filters.query),
            "statuses": {one.value: names.words.say(STATUS_WORDS[one]) for one in Status},
            "categories": {one.value: wording.spoken(one) for one in Category},
            "waiting": {role: capital(names.words.role(role)) for role in sorted(_STEPS_WAIT_FOR)},
            "places": {
                path: name
                for path, name in places.items()
                if not principal.has(*READERS) or within_scope.covers(principal.authority, path)
            },
        }
        return HTMLResponse(render(_pages(), "list.html", values), headers=_FORM_HEADERS)

    @router.get("/escalations.csv", summary="The same list as CSV", response_class=Response)
    async def as_csv(filters: Asked, principal: Principal = allowed(*READERS, *FINDERS)) -> Response:
        """Give every line of a list as CSV, from the page asked for on."""
        names, now = desk.names(principal), casework.clock()
        wanted = asked_for(casework, principal, filters, now)
        page = await lists.page(wanted, _IN_A_FILE, filters.after)
        parts = [table.header(), table.lines(page.rows, names, now)]
        while page.next is not None:
            page = await lists.page(wanted, _IN_A_FILE, page.next)
            parts.append(table.lines(page.rows, names, now))
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="audit-escalations.csv"'}
        return Response(b"".join(parts), media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/escalations/{escalation_id}", summary="One audit escalation, as a page")
    async def one(escalation_id: UUID, principal: Principal = allowed(*READERS, *FINDERS)) -> HTMLResponse:
        """Show one with its clock, steps, actions and history; to who found its cause, how it stands."""
        return await desk.one(principal, escalation_id)

    return router


class _Desk:
    """What the pages are made with."""

    def __init__(self, casework: Casework, lists: Lists, audit_address: str) -> None:
        self._casework = casework
        self._lists = lists
        self._asking = Asking(casework)
        self._audit_address = audit_address

    def names(self, principal: Principal) -> lines.Names:
        """Return the names of the reader's authority."""
        try:
            settings = self._casework.policies.settings(principal.authority, self._casework.clock())
        except UnknownAuthority:
            settings = None
        return lines.Names(principal.authority, settings)

    async def mine(self, principal: Principal, after: str | None) -> HTMLResponse:
        """Show a manager or the QA unit what waits for them."""
        now, names = self._casework.clock(), self.names(principal)
        own = tuple(sorted(_roles(principal) & _STEPS_WAIT_FOR))
        others = tuple(sorted(_STEPS_WAIT_FOR - set(own)))
        everything = within(self._casework, principal, Wanted(principal.authority, statuses=OPEN))
        mine = await self._lists.page(replace(everything, waits_for=own), _ON_A_PAGE, _place(after)) if own else None
        theirs = await self._lists.page(replace(everything, waits_for=others), _ON_A_PAGE)
        asked = None
        if principal.has(*_DECIDE_ON_REOPENING):
            wanted = replace(everything, statuses=(Status.CLOSED,), reopening_asked=True)
            asked = await self._lists.page(wanted, _ON_A_PAGE)
        day = _day(now)
        counts = await self._lists.count(principal.authority, everything.paths, day)
        overdue, today = lines.pressing(mine.rows, now, day.ends) if mine else (0, 0)
        values = {
            **_said(names),
            "has_steps": bool(own),
            "mine": lines.rows_of(mine.rows, names, now) if mine else (),
            "first_page": after is None,
            "more_of_mine": None if mine is None or mine.next is None else _address("/", {}, mine.next),
            "overdue": overdue,
            "today": today,
            "others": lines.rows_of(theirs.rows, names, now),
            "more_of_others": theirs.next is not None,
            "reopening": lines.rows_of(asked.rows, names, now) if asked else (),
            "districts": [(one, names.district(one.district)) for one in counts],
        }
        return HTMLResponse(render(_pages(), "mine.html", values), headers=HEADERS)

    async def found(self, principal: Principal, after: str | None) -> HTMLResponse:
        """Show an auditor or moderator how what they raised or flagged stands."""
        now, names = self._casework.clock(), self.names(principal)
        wanted = within(self._casework, principal, Wanted(principal.authority))
        page = await self._lists.page(wanted, _ON_A_PAGE, _place(after))
        values = {
            **_said(names),
            "rows": lines.rows_of(page.rows, names, now),
            "more": None if page.next is None else _address("/", {}, page.next),
        }
        return HTMLResponse(render(_pages(), "found.html", values), headers=HEADERS)

    async def _still_holds(self, principal: Principal, district: str) -> bool:
        """Return whether a district that the settings no longer have still has audit escalations, the reader's own."""
        if not with_cover(self._casework, principal).covers(principal.authority, district):
            return False
        return bool((await self._lists.page(Wanted(principal.authority, paths=(district,)), 1)).rows)

    async def board(self, principal: Principal, district: str) -> HTMLResponse:
        """Show a district's board, as far as the district is the reader's."""
        now, names = self._casework.clock(), self.names(principal)
        if district not in names.districts and not await self._still_holds(principal, district):
            raise not_found(names.words.say("{a district} of that name"))
        wanted = within(self._casework, principal, Wanted(principal.authority), district)
        day = _day(now)
        sections = (
            ("overdue", replace(wanted, statuses=RUNNING, due_before=now)),
            ("today", replace(wanted, statuses=RUNNING, due_from=now, due_before=day.ends)),
            ("later", replace(wanted, statuses=RUNNING, due_from=day.ends)),
            ("signed_off", replace(wanted, statuses=(Status.SIGNED_OFF,))),
        )
        pages = {name: await self._lists.page(asked, _ON_A_BOARD) for name, asked in sections}
        closed = await self._lists.closed(principal.authority, wanted.paths, day.month, _ON_A_BOARD)
        counts = await self._lists.count(principal.authority, wanted.paths, day)
        values = {
            **_said(names),
            "district_name": names.district(district),
            "district": district,
            "counted": counts[0] if counts else None,
            "shown": _ON_A_BOARD,
            "closed": lines.rows_of(closed, names, now),
            "month": now.astimezone(LONDON).strftime("%B %Y"),
            **{name: lines.rows_of(page.rows, names, now) for name, page in pages.items()},
        }
        return HTMLResponse(render(_pages(), "board.html", values), headers=HEADERS)

    async def one(self, principal: Principal, escalation_id: UUID) -> HTMLResponse:
        """Show one audit escalation as its reader may see it."""
        known = await self._asking.known(escalation_id, principal)
        now, names = self._casework.clock(), self.names(principal)
        values = {**_said(names), **showing.standing(known, names, now)}
        if not principal.has(*READERS):
            closing = showing.own_answer(state_of(known), principal.person)
            return HTMLResponse(render(_pages(), "state.html", {**values, "own_answer": closing}), headers=HEADERS)
        reader = with_cover(self._casework, principal)
        beside = [row for row in await self._casework.beside(known) if reader.covers(row.authority, row.data["team"])]
        values |= showing.whole(known, names, now, await self._asking.read(known, principal))
        values |= {
            "beside": lines.rows_of(beside, names, now),
            "audit_address": self._audit_address,
        }
        return HTMLResponse(render(_pages(), "escalation.html", values), headers=HEADERS)


def _said(names: lines.Names) -> dict[str, Any]:
    """Return what every page needs to say something in the authority's own words."""
    return {"authority_name": names.authority, "words": names.words, "say": names.words.say}


def _roles(principal: Principal) -> set[str]:
    """Return the roles steps wait for; the QA manager does what waits for the QA officer."""
    roles = {role.value for role in principal.roles}
    return roles | {QA_OFFICER} if QA_MANAGER in roles else roles


def _place(after: str | None) -> Place | None:
    if after is None:
        return None
    try:
        return Place.parse(after)
    except ValueError:
        raise not_found("a page of the list that begins there") from None


def _address(path: str, query: dict[str, str], after: Place | None = None) -> str:
    said = query if after is None else {**query, "after": str(after)}
    return f"{path}?{urlencode(said)}" if said else path


def _day(now: datetime) -> Day:
    local = now.astimezone(LONDON)
    tomorrow = local.date() + timedelta(days=1)
    return Day(
        now=now,
        ends=datetime.combine(tomorrow, time(), tzinfo=LONDON),
        month=datetime.combine(local.date().replace(day=1), time(), tzinfo=LONDON),
    )

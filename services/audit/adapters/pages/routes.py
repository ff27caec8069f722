"""The routes of audit's pages: `/`, one's own audits, and `/audits/{audit_id}`, the copy of the audit tool.

A page shows what its reader may see over the API, and a reading of texts is recorded as there (design.md section 4).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from services.audit.adapters.pages.after_completion import decided, found, moderated, own_answers, set_aside
from services.audit.adapters.pages.filled_tool import filled, filled_for_practitioner, in_words
from services.audit.app import access
from services.audit.app.audits.practising import Practising
from services.audit.app.audits.queries import Queries
from services.audit.app.handling import Parts
from services.audit.domain.refusals import AuditNotFound
from services.audit.domain.words import business_date
from shared.authority.names import USUAL, Names, capital
from shared.authority.settings import UnknownAuthority
from shared.pages.rendering import HEADERS, message_page, pages_of, render
from shared.web.access import allowed
from shared.web.principal import Principal, Role
from shared.web.problems import Problem

_ON_A_PAGE: Final = 100
_SECOND: Final = "second-"
_READERS: Final = (*access.READERS, Role.PRACTITIONER)
_NOT_THEIRS: Final = (
    "Single audits are shown to those who audit, moderate, manage or do the work, and to the QA unit. What else there "
    "is for your role is in the other services: published reports in reporting, and audit escalations by the links you "
    "were sent."
)
"""What a director or board member is told who opens audit's pages."""
Status = Literal["allocated", "completed", "withdrawn"]
_HEADINGS: Final[dict[Status, str]] = {
    "allocated": "Audits to be done",
    "completed": "Audits that are done",
    "withdrawn": "Audits that were withdrawn",
}


@cache
def _pages() -> Environment:
    environment = pages_of("services.audit.adapters.pages")
    environment.filters |= {"in_words": in_words, "capitalise_first": capital}
    return environment


def message(problem: Problem, instance: str | None = None) -> HTMLResponse:
    """Return a refusal as a page, for whoever asks with a browser; one by role says where their pages are."""
    if problem.type == "role-not-allowed":
        return message_page(_pages(), problem, instance, sentence=_NOT_THEIRS, links=())  # each page here says the same
    return message_page(_pages(), problem, instance)


def pages_router(parts: Parts, queries: Queries, practising: Practising) -> APIRouter:
    """Build the routes of the pages."""
    router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

    @router.get("/", summary="One's own audits, as a page")
    async def start(
        status: Annotated[Status, Query(description="which audits; those still to be done if not given")] = "allocated",
        after: Annotated[UUID | None, Query(description="`after` of the page before")] = None,
        own_after: Annotated[UUID | None, Query(description="the same, of the audits of one's own work")] = None,
        principal: Principal = allowed(*_READERS),
    ) -> HTMLResponse:
        """Show the audits to be done, or those done or withdrawn, within the reader's own; and those of their work."""
        values = {**_names(parts, principal.authority), "today": business_date(parts.clock()), "reads": False}
        if principal.has(*access.READERS):
            listed = await queries.audits(
                principal, authority=principal.authority, where={}, status=status, limit=_ON_A_PAGE, after=after
            )
            values |= {
                "reads": True,
                "rows": sorted(listed.audits, key=lambda row: (row.due_on, row.audit_id)),
                "status": status,
                "headings": _HEADINGS,
                "after": listed.after,
            }
        mine = None
        if principal.has(Role.PRACTITIONER):
            mine = await practising.mine(principal, principal.authority, _ON_A_PAGE, own_after)
        values["mine"] = mine
        return HTMLResponse(render(_pages(), "audits.html", values), headers=HEADERS)

    @router.get("/audits/{audit_id}", summary="The copy of the audit tool, as a page")
    async def copy(audit_id: UUID, principal: Principal = allowed(*_READERS)) -> HTMLResponse:
        """Show an audit in the order of its tool; texts only to those who may read them, and that is recorded.

        Whoever may not read it otherwise and whose work it is, is shown it as its practitioner.
        """
        if not principal.has(*access.READERS):
            return await own_work(audit_id, principal)
        try:
            audit = await queries.audit(audit_id, principal)
        except AuditNotFound:
            if not principal.has(Role.PRACTITIONER):
                raise
            return await own_work(audit_id, principal)
        tool = await parts.tools.get(principal.authority, audit.tool, audit.tool_version)
        values = {
            **_names(parts, principal.authority),
            "audit": audit,
            "tool": tool,
            "sections": filled(audit, tool, _names_of(parts, principal.authority)),
            "texts": audit.texts or {},
            "found": found(audit.outcome, audit.texts, tool),
            "own_answers": own_answers(audit.practitioner_feedback, audit.outcome, audit.texts, tool),
            "set_aside": set_aside(audit, tool),
            "moderations": moderated(audit, tool),
            "decided": decided(audit, tool),
        }
        return HTMLResponse(render(_pages(), "audit.html", values), headers=HEADERS)

    async def own_work(audit_id: UUID, principal: Principal) -> HTMLResponse:
        audit = await practising.audit(audit_id, principal)
        tool = await parts.tools.get(principal.authority, audit.tool, audit.tool_version)
        values = {
            **_names(parts, principal.authority),
            "audit": audit,
            "tool": tool,
            "sections": filled_for_practitioner(audit, tool),
            "texts": audit.texts,
            "found": found(audit.outcome, audit.texts, tool),
            "own_answers": own_answers(audit.feedback, audit.outcome, audit.texts, tool),
            "recommendations": [text for box, text in audit.texts.items() if box.startswith("recommendations/")],
        }
        return HTMLResponse(render(_pages(), "audit_as_practitioner.html", values), headers=HEADERS)

    return router


def _names(parts: Parts, authority: str) -> dict[str, Any]:
    """Return the authority's own names: `authority_name`, and those of a team by its path, a role and a kind of audit.

    `say` says a sentence with them. What the authority gives no name is said in the words of its code.
    """
    names = _names_of(parts, authority)
    said = {"say": names.say, "role_name": _role(names), "kind_name": _kind(names)}
    try:
        settings = parts.authorities.get(authority)
    except UnknownAuthority:
        return {"authority_name": authority, "team_name": in_words, **said}

    def team_name(path: str) -> str:
        unit = settings.unit(tuple(path.split("/")))
        return in_words(path) if unit is None else f"{unit.name}, {unit.district_name}"

    return {"authority_name": settings.name, "team_name": team_name, **said}


def _names_of(parts: Parts, authority: str) -> Names:
    """Return an authority's own words; the usual ones where its settings are not there."""
    try:
        return parts.authorities.get(authority).names
    except UnknownAuthority:
        return USUAL


def _role(names: Names) -> Callable[[str | None], str]:
    """Return what calls a role by its name, also one that only a dispute knows: the second moderator, a panel."""

    def role_name(code: str | None) -> str:
        if code is None:
            return ""
        second = code.removeprefix(_SECOND)
        return names.role(code) if second == code else f"second {names.role(second)}"

    return role_name


def _kind(names: Names) -> Callable[[str], str]:
    return lambda code: names.kind(code) or in_words(code).capitalize()

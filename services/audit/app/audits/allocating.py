"""Allocation: references are found or made, the place is checked against the authority's settings."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.audit.app.aggregates import AUDIT
from services.audit.app.asking import Asked
from services.audit.app.forms import AllocationForm
from services.audit.app.moderation import policy
from services.audit.app.sealing import ChildIsErased
from services.audit.domain.audits import re_auditing
from services.audit.domain.audits.commands import AllocateAudit
from services.audit.domain.audits.states import Allocated, Completed, NotAllocated, Withdrawn
from services.audit.domain.planning import too_far_ahead
from services.audit.domain.refusals import DUE_BEFORE_ALLOCATION, Problem, Refused, ToolNotFound
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code, OrganisationPath, Place, business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection
from shared.eventstore.handling import fold
from shared.eventstore.store import EventStore
from shared.privacy.references import ErasedCase, References

if TYPE_CHECKING:
    from services.audit.app.tools.service import Tools


class AllocationInvalid(Refused):
    """An allocation does not fit the authority's settings or the tool; `problems` has every fault at once."""

    code = "allocation-invalid"
    sentence = "The audit cannot be allocated as it is."
    way_out = "Every fault is listed; mend them and send it again."


class ChildUnknown(Refused):
    """The case reference is none of this authority's."""

    code = "child-unknown"
    sentence = "No child of your authority has this case reference."
    way_out = "Give the case number instead, or check the reference."


class AuthorityUnknown(Refused):
    """No settings document names the authority."""

    code = "authority-unknown"
    sentence = "This installation has no settings for that authority."
    way_out = "Check the authority's key, or add its settings document."


@dataclass(frozen=True, slots=True)
class Named:
    """The references an allocation names: the child's and the auditor's."""

    case_reference: UUID
    auditor: UUID
    practitioner: UUID | None = None


def problems_of(
    settings: AuthoritySettings,
    organisation: OrganisationPath,
    service: Code | None,
    kind: Code,
    tool: ToolDocument | Problem,
) -> Iterator[Problem]:
    """Yield what of an allocation does not fit the authority's settings or the tool, or why there is no such tool."""
    unit = settings.unit((organisation.area, organisation.district, organisation.team))
    if unit is None:
        yield Problem("organisation", "the authority has no such team", "Give area, district and team by their keys.")
    if service is not None and service not in {one.key for one in settings.services}:
        known = ", ".join(one.key for one in settings.services)
        yield Problem("service", "the authority has no such service", f"Give one of: {known}.")
    if not settings.names.has_kind(kind):
        known = ", ".join(one.key for one in settings.names.kinds)
        yield Problem("kind", "the authority has no such kind of audit in use", f"Give one of: {known}.")
    if isinstance(tool, Problem):
        yield tool
    elif kind not in tool.kinds:
        yield Problem("kind", "the tool is not for this kind of audit", f"Give one of: {', '.join(tool.kinds)}.")


Earlier = Allocated | Completed | Withdrawn
"""An audit that is looked at again."""

OF_ANOTHER_CHILD = Problem(
    "re_audit_of", "the earlier audit is of another child's file", "Name an audit of the same child."
)
"""A re-audit looks at the same child's file again."""


async def tool_of(tools: Tools, authority: str, form: AllocationForm) -> ToolDocument | Problem:
    """Return the tool that a form names, or what is wrong with its name or its version."""
    try:
        return await tools.get(authority, form.tool, form.tool_version)
    except ToolNotFound:
        if form.tool_version is not None and (await tools.standing(authority, form.tool)).state.versions:
            way_out = "Leave tool_version out, or name one of `GET /v1/tools/{tool}/versions`."
            return Problem("tool_version", "the tool has no such version", way_out)
        return Problem("tool", "the authority has no such tool", "Name one of `GET /v1/tools`.")


def problems_of_re_audit(
    form: AllocationForm, tool: ToolDocument | Problem, earlier: Earlier | None
) -> Iterator[Problem]:
    """Yield what is wrong with the earlier audit that an allocation names, or does not."""
    if form.re_audit_of is not None and earlier is None:
        yield Problem("re_audit_of", "there is no such audit in your authority", "Check the earlier audit's id.")
    if form.re_audit_of is None and isinstance(tool, ToolDocument) and tool.needs_earlier_audit:
        way_out = "Name the earlier audit by its id."
        yield Problem("re_audit_of", "the tool looks at an earlier audit again, and none is named", way_out)


async def earlier_audit(store: EventStore, authority: str, audit_id: UUID) -> Earlier | None:
    """Return an earlier audit of the authority, if there is such an audit."""
    stream = await store.load(audit_id)
    if not stream.events or stream.events[0].category != AUDIT.category or stream.events[0].authority != authority:
        return None
    state = fold(AUDIT, stream.events)
    return None if isinstance(state, NotAllocated) else state


def problems_of_beginning(
    settings: AuthoritySettings, earlier: Earlier, auditor: UUID | None, *, place: str = "auditor"
) -> Iterator[Problem]:
    """Yield what stands against looking at an audit again now, and by this auditor; `place` is where they are named."""
    same_allowed = settings.audit.re_audit_by_same_auditor
    first = earlier.allocation.auditor
    for one in re_auditing.problems_of_beginning(earlier.re_audits, first, auditor, same_allowed=same_allowed):
        yield replace(one, place=place) if one.place == "auditor" else one


async def known_auditor(
    connection: Connection, references: References, authority: str, form: AllocationForm
) -> UUID | None:
    """Return the reference of the auditor that a form names, if there is one; none is made."""
    if form.auditor is not None or form.auditor_staff_number is None:
        return form.auditor
    number = form.auditor_staff_number
    return (await references.known_people(connection, authority, [number])).get(number)


def auditor_place(form: AllocationForm) -> str:
    """Return the field in which a form names its auditor."""
    return "auditor_staff_number" if form.auditor is None else "auditor"


def problems_of_due_date(settings: AuthoritySettings, form: AllocationForm, tool: ToolDocument) -> Iterator[Problem]:
    """Yield a due date in a month in which the authority asks nobody for an audit (practice.md section 2)."""
    due_on = form.due_on
    if due_on is not None and settings.audit.is_blackout(due_on) and not _waits_for_no_month(tool):
        way_out = "Name a day of another month, or leave it out."
        yield Problem("due_on", f"{month_name[due_on.month]} is a month without audits", way_out)


def _due_on(settings: AuthoritySettings, tool: ToolDocument, allocated_on: date) -> date:
    if tool.complete_within_days is not None:
        return allocated_on + timedelta(days=tool.complete_within_days)
    if _waits_for_no_month(tool):
        return allocated_on + timedelta(days=settings.audit.due_days)
    return settings.audit.due_on(allocated_on)


def problems_of_plan(form: AllocationForm, allocated_on: date) -> Iterator[Problem]:
    """Yield a due date before the day of allocation, or so far ahead that it is a slip of the pen."""
    if form.due_on is not None and form.due_on < allocated_on:
        yield DUE_BEFORE_ALLOCATION
    yield from too_far_ahead("due_on", form.due_on, allocated_on)


def _waits_for_no_month(tool: ToolDocument) -> bool:
    """Say whether an audit is due also in a month without audits: one with its own clock, or that looks again."""
    return tool.complete_within_days is not None or tool.needs_earlier_audit


def service_of(settings: AuthoritySettings, organisation: OrganisationPath) -> Code:
    """Return the service of a known team."""
    unit = settings.unit((organisation.area, organisation.district, organisation.team))
    assert unit is not None
    return unit.service


async def named(connection: Connection, references: References, authority: str, form: AllocationForm) -> Named:
    """Find or make the references a form names.

    Raises:
        ChildIsErased: the case number's child was erased.
        ChildUnknown: the case reference is none of this authority's.

    """
    case: UUID | ErasedCase
    if form.case_number is not None:
        case = await references.reference_for(connection, authority, form.case_number)
    else:
        assert form.case_reference is not None
        case = form.case_reference
        if await references.erased(connection, [case]):
            raise ChildIsErased
        if await references.authority_of(connection, case) != authority:
            raise ChildUnknown
    if isinstance(case, ErasedCase):
        raise ChildIsErased
    practitioner = form.practitioner
    if form.practitioner_staff_number is not None:
        practitioner = await references.person_for(connection, authority, form.practitioner_staff_number)
    if form.auditor is not None:
        return Named(case, form.auditor, practitioner)
    assert form.auditor_staff_number is not None
    auditor = await references.person_for(connection, authority, form.auditor_staff_number)
    return Named(case, auditor, practitioner)


def command_of(
    settings: AuthoritySettings, tool: ToolDocument, form: AllocationForm, *, audit_id: UUID, who: Named, asked: Asked
) -> AllocateAudit:
    """Return the command of a form.

    Raises:
        AllocationInvalid: with everything that does not fit the authority's settings or the tool.

    """
    problems = tuple(problems_of(settings, form.organisation, form.service, form.kind, tool))
    if problems:
        raise AllocationInvalid(problems)
    assert tool.version is not None
    return AllocateAudit(
        at=asked.at,
        by=asked.by,
        settings_version=settings.version,
        audit_id=audit_id,
        authority=asked.authority,
        place=Place(
            kind=form.kind,
            cycle=form.cycle,
            organisation=form.organisation,
            service=form.service or service_of(settings, form.organisation),
            case_reference=who.case_reference,
            child_status=form.child_status,
        ),
        tool=tool.tool,
        tool_version=tool.version,
        auditor=who.auditor,
        selected_because=form.selected_because,
        due_on=form.due_on or _due_on(settings, tool, business_date(asked.at)),
        practitioner=who.practitioner,
        in_practice_figures=tool.in_practice_figures,
        re_audit_of=form.re_audit_of,
        auditor_teams=policy.own_teams(settings, who.auditor),
        own_team_allowed=settings.audit.own_team_allowed,
    )

"""What a list is asked for, alike in JSON, on a page and as CSV, and kept within what is the reader's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Query
from pydantic import BeforeValidator, StringConstraints

from services.escalation.adapters.asking import READERS
from services.escalation.adapters.callers import paths_within
from services.escalation.app.casework import Casework
from services.escalation.app.lists import Place, Wanted
from services.escalation.app.summaries import Status
from services.escalation.domain.model import Category
from shared.authority.cover import standing_in
from shared.authority.settings import UnknownAuthority
from shared.calendar.working_days import LONDON, london_date
from shared.web.principal import Principal, Role
from shared.web.problems import invalid

_PATH: Final = r"^[a-z0-9-]+(/[a-z0-9-]+){0,2}$"
_T = TypeVar("_T")


def _nothing(given: Any) -> Any:
    """Take an empty field, as a form sends it where nothing is chosen, for one that is not there."""
    return None if given == "" else given


_Asked = Annotated[_T | None, BeforeValidator(_nothing)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; None says nothing."""

    status: Status | None
    category: Category | None
    district: str | None
    overdue: bool | None
    undecided: bool | None
    waits_for: str | None
    due_before: date | None
    after: Place | None

    @property
    def query(self) -> dict[str, str]:
        """Return what was asked for as it stands in an address, without the place of the page."""
        said = {
            "status": self.status,
            "category": self.category,
            "district": self.district,
            "overdue": None if self.overdue is None else str(self.overdue).lower(),
            "undecided": None if self.undecided is None else str(self.undecided).lower(),
            "waits_for": self.waits_for,
            "due_before": None if self.due_before is None else self.due_before.isoformat(),
        }
        return {name: str(value) for name, value in said.items() if value is not None}


def _filters(
    *,
    status: Annotated[_Asked[Status], Query()] = None,
    category: Annotated[_Asked[Category], Query()] = None,
    district: Annotated[
        _Asked[Annotated[str, StringConstraints(pattern=_PATH)]], Query(description="area, area/district or team")
    ] = None,
    overdue: Annotated[_Asked[bool], Query(description="raised, not signed off, and past its due moment")] = None,
    undecided: Annotated[_Asked[bool], Query(description="considered, and past the moment to decide by")] = None,
    waits_for: Annotated[
        _Asked[Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,40}$")]],
        Query(description="the role it waits for"),
    ] = None,
    due_before: Annotated[
        _Asked[date], Query(description="its next step is to be taken before this day, in England")
    ] = None,
    after: Annotated[str | None, Query(description="the `next` of the page before", max_length=80)] = None,
) -> Filters:
    try:
        place = None if after is None else Place.parse(after)
    except ValueError:
        raise invalid(
            [
                {
                    "field": "after",
                    "place": "query/after",
                    "message": "No page of a list begins there.",
                    "way_out": "Give the `next` of the page before, or leave it out.",
                }
            ]
        ) from None
    return Filters(
        status=status,
        category=category,
        district=district,
        overdue=overdue,
        undecided=undecided,
        waits_for=waits_for,
        due_before=due_before,
        after=place,
    )


Asked = Annotated[Filters, Depends(_filters)]
"""The filters of a request; 422 with the field for what cannot be read."""


def within(casework: Casework, principal: Principal, wanted: Wanted, district: str | None = None) -> Wanted:
    """Return what is wanted as far as it is the reader's own: their parts of the authority, or what they found.

    Answers 403 when nothing of the district wanted is theirs.
    """
    if not principal.has(*READERS):
        return replace(wanted, found_by=principal.person, paths=None if district is None else (district,))
    paths = paths_within(with_cover(casework, principal), district)
    return replace(wanted, paths=None if paths is None else tuple(paths))


def asked_for(casework: Casework, principal: Principal, filters: Filters, now: datetime) -> Wanted:
    """Return what filters ask for at a moment, as far as it is the reader's own."""
    wanted = Wanted(
        authority=principal.authority,
        statuses=() if filters.status is None else (filters.status,),
        category=filters.category,
        waits_for=() if filters.waits_for is None else (filters.waits_for,),
        overdue=filters.overdue,
        undecided=filters.undecided,
        now=now,
        due_before=None if filters.due_before is None else datetime.combine(filters.due_before, time(), tzinfo=LONDON),
    )
    return within(casework, principal, wanted, filters.district)


def with_cover(casework: Casework, principal: Principal) -> Principal:
    """Return the reader with the districts of whom they stand in for today, as the authority's settings name them."""
    if not principal.has(Role.SERVICE_MANAGER):
        return principal
    return replace(principal, scope=(*principal.scope, *_covered(casework, principal)))


def _covered(casework: Casework, principal: Principal) -> Iterator[str]:
    now = casework.clock()
    try:
        settings = casework.policies.settings(principal.authority, now)
    except UnknownAuthority:
        return
    for one in settings.people:
        if (
            one.role is Role.SERVICE_MANAGER
            and one.person != principal.person
            and standing_in(settings.cover, one.person, london_date(now)) == principal.person
        ):
            yield from one.units

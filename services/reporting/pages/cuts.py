"""How the QA unit cuts its live figures: one area or service alone, and windows of another length.

Nobody else gets them: whoever subtracts one cut from another has small numbers (docs/adr/0018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query

from services.reporting.reports.build import rhythm_of
from services.reporting.reports.scopes import Dimension, Scope, ScopeUnknown, scope_of
from services.reporting.reports.windows import Rhythm
from shared.authority.settings import AuthoritySettings
from shared.web.problems import Problem, invalid

_ONE = "For the QA unit: live figures of one {} alone, by its key in the settings"

AreaParameter = Annotated[str | None, Query(max_length=100, description=_ONE.format("area"))]
ServiceParameter = Annotated[str | None, Query(max_length=100, description=_ONE.format("service"))]
MonthsParameter = Annotated[
    Literal["1", "3", "12"] | None,
    Query(description="For the QA unit: live figures of windows of one month, a quarter or a year"),
]


@dataclass(frozen=True, slots=True)
class Cut:
    """What a request asks for beyond the authority's own windows; nothing of it by default."""

    area: str | None = None
    service: str | None = None
    months: str | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is asked for."""
        return any((self.area, self.service, self.months))

    @property
    def query(self) -> Mapping[str, str]:
        """Return it as parameters of an address."""
        found = {"area": self.area, "service": self.service, "months": self.months}
        return {name: value for name, value in found.items() if value}

    def scope(self, settings: AuthoritySettings) -> Scope | None:
        """Return the one area or service; None for the whole authority.

        Raises:
            Problem: both are named, or the settings have no such unit (422, with those they have).

        """
        if self.area and self.service:
            raise _fault("service", "An area and a service are named.", "Name one of the two.")
        dimension: Dimension = "area" if self.area else "service"
        key = self.area or self.service
        if not key:
            return None
        try:
            return scope_of(settings, dimension, key)
        except ScopeUnknown as unknown:
            raise _fault(dimension, str(unknown), "Name one of these, or leave it out.") from unknown

    def rhythm(self, settings: AuthoritySettings) -> Rhythm:
        """Return how the year is cut: by the authority's settings, or into windows of the length asked for."""
        if not self.months:
            return rhythm_of(settings)
        return Rhythm.of(settings.reporting.window_start_month, int(self.months))

    def in_words(self, scope: Scope | None) -> str:
        """Return what is particular, as a page says it; nothing without a cut."""
        lengths = {"1": "windows of one month", "3": "windows of a quarter", "12": "windows of a year"}
        parts = [f"{scope.name} alone" if scope else "", lengths.get(self.months or "", "")]
        return ", in ".join(part for part in parts if part)


def _fault(field: str, message: str, way_out: str) -> Problem:
    return invalid(
        [{"field": field, "place": f"query/{field}", "message": message, "way_out": way_out}],
        detail="That part of the authority cannot be shown.",
    )

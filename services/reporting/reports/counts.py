"""Counting: SQL over the facts for an authority and a window, and nothing but counting.

Every query reads the versions known now, or those known at a moment (`as_known_at`), from the schema that the
connection's search path names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from services.reporting.reports.scopes import Scope
from services.reporting.reports.windows import Month, Window, london_date

_KNOWN = re.compile(r"KNOWN\((\w+)\)")
_OF_UNITS = re.compile(r"KNOWN\((?!tool\))(\w+)\)")
"""Facts that lie in an area and a service; tools do not."""

Line = Mapping[str, Any]


class Reader(Protocol):
    """What a count needs of a connection: asyncpg's `fetch`, or a test's stand-in."""

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Return the rows of a query."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """The lines of each query for one window, unsuppressed: they never leave `reports`."""

    outcomes: list[Line]
    activity: list[Line]
    grades: list[Line]
    moderation: list[Line]
    kinds: list[Line]
    teams: list[Line]
    themes: list[Line]
    escalations: list[Line]
    considered: list[Line]
    recommendations: list[Line]
    recorded_late: int
    disputes: list[Line] = field(default_factory=list)
    aside: int = 0
    escalation_times: list[Line] = field(default_factory=list)
    escalations_after: Line = field(default_factory=dict)
    not_required: list[Line] = field(default_factory=list)
    section_grades: list[Line] = field(default_factory=list)
    answers: list[Line] = field(default_factory=list)
    tool_sections: list[Line] = field(default_factory=list)
    tool_questions: list[Line] = field(default_factory=list)
    cared_for: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """The counts of one month of completion, by name; a month without audits counts 0 everywhere."""

    month: Month
    counts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)


class Counter:
    """Counts for one authority on one connection, with the facts as known now or at a moment."""

    def __init__(
        self, reader: Reader, authority: str, as_known_at: datetime | None = None, scope: Scope | None = None
    ) -> None:
        """`scope` leaves the facts of one area or service alone."""
        self._reader = reader
        self._authority = authority
        self._as_known_at = as_known_at
        self._scope = scope

    async def read_to(self) -> datetime | None:
        """Return the newest recorded moment in the facts (or the moment asked for); None without any."""
        [line] = await self._reader.fetch(_sql("read_to"))
        newest: datetime | None = line["read_to"]
        if newest is not None and self._as_known_at is not None:
            return min(newest, self._as_known_at)
        return newest

    async def months_with_facts(self) -> list[Month]:
        """Return the months in which anything was completed or raised, in order."""
        return [Month.of(line["month"]) for line in await self._fetch("months_with_facts")]

    async def months(self, start: date, end: date) -> dict[Month, MonthCounts]:
        """Return the headline counts of every month from `start` until before `end`."""
        found = {Month.of(line["month"]): line for line in await self._completed("months", start, end)}
        month, result = Month.of(start), {}
        while month.start < end:
            line = found.get(month, {})
            result[month] = MonthCounts(month, {name: value for name, value in line.items() if name != "month"})
            month = month.plus(1)
        return result

    async def tool_versions(self, start: date, end: date) -> list[Line]:
        """Return completed audits by month and tool version."""
        return await self._completed("tools", start, end)

    async def labels(self) -> dict[str, str]:
        """Return what the authority's tools call their themes, by code; none for a theme no tool names."""
        return {line["theme"]: line["label"] for line in await self._fetch("labels")}

    async def graded_twice(self, start: date, end: date) -> list[Line]:
        """Return the audits of some days that auditor and moderator graded, a row each: for the QA unit alone."""
        return await self._completed("consistency", start, end)

    async def graded_from_outside(self, start: date, end: date) -> tuple[list[Line], list[Line]]:
        """Return the audits that moderators from inside and outside graded, a row each, and auditors' grades by cohort.

        For the QA unit alone.
        """
        pairs = await self._completed("consistency_external", start, end)
        return pairs, await self._completed("consistency_cohorts", start, end)

    async def evidence(self, window: Window, condition: str, dimension: str, key: str) -> list[Line]:
        """Return the completed audits of a window, of a unit or all, for which a condition (words of ours) holds."""
        query = (_sql("completed") + _sql("evidence")).replace("CONDITION", condition)
        return await self._run(query, (window.start, window.end, dimension, key))

    async def window(self, window: Window, read_to: datetime) -> Counted:
        """Count everything a report of a window needs. `read_to` says up to when what is overdue is told."""
        start, end = window.start, window.end
        moments = (window.starts_at, window.ends_at)
        read_to_day = london_date(read_to)
        [late] = await self._completed("recorded_late", start, end, window.ends_at)
        [aside] = await self._fetch("aside", start, end)
        [after] = await self._fetch("escalations_after", *moments)
        return Counted(
            outcomes=await self._completed("outcomes", start, end),
            activity=await self._fetch("activity", start, end, read_to_day),
            grades=await self._completed("grades", start, end),
            moderation=await self._completed("moderation", start, end),
            kinds=await self._completed("kinds", start, end),
            teams=await self._completed("teams", start, end),
            themes=await self._completed("themes", start, end),
            escalations=await self._fetch("escalations", *moments, read_to.astimezone(UTC)),
            considered=await self._fetch("considered", *moments),
            recommendations=await self._fetch("recommendations", *moments, read_to_day),
            recorded_late=late["audits"],
            disputes=await self._completed("disputes", start, end),
            aside=aside["audits"],
            escalation_times=await self._fetch("escalation_times", *moments),
            escalations_after=after,
            not_required=await self._fetch("not_required", *moments),
            section_grades=await self._completed("section_grades", start, end),
            answers=await self._completed("answers", start, end),
            tool_sections=await self._fetch("tool_sections"),
            tool_questions=await self._fetch("tool_questions"),
            cared_for=await self._completed("cared_for", start, end),
        )

    async def _completed(self, name: str, *arguments: object) -> list[Line]:
        return await self._run(_sql("completed") + _sql(name), arguments)

    async def _fetch(self, name: str, *arguments: object) -> list[Line]:
        return await self._run(_sql(name), arguments)

    async def _run(self, query: str, arguments: tuple[object, ...]) -> list[Line]:
        values: list[object] = [self._authority, *arguments]
        condition = r"\1.known_until = 'infinity'"
        if self._as_known_at is not None:
            values.append(self._as_known_at)
            condition = rf"(\1.known_from <= ${len(values)} AND ${len(values)} < \1.known_until)"
        if self._scope is not None and _OF_UNITS.search(query):
            values.append(self._scope.key)
            query = _OF_UNITS.sub(rf"({condition} AND \1.{self._scope.dimension} = ${len(values)})", query)
        return [dict(line) for line in await self._reader.fetch(_KNOWN.sub(condition, query), *values)]


@cache
def _sql(name: str) -> str:
    return files("services.reporting.reports").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")

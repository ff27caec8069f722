"""Taking in a file of completed audits: every row checked first, then the good ones in, in batches.

The same file twice changes nothing: an audit's id is derived from its audit number, or from its child's random
reference with tool, day and auditor, so an audit that is there already is found. Nothing is derived from a case number.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.audit.app import sealing
from services.audit.app.asking import Asked, InTheFuture
from services.audit.app.audits import allocating
from services.audit.app.audits.allocating import Named
from services.audit.app.handling import Parts
from services.audit.app.importing.columns import RowForms, forms_of, header_problems, tool_of
from services.audit.app.importing.earlier import (
    OneAudit,
    audit_id_of,
    by_audit_id,
    depth_in_file,
    problems_of_earlier,
    with_earlier,
)
from services.audit.app.importing.problems import (
    FileRefused,
    ImportReport,
    RowProblem,
    row_problems,
)
from services.audit.app.importing.reading import Row, Sheet, read_sheet
from services.audit.app.importing.storing import Prepared, Storing
from services.audit.app.making import completion_of, recommendation_id, settings_on
from services.audit.app.moderation.policy import NO_FACTS, Facts
from services.audit.app.moderation.policy_facts import ArrivingFacts
from services.audit.app.sealing import Texts, ToSeal
from services.audit.domain.audits.commands import ImportCompletedAudit
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.states import INITIAL
from services.audit.domain.refusals import Problem, Refused, ToolNotFound
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.refusals import ToolVersionRetired
from services.audit.domain.words import business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection
from shared.privacy.references import ErasedCase
from shared.telemetry import events, logs

events.register(
    events.LogEvent(
        "audits_imported",
        "info",
        ("authority", "rows", "applied", "skipped", "discarded"),
        "A file of completed audits was taken in: its rows, those new, those there already, those that stayed out.",
        "Nothing; whoever sent the file has the report of every fault by row and column.",
    )
)
_log = logs.get_logger()
_BUSINESS_ZONE: Final = ZoneInfo("Europe/London")
_MIDDAY: Final = time(12)
_BATCH: Final = 200
_TURN: Final = 20
_NOBODY: Final = UUID(int=0)
_ERASED_PROBLEM: Final = ("the child was erased", "It is not brought back; ask the QA unit whether it was meant to be.")


Retirements = dict[tuple[str, int | None], datetime | None]
"""When versions of tools were retired, each asked for once a file."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A row without a fault: its forms, its tool, and who asks for it when."""

    forms: RowForms
    tool: ToolDocument
    allocated: Asked
    completed: Asked


class Importing:
    """Imports files of completed audits. `secret` keys the fingerprint of each row."""

    def __init__(self, parts: Parts, secret: bytes) -> None:
        self._parts = parts
        self._secret = secret

    async def take(self, content: bytes, asked: Asked, *, dry_run: bool, all_or_nothing: bool) -> ImportReport:
        """Check a file and, unless it is a dry run, take in its good rows; with `all_or_nothing` all rows or none.

        Raises:
            FileRefused: it is no CSV or XLSX file, or its header is wrong.
            AuthorityUnknown: no settings document names the authority.

        """
        settings_on(self._parts.authorities, asked.authority, business_date(asked.recorded_at))  # known at all?
        sheet = await asyncio.to_thread(read_sheet, content)
        refused = list(header_problems(sheet.columns))
        if refused:
            raise FileRefused([Problem(each.column, each.problem, each.way_out) for each in refused])
        problems: list[RowProblem] = []
        checked = await self._check(sheet, asked, problems)
        good = len(checked)
        storing = Storing(self._parts.store, self._parts.pool)
        if not dry_run and not (all_or_nothing and problems):
            await self._take_in(storing, checked, problems, all_or_nothing=all_or_nothing)
            self._parts.wake()
            _log.info(
                "audits_imported",
                authority=asked.authority,
                rows=len(sheet.rows),
                applied=storing.taken_in,
                skipped=storing.already_there,
                discarded=len(sheet.rows) - storing.taken_in - storing.already_there,
            )
        return ImportReport(
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
            rows=len(sheet.rows),
            good=good,
            taken_in=storing.taken_in,
            already_there=storing.already_there,
            problems=tuple(sorted(problems, key=lambda each: (each.row, each.column))),
            audits=tuple(sorted(storing.audits, key=lambda each: each.row)),
        )

    async def _check(self, sheet: Sheet, asked: Asked, problems: list[RowProblem]) -> list[Checked]:
        checked: list[Checked] = []
        retired: Retirements = {}
        for count, row in enumerate(sheet.rows):
            found = await self._check_row(row, asked, retired)
            if isinstance(found, Checked):
                checked.append(found)
            else:
                problems += found
            if count % _TURN == 0:
                await asyncio.sleep(0)  # other requests go on meanwhile
        problems += _twice(checked)
        problems += await self._erased(checked, asked.authority)
        bad = {each.row for each in problems}
        named = [
            OneAudit(one.forms, self._settings_of(one), one.tool.needs_earlier_audit)
            for one in checked
            if one.forms.row not in bad
        ]
        problems += await problems_of_earlier(self._parts, asked.authority, named)
        bad = {each.row for each in problems}
        good = [each for each in checked if each.forms.row not in bad]
        in_file = by_audit_id(asked.authority, [one.forms for one in good])
        # What a row looks at again is stored before it.
        return sorted(good, key=lambda one: depth_in_file(one.forms, in_file) or 0)

    async def _check_row(self, row: Row, asked: Asked, retired: Retirements) -> Checked | list[RowProblem]:
        """Check a row against settings and tool by deciding it with stand-ins for references and texts."""
        name, version = tool_of(row)
        try:
            tool = await self._parts.tools.get(asked.authority, name, version)
        except ToolNotFound as missing:
            return [RowProblem(row=row.number, column="tool", problem=missing.sentence, way_out=missing.way_out)]
        forms, problems = forms_of(row, tool)
        if forms is None:
            return problems
        forms = with_earlier(forms, asked.authority)
        key = (tool.tool, tool.version)
        if key not in retired:
            retired[key] = await self._parts.tools.retired_at(asked.authority, tool)
        try:
            one = Checked(forms, tool, _on(asked, forms.allocated_on), _on(asked, forms.completed_on))
            stand_in = Named(_NOBODY, forms.allocation.auditor or _NOBODY)
            decide(self._command(one, _NOBODY, stand_in, sealing.present(_texts(forms))), INITIAL)
            if (at := retired[key]) is not None and business_date(at) < forms.allocated_on:
                return [_retired_row(row)]
        except Refused as refused:
            return list(row_problems(row.number, refused))
        return one

    def _command(
        self, one: Checked, audit_id: UUID, who: Named, texts: Texts, facts: Facts = NO_FACTS
    ) -> ImportCompletedAudit:
        settings = self._settings_of(one)
        allocate = allocating.command_of(
            settings, one.tool, one.forms.allocation, audit_id=audit_id, who=who, asked=one.allocated
        )
        complete = completion_of(
            settings, one.tool, audit_id, form=one.forms.completion, texts=texts, asked=one.completed, facts=facts
        )
        return ImportCompletedAudit(allocate=allocate, complete=complete)

    def _settings_of(self, one: Checked) -> AuthoritySettings:
        return settings_on(self._parts.authorities, one.completed.authority, one.forms.completed_on)

    async def _erased(self, checked: Sequence[Checked], authority: str) -> list[RowProblem]:
        references = self._parts.references
        numbers = {each.forms.case_number for each in checked}
        async with self._parts.pool.acquire() as connection:
            gone = {
                number
                for number in sorted(numbers)
                if isinstance(await references.look_up(connection, authority, number), ErasedCase)
            }
        return [_erased_row(each) for each in checked if each.forms.case_number in gone]

    async def _take_in(
        self, storing: Storing, checked: Sequence[Checked], problems: list[RowProblem], *, all_or_nothing: bool
    ) -> None:
        prepared: list[Prepared] = []
        counting = ArrivingFacts(self._parts.pool)
        for start in range(0, len(checked), _BATCH):
            batch = await self._prepare(checked[start : start + _BATCH], problems, counting)
            if all_or_nothing:
                prepared += batch
            else:
                await storing.store(batch)
        if all_or_nothing and not problems:
            await storing.store_all(prepared, _BATCH)
        problems += storing.problems

    async def _prepare(
        self, batch: Sequence[Checked], problems: list[RowProblem], counting: ArrivingFacts
    ) -> list[Prepared]:
        """Find or make the references of a batch, seal its texts, and decide each of its audits."""
        authority = batch[0].completed.authority
        async with self._parts.pool.acquire() as connection:
            named = await self._named(connection, authority, batch)
        rows = [(each, who) for each, who in zip(batch, named, strict=True) if who is not None]
        problems += [_erased_row(each) for each, who in zip(batch, named, strict=True) if who is None]
        ids = [audit_id_of(authority, each.forms, who.case_reference, who.auditor) for each, who in rows]
        to_seal = [
            ToSeal(who.case_reference, id_, sealing.boxes_of(_texts(each.forms, id_)))
            for (each, who), id_ in zip(rows, ids, strict=True)
        ]
        sealed = await sealing.seal_many(self._parts.sealer, to_seal)
        prepared: list[Prepared] = []
        for count, ((each, who), id_, texts) in enumerate(zip(rows, ids, sealed, strict=True)):
            if count % _TURN == 0:
                await asyncio.sleep(0)  # other requests go on meanwhile
            if texts is None:
                problems.append(_erased_row(each))
                continue
            try:
                command = self._command(each, id_, who, texts)
                facts = await counting.of(self._settings_of(each), command.allocate.place, who.auditor)
                if facts is not NO_FACTS:
                    command = self._command(each, id_, who, texts, facts)
                prepared.append(Prepared.of(each.forms.row, id_, command, self._asked(each, id_).meta()))
            except Refused as refused:
                problems += row_problems(each.forms.row, refused)
        return prepared

    async def _named(self, connection: Connection, authority: str, batch: Sequence[Checked]) -> list[Named | None]:
        """Return the references each row names; None where the child was erased."""
        references = self._parts.references
        cases = await references.references_for(connection, authority, [each.forms.case_number for each in batch])
        numbers = sorted({each.forms.allocation.auditor_staff_number or "" for each in batch} - {""})
        people = dict(zip(numbers, await references.people_for(connection, authority, numbers), strict=True))
        found: list[Named | None] = []
        for each, case in zip(batch, cases, strict=True):
            form = each.forms.allocation
            auditor = form.auditor or people[form.auditor_staff_number or ""]
            found.append(None if isinstance(case, ErasedCase) else Named(case, auditor))
        return found

    def _asked(self, one: Checked, audit_id: UUID) -> Asked:
        """Return who asks for a row's audit: the key names the audit, the fingerprint what the row says of it."""
        said = (
            f"{one.forms.allocation.model_dump_json()}{one.forms.completion.model_dump_json()}{one.forms.allocated_on}"
        )
        fingerprint = hmac.digest(self._secret, said.encode(), "sha256")
        return replace(one.completed, idempotency_key=f"import|{audit_id}", fingerprint=fingerprint)


def _texts(forms: RowForms, audit_id: UUID = _NOBODY) -> Iterator[tuple[str, str | None]]:
    yield from forms.completion.texts()
    for number, each in enumerate(forms.completion.recommendations, 1):
        yield f"recommendations/{recommendation_id(audit_id, number)}", each.text


def _on(asked: Asked, day: date) -> Asked:
    """Return the request as of a business day: at midday there, or now where midday is still to come."""
    moment = datetime.combine(day, _MIDDAY, _BUSINESS_ZONE).astimezone(UTC)
    if moment > asked.recorded_at and business_date(asked.recorded_at) == day:
        moment = asked.recorded_at
    if moment > asked.recorded_at:
        raise InTheFuture([Problem("completed_on", "the day is still to come", "Give the day it was completed.")])
    return replace(asked, happened_at=moment)


def _twice(checked: Sequence[Checked]) -> Iterator[RowProblem]:
    """Yield the rows that stand for an audit which an earlier row of the file stands for."""
    seen: dict[tuple[str, ...], int] = {}
    for each in checked:
        forms = each.forms
        auditor = forms.allocation.auditor or forms.allocation.auditor_staff_number
        case = "".join(forms.case_number.split()).casefold()
        named = (forms.allocation.tool, str(forms.completed_on), str(auditor))
        identity = (case, *named) if forms.audit_number is None else (forms.audit_number,)
        first = seen.setdefault(identity, forms.row)
        if first != forms.row:
            column = "audit_number" if forms.audit_number is not None else "case_number"
            yield RowProblem(
                row=forms.row,
                column=column,
                problem=f"row {first} stands for the same audit",
                way_out="Keep one of them, or give each an audit_number of its own.",
            )


def _retired_row(row: Row) -> RowProblem:
    column = "tool_version" if "tool_version" in row.cells else "tool"
    sentence, way_out = ToolVersionRetired.sentence, ToolVersionRetired.way_out
    return RowProblem(row=row.number, column=column, problem=sentence, way_out=way_out)


def _erased_row(one: Checked) -> RowProblem:
    problem, way_out = _ERASED_PROBLEM
    return RowProblem(row=one.forms.row, column="case_number", problem=problem, way_out=way_out)

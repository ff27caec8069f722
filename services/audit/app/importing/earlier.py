"""What an import file says of earlier audits: named by id, or by the number they were (or are being) imported with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from services.audit.app.audits import allocating
from services.audit.app.handling import Parts
from services.audit.app.importing.columns import RowForms
from services.audit.app.importing.problems import RowProblem, column_of
from services.audit.domain.audits import re_auditing
from services.audit.domain.refusals import AuditOfItself, Problem
from shared.authority.settings import AuthoritySettings
from shared.privacy.references import normal_form

COLUMN: Final = "re_audit_of"
_IMPORTED: Final = uuid5(NAMESPACE_URL, "urn:sightline:imported-audit")
_WAY_OUT: Final = "Name the earlier audit by its id, or by its audit_number where it was imported."
_NONE_NAMED: Final = Problem(COLUMN, "the tool looks at an earlier audit again, and none is named", _WAY_OUT)
_NOT_THERE: Final = Problem(COLUMN, "there is no such audit in your authority, and none in this file", _WAY_OUT)
_ITSELF: Final = Problem(COLUMN, AuditOfItself.sentence, AuditOfItself.way_out)
_IN_A_RING: Final = Problem(
    COLUMN, "rows of this file name each other as the earlier audit", "Let the first audit of the child name none."
)


def imported_audit_id(authority: str, audit_number: str) -> UUID:
    """Return the id of an imported audit with a number of its own: the same wherever and whenever it is imported."""
    return uuid5(_IMPORTED, f"{authority}|{audit_number}")


def audit_id_of(authority: str, forms: RowForms, case_reference: UUID, auditor: UUID) -> UUID:
    """Return the id of a row's audit: by its number, or else by the child's reference, tool, day and auditor."""
    if forms.audit_number is not None:
        return imported_audit_id(authority, forms.audit_number)
    return uuid5(case_reference, f"import|{forms.allocation.tool}|{forms.completed_on}|{auditor}")


def with_earlier(forms: RowForms, authority: str) -> RowForms:
    """Return the forms of a row with the earlier audit it names by its id."""
    named = forms.earlier_audit
    if named is None:
        return forms
    try:
        earlier = UUID(named)
    except ValueError:
        earlier = imported_audit_id(authority, named)
    return replace(forms, allocation=forms.allocation.model_copy(update={"re_audit_of": earlier}))


@dataclass(frozen=True, slots=True)
class OneAudit:
    """A row without a fault so far: its forms, its authority's settings then, whether its tool looks at one again."""

    forms: RowForms
    settings: AuthoritySettings
    needs_earlier: bool


async def problems_of_earlier(parts: Parts, authority: str, rows: Iterable[OneAudit]) -> list[RowProblem]:
    """Return what is wrong with the earlier audits that rows name, or ought to name."""
    rows = list(rows)
    in_file = by_audit_id(authority, [one.forms for one in rows])
    return [
        RowProblem(row=one.forms.row, column=column_of(each.place), problem=each.message, way_out=each.way_out)
        for one in rows
        for each in await _problems_of(parts, authority, one, in_file)
    ]


def by_audit_id(authority: str, rows: Iterable[RowForms]) -> dict[UUID, RowForms]:
    """Return the rows that others of the file can name as their earlier audit, by the ids they are imported with."""
    return {imported_audit_id(authority, one.audit_number): one for one in rows if one.audit_number}


def depth_in_file(forms: RowForms, in_file: Mapping[UUID, RowForms]) -> int | None:
    """Return how many rows of the file have to be stored before this one; None where rows name each other in a ring."""
    depth, named = 0, forms.allocation.re_audit_of
    while named is not None and (earlier := in_file.get(named)) is not None:
        depth, named = depth + 1, earlier.allocation.re_audit_of
        if depth > len(in_file):
            return None
    return depth


async def _problems_of(
    parts: Parts, authority: str, one: OneAudit, in_file: Mapping[UUID, RowForms]
) -> Sequence[Problem]:
    forms = one.forms
    earlier = forms.allocation.re_audit_of
    if earlier is None:
        return [_NONE_NAMED] if one.needs_earlier else []
    beside = in_file.get(earlier)
    if beside is not None and beside.row == forms.row:
        return [_ITSELF]
    if depth_in_file(forms, in_file) is None:
        return [_IN_A_RING]
    there = await allocating.earlier_audit(parts.store, authority, earlier)
    if beside is None and there is None:
        return [_NOT_THERE]
    return await _problems_beside(parts, authority, one, beside, there)


async def _problems_beside(
    parts: Parts, authority: str, one: OneAudit, beside: RowForms | None, there: allocating.Earlier | None
) -> Sequence[Problem]:
    """Return what an earlier audit says against a row: one of the same file, one that is there, or both."""
    forms, references = one.forms, parts.references
    async with parts.pool.acquire() as connection:
        case = await references.look_up(connection, authority, forms.case_number)
        auditor = await allocating.known_auditor(connection, references, authority, forms.allocation)
        first = beside and await allocating.known_auditor(connection, references, authority, beside.allocation)
    if beside is not None and _plain(beside.case_number) != _plain(forms.case_number):
        return [allocating.OF_ANOTHER_CHILD]
    if beside is None and there is not None and there.allocation.place.case_reference != case:
        return [allocating.OF_ANOTHER_CHILD]
    if isinstance(case, UUID) and auditor is not None:
        past = await parts.store.past(audit_id_of(authority, forms, case, auditor))
        if past.version:
            return []  # it came in before and stays, whatever was allowed then
    if there is not None:
        return list(allocating.problems_of_beginning(one.settings, there, auditor))
    by_the_same = (auditor or _staff_number(forms)) == (first or _staff_number(beside))
    return [re_auditing.BY_THE_SAME] if by_the_same and not one.settings.audit.re_audit_by_same_auditor else []


def _staff_number(forms: RowForms | None) -> str:
    """Return the auditor's staff number as it is compared."""
    return "" if forms is None else normal_form(forms.allocation.auditor_staff_number or "")


def _plain(case_number: str) -> str:
    """Return a case number as it is compared: spaces and capitals do not tell two apart."""
    return "".join(case_number.split()).casefold()

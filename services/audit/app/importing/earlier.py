"""What an import file says of earlier audits: named by id, or by the number they were (or are being) imported with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from services.audit.app.audits import allocating
from services.audit.app.handling import Parts
from services.audit.app.importing.columns import RowForms
from services.audit.app.importing.problems import RowProblem
from services.audit.domain.refusals import AuditOfItself

COLUMN: Final = "re_audit_of"
_IMPORTED: Final = uuid5(NAMESPACE_URL, "urn:sightline:imported-audit")
_WAY_OUT: Final = "Name the earlier audit by its id, or by its audit_number where it was imported."


def imported_audit_id(authority: str, audit_number: str) -> UUID:
    """Return the id of an imported audit with a number of its own: the same wherever and whenever it is imported."""
    return uuid5(_IMPORTED, f"{authority}|{audit_number}")


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
    """A row without a fault so far: its forms, and whether its tool looks at an earlier audit again."""

    forms: RowForms
    needs_earlier: bool


async def problems_of_earlier(parts: Parts, authority: str, rows: Iterable[OneAudit]) -> list[RowProblem]:
    """Return what is wrong with the earlier audits that rows name, or ought to name."""
    rows = list(rows)
    in_file = {
        imported_audit_id(authority, one.forms.audit_number): one.forms for one in rows if one.forms.audit_number
    }
    found = [await _problem_of(parts, authority, one, in_file) for one in rows]
    return [
        RowProblem(row=one.forms.row, column=COLUMN, problem=problem, way_out=way_out)
        for one, (problem, way_out) in zip(rows, found, strict=True)
        if problem
    ]


async def _problem_of(parts: Parts, authority: str, one: OneAudit, in_file: Mapping[UUID, RowForms]) -> tuple[str, str]:
    """Return what is wrong and the way out; both empty where nothing is."""
    forms = one.forms
    earlier = forms.allocation.re_audit_of
    if earlier is None:
        return (
            ("the tool looks at an earlier audit again, and none is named", _WAY_OUT) if one.needs_earlier else ("", "")
        )
    if (beside := in_file.get(earlier)) is not None:
        if beside.row == forms.row:
            return AuditOfItself.sentence, AuditOfItself.way_out
        return _of_one_child(same=_plain(beside.case_number) == _plain(forms.case_number))
    there = await allocating.earlier_audit(parts.store, authority, earlier)
    if there is None:
        return "there is no such audit in your authority, and none in this file", _WAY_OUT
    async with parts.pool.acquire() as connection:
        case = await parts.references.look_up(connection, authority, forms.case_number)
    return _of_one_child(same=case == there.place.case_reference)


def _of_one_child(*, same: bool) -> tuple[str, str]:
    return ("", "") if same else (allocating.OF_ANOTHER_CHILD.message, allocating.OF_ANOTHER_CHILD.way_out)


def _plain(case_number: str) -> str:
    """Return a case number as it is compared: spaces and capitals do not tell two apart."""
    return "".join(case_number.split()).casefold()

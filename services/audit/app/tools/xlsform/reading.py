"""A workbook as a tool: cells first, then sheets and rows, then the rules that every tool keeps, then pyxform.

Every fault is listed at once with its sheet, row and column.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.app.tools.xlsform.cells import read_book
from services.audit.app.tools.xlsform.drafting import Draft, Json
from services.audit.app.tools.xlsform.faults import Fault, WorkbookRefused
from services.audit.app.tools.xlsform.judging import fault_of_pyxform
from services.audit.app.tools.xlsform.places import Places
from services.audit.app.tools.xlsform.reading_form import document_of
from services.audit.app.tools.xlsform.reading_lists import read_lists
from services.audit.app.tools.xlsform.reading_tree import read_tree
from services.audit.domain.refusals import ToolInvalid
from services.audit.domain.tools.document import ToolDocument, read_tool


@dataclass(frozen=True, slots=True)
class ReadTool:
    """A tool read from a workbook, and what of the workbook it has no place for."""

    tool: ToolDocument
    notes: tuple[Fault, ...]


def read_workbook(content: bytes) -> ReadTool:
    """Return the tool that a workbook holds.

    Raises:
        WorkbookRefused: with every fault, by sheet, row and column.

    """
    draft = Draft(read_book(content))
    book = draft.book
    if not book.whole or not all(sheet.letters for sheet in (book.survey, book.choices, book.settings)):
        raise WorkbookRefused(book.faults)
    read_lists(draft)
    read_tree(draft)
    document = document_of(draft)
    faults = [*book.faults]
    tool = _judged(draft, document, faults)
    faults += fault_of_pyxform(content, book, faults)
    if faults or tool is None:
        raise WorkbookRefused(faults)
    return ReadTool(tool, tuple(sorted(book.notes, key=lambda note: note.order)))


def _judged(draft: Draft, document: Json, faults: list[Fault]) -> ToolDocument | None:
    """Return the tool, or add what a tool's own rules say, where nothing else is wrong with a row already."""
    there = {(fault.sheet, fault.row) for fault in faults}
    try:
        return read_tool(document)
    except ToolInvalid as invalid:
        places = Places(draft, document)
        found = dict.fromkeys(places.fault(problem) for problem in invalid.problems)
        faults += [fault for fault in found if (fault.sheet, fault.row) not in there]
        return None

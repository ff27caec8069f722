"""Import files that are broken or made to do harm: refused in a sentence, and soon."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from services.audit.app.importing.problems import FileRefused
from services.audit.app.importing.reading import Sheet, read_sheet

_SHEET = "xl/worksheets/sheet1.xml"
_SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>case_number</t></is></c></row>'


def workbook(sheet: str | None = None, *, part: str = _SHEET) -> bytes:
    """A workbook as a spreadsheet saves it, one part of it replaced."""
    saved = io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["case_number"])
    book.active.append(["RS-1"])
    book.save(saved)
    if sheet is None:
        return saved.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(saved) as given, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            made.writestr(name, sheet.encode() if name == part else given.read(name))
    return changed.getvalue()


def sheet_of(*rows: str, header: str = _HEADER, prolog: str = "") -> str:
    return f"{prolog}<worksheet {_SPREADSHEET}><sheetData>{header}{''.join(rows)}</sheetData></worksheet>"


def cell_in(row: str, column: str = "A") -> str:
    return f'<row r="{row}"><c r="{column}{row}" t="inlineStr"><is><t>RS-1</t></is></c></row>'


def refused(content: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read_sheet(content)
    [problem] = caught.value.problems
    assert problem.way_out
    return problem.message


def numbers(sheet: Sheet) -> list[int]:
    return [row.number for row in sheet.rows]


def test_the_workbook_that_the_broken_ones_are_made_of_is_fine() -> None:
    assert numbers(read_sheet(workbook())) == [2]
    assert numbers(read_sheet(workbook(sheet_of(cell_in("2"), cell_in("9"))))) == [2, 9]


@pytest.mark.parametrize("row", ["200001", "1048576", "99999999999", "1e15"])
def test_a_row_far_below_is_refused_before_every_row_above_it_is_made(row: str) -> None:
    far = f'<row r="{row}"><c t="inlineStr"><is><t>RS-1</t></is></c></row>'
    assert "rows far below" in refused(workbook(sheet_of(cell_in("2"), far)))
    assert refused(workbook(sheet_of(header=far)))


def test_the_last_row_may_be_used_and_no_more_empty_ones_lie_before_it() -> None:
    steps = [cell_in(str(number)) for number in range(10_002, 200_000, 10_001)]
    assert numbers(read_sheet(workbook(sheet_of(*steps, cell_in("200000")))))[-1] == 200_000


def test_many_empty_rows_between_two_that_hold_something_are_refused() -> None:
    assert numbers(read_sheet(workbook(sheet_of(cell_in("10002"))))) == [10_002]
    assert "empty rows" in refused(workbook(sheet_of(cell_in("10003"))))


def test_empty_rows_and_far_rows_of_a_csv_file_are_limited_alike() -> None:
    assert "empty rows" in refused(b"case_number\n" + b"\n" * 10_001 + b"RS-1\n")
    assert "rows far below" in refused(b"case_number\n" + b"\n" * 200_000)


def test_a_cell_far_to_the_right_is_refused() -> None:
    assert "too many columns" in refused(workbook(sheet_of(cell_in("2", "ZZZ"))))


_BOMB = (
    '<!DOCTYPE worksheet [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {made} "{f"&{of};" * 10}">' for of, made in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)

BROKEN: dict[str, bytes] = {
    "torn XML": workbook(sheet_of(cell_in("2"))[:-30]),
    "no XML": workbook("case_number,kind"),
    "row that is no number": workbook(sheet_of(cell_in("zz"))),
    "row that is half a number": workbook(sheet_of(cell_in("2.5"))),
    "column beyond any": workbook(sheet_of(cell_in("2", "ZZZZZZ"))),
    "number that is none": workbook(sheet_of('<row r="2"><c r="A2"><v>many</v></c></row>')),
    "shared text that is not there": workbook(sheet_of('<row r="2"><c r="A2" t="s"><v>99</v></c></row>')),
    "entity bomb": workbook(sheet_of(f"<row><c t='inlineStr'><is><t>{'&j;'}</t></is></c></row>", prolog=_BOMB)),
    "small entity": workbook(sheet_of(prolog='<!DOCTYPE worksheet [<!ENTITY a "lol">]>')),
    "entity not declared": workbook(sheet_of("<row><c t='inlineStr'><is><t>&a;</t></is></c></row>")),
    "torn list of sheets": workbook("<workbook", part="xl/workbook.xml"),
    "torn relations": workbook("<Relationships", part="xl/_rels/workbook.xml.rels"),
    "torn styles": workbook("<styleSheet", part="xl/styles.xml"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_or_malicious_workbook_is_refused_in_a_sentence(kind: str) -> None:
    message = refused(BROKEN[kind])
    assert ("entities" in message) == (kind in {"entity bomb", "small entity"})

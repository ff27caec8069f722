"""The first sheet of an XLSX file as lines of cells; a broken, oversized or malicious one is refused in a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from xml.parsers import expat

from openpyxl import load_workbook

from services.audit.app.importing.problems import FileRefused, refuse

MOST_UNPACKED_BYTES: Final = 300_000_000
_CHUNK: Final = 65_536


def lines_of(content: bytes, *, up_to: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the first sheet from row 1, at most `up_to`; a row that the file leaves out is empty.

    Raises:
        FileRefused: it is no workbook that can be read, or larger than one may be.

    """
    try:
        _check_parts(content)
        yield from _lines(content, up_to)
    except FileRefused:
        raise
    except Exception:  # noqa: BLE001 - openpyxl lets through whatever a broken part makes it stumble over
        raise refuse(
            "the file is no readable XLSX workbook", "Open it in a spreadsheet and save it as .xlsx."
        ) from None


def _lines(content: bytes, up_to: int) -> Iterator[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        if not book.worksheets:
            raise refuse("the workbook has no sheet", "Put the audits on the first sheet.")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        # Without a last row, openpyxl would yield every row that a row's number leaves out, however many.
        yield from sheet.iter_rows(max_row=up_to, values_only=True)
    finally:
        book.close()


def _check_parts(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise refuse("the workbook is too large when unpacked", "Send it in smaller parts.")
        if any(declares_a_document_type(archive, part) for part in parts):
            raise refuse(
                "the workbook declares entities, which no spreadsheet does",
                "Open it in a spreadsheet and save it as .xlsx.",
            )


def declares_a_document_type(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Say whether a part has a DOCTYPE: entities stand in one, and a few may unfold to gigabytes.

    Only what comes before the part's first element is read, since a DOCTYPE stands nowhere else.
    """
    found: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.append(True)
    parser.StartElementHandler = lambda *_: found.append(False)
    with archive.open(part) as stream:
        try:
            while not found and (chunk := stream.read(_CHUNK)):
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by place only
        except expat.ExpatError:
            pass  # a picture, or broken: openpyxl cannot read it as XML either
    return bool(found) and found[0]

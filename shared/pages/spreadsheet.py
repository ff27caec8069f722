"""Tables as CSV (RFC 4180) that spreadsheets open as they are: UTF-8 with the mark they know it by, and no formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()
"""What a file begins with, so that a spreadsheet reads it as UTF-8."""

MEDIA_TYPE: Final = "text/csv; charset=utf-8"

_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula: with an apostrophe where it might.

    Numbers stay numbers, also negative ones; True and False are `yes` and `no`, None is an empty field.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as lines of a CSV file, each value guarded."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([guarded(value) for value in row] for row in rows)
    return written.getvalue().encode()

"""`python -m infra.documents.reporting`: writes the measures and fact tables of docs/reporting.md anew from the code.

What stands before the mark in the page is written by hand and stays. A test holds the page to this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.reporting.facts.tables import FACTS_VERSION
from services.reporting.reports.own_words import measures_in
from shared.authority.names import USUAL

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reporting.md"
MARK: Final = "<!-- From here on written from the code: python -m infra.documents.reporting -->"
_SCHEMA: Final = Path(__file__).resolve().parents[2] / "services" / "reporting" / "facts" / "schema.sql"
_TABLE: Final = re.compile(r"((?:^-- [^\n]*\n)*)^CREATE TABLE (\w+) \(\n(.*?)^\);", re.MULTILINE | re.DOTALL)
_COLUMN: Final = re.compile(r"^    (\w+) ([a-z ]+?(?:\[\])?)( NOT NULL)?,?\s*(?:-- (.*))?$")


def page(written: str) -> str:
    """Return the page with what is written from the code made anew."""
    by_hand = written.partition(MARK)[0]
    return f"{by_hand}{MARK}\n\n{''.join(_measures())}\n{''.join(_facts())}"


def _measures() -> Iterator[str]:
    yield "### Measures\n\n"
    yield "| measure | what is counted | of what | left out | events | version |\n|---|---|---|---|---|---|\n"
    for one in measures_in(USUAL):
        events = ", ".join(f"`{event}`" for event in one.events)
        cells = (one.name, one.numerator, one.denominator, one.exclusions, events, str(one.version))
        yield "".join(f"| {cell} " for cell in cells) + "|\n"


def _facts() -> Iterator[str]:
    yield f"### Fact tables (version {FACTS_VERSION})\n"
    for comment, table, body in _TABLE.findall(_SCHEMA.read_text("utf-8")):
        about = " ".join(line.removeprefix("-- ") for line in comment.strip().splitlines())
        yield f"\n#### `{table}`\n\n{about}\n\n| column | type | |\n|---|---|---|\n"
        for line in body.splitlines():
            found = _COLUMN.match(line)
            if found is not None and found[1] != "PRIMARY":
                maybe = "" if found[3] else ", may be null"
                yield f"| `{found[1]}` | {found[2]}{maybe} | {found[4] or ''} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), encoding="utf-8")

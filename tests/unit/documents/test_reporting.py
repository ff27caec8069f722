"""docs/reporting.md says what the code says: every measure, and every column of every fact table."""

from __future__ import annotations

import re

from infra.documents import reporting
from services.reporting.reports.own_words import measures_in
from shared.authority.names import USUAL


def test_the_page_is_what_the_code_says() -> None:
    written = reporting.PAGE.read_text(encoding="utf-8")
    assert reporting.MARK in written
    assert written == reporting.page(written), "python -m infra.documents.reporting"


def test_every_measure_and_every_column_is_there() -> None:
    written = reporting.PAGE.read_text(encoding="utf-8")
    assert all(f"| {one.name} |" in written for one in measures_in(USUAL))
    schema = (reporting.PAGE.parents[1] / "services/reporting/facts/schema.sql").read_text("utf-8")
    columns = re.findall(r"^    ([a-z_]+) [a-z]", schema, re.MULTILINE)
    tables = re.findall(r"^CREATE TABLE (\w+)", schema, re.MULTILINE)
    generated = written.partition("### Fact tables")[2]
    assert re.findall(r"^#### `(\w+)`", generated, re.MULTILINE) == tables
    assert re.findall(r"^\| `(\w+)` \|", generated, re.MULTILINE) == columns

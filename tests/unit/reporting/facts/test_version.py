"""The version of the facts: raised with every change of their tables."""

from __future__ import annotations

from services.reporting.facts.tables import FACTS_VERSION, SHAPE

_PUBLISHED = {2: "0f3bdbcfbdd9a767", 3: "5364f517982615b0", 4: "5364f517982615b0", 5: "c520a10844c2c3bb"}
"""Which tables each version has, from the first that carries its number on; never edited, only added to.

Version 4 has the tables of 3, of which `late` means more: what its auditor recorded after the due day is late too.
Version 5 has indexes by time over every version, for reports of what was known at a moment.
"""


def test_changed_tables_are_another_version() -> None:
    assert max(_PUBLISHED) == FACTS_VERSION
    assert _PUBLISHED[FACTS_VERSION] == SHAPE, (
        "schema.sql or indexes.sql changed: raise FACTS_VERSION (services/reporting/facts/tables.py), and add the new "
        "version with its digest here, so that installations rebuild their facts"
    )

"""Rendering: a finished report and its freshness into HTML by templates, or into JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import orjson
from jinja2 import Environment

from services.reporting.facts.live import Freshness
from services.reporting.pages import shading, wording
from services.reporting.pages.charts import draw
from services.reporting.reports.figures import Cell, Count, Decimal, Report, Share, Table
from shared.calendar.working_days import LONDON
from shared.pages import rendering
from shared.pages.rendering import Link, pages_of

PATHS = {
    "triannual": "/reports/triannual",
    "quality-board": "/boards/quality",
    "corporate-parenting": "/boards/corporate-parenting",
    "consistency": "/reports/consistency",
}
TITLES = {
    "triannual": "Triannual report",
    "quality-board": "Quality Assurance Board",
    "corporate-parenting": "Corporate Parenting Board",
    "consistency": "Consistency",
}


@dataclass(frozen=True, slots=True)
class Edition:
    """Which published version of a report a page is; `newer` leads to its successor, `older` to what it succeeds."""

    version: int
    published_at: datetime
    newer: Link | None = None
    newer_at: datetime | None = None
    older: Link | None = None


_NO_CUT: Final[Mapping[str, str]] = {}


class Named(Protocol):
    """A window with its words, of the log's figures or of a published report."""

    @property
    def key(self) -> str:
        """Return what addresses name it by."""
        ...

    @property
    def label(self) -> str:
        """Return it in words."""
        ...


def address(
    kind: str,
    authority: str,
    window: Named | str,
    suffix: str = "",
    *,
    known_at: datetime | str | None = None,
    version: int | None = None,
    cut: Mapping[str, str] = _NO_CUT,
) -> str:
    """Return the stable address of a report, as it was known at a moment or published in a version where one is given.

    A published report without a version is the newest one.
    """
    key = window if isinstance(window, str) else window.key
    query = {"authority": authority, "window": key, **cut}
    if version is not None:
        query["version"] = str(version)
    if known_at:
        query["known_at"] = known_at if isinstance(known_at, str) else known_at.isoformat()
    return f"{PATHS[kind]}{suffix}?{urlencode(query)}"


def is_hidden(figure: Cell) -> bool:
    """Tell whether a cell is suppressed."""
    if isinstance(figure, Count):
        return figure.suppressed
    return isinstance(figure, Share | Decimal) and figure.missing == "suppressed"


def has_hidden(table: Table) -> bool:
    """Tell whether any cell of a table is suppressed."""
    return any(is_hidden(cell) for row in table.rows for cell in row.cells.values())


def is_words(table: Table, column: str) -> bool:
    """Tell whether a column holds words rather than numbers."""
    return any(cell.type == "words" for row in table.rows if (cell := row.cells.get(column)) is not None)


def by_topic(freshness: Freshness) -> list[tuple[str, str]]:
    """Return each topic's next offsets in the order of its partitions, as one text: `0: 1,204, 1: 1,187`."""
    topics: dict[str, list[str]] = defaultdict(list)
    for (topic, partition), offset in sorted(freshness.positions.items()):
        topics[topic].append(f"{partition}:{offset}")
    return [(topic, " ".join(offsets)) for topic, offsets in topics.items()]


def source_line(freshness: Freshness) -> str:
    """Return what stands under every chart: where its numbers come from."""
    totals: dict[str, int] = defaultdict(int)
    for (topic, _), offset in sorted(freshness.positions.items()):
        totals[topic] += offset
    if not totals:
        return "Source: Sightline event log, which holds no event yet."
    read = [f"number {total:,} of the {_of_topic(topic)} events" for topic, total in totals.items()]
    return f"Source: Sightline event log, read up to {' and '.join(read)}."


def _of_topic(topic: str) -> str:
    """Return whose events a topic has, in the field's words: escalation alone is the reviewing officers' dispute."""
    service = topic.split(".")[-2]
    return "audit escalation" if service == "escalation" else service


@cache
def pages() -> Environment:
    """Return the environment of reporting's pages."""
    environment = pages_of("services.reporting.pages")
    environment.filters |= {
        "cell": wording.cell,
        "figure": wording.figure,
        "is_hidden": is_hidden,
        "has_hidden": has_hidden,
        "is_words": is_words,
        "by_topic": by_topic,
        "draw": draw,
        "is_shaded": shading.is_shaded,
        "how_to_read": shading.how_to_read,
        "shade": shading.shade,
        "said": shading.said,
    }
    return environment


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a page; a value that a template asks for and does not get is an error, never a blank."""
    return rendering.render(pages(), template, values)


def report_page(
    report: Report,
    freshness: Freshness,
    windows: Sequence[Named],
    siblings: Sequence[Link],
    *,
    edition: Edition | None = None,
    standing: str = "",
    known_at: datetime | None = None,
    may_look_back: bool = False,
    cut: Mapping[str, str] = _NO_CUT,
) -> str:
    """Return a report as an HTML page. `windows` are those to link to, newest first.

    `edition` is given where the page is a published report; `standing` is a sentence beside live figures that
    says what of them is published. `known_at` is the moment whose knowledge the figures are, where not today's, and
    `may_look_back` offers the reader other moments. `cut` are the parameters of one area or service alone, or of
    windows of another length, which the links keep.
    """
    keys = [window.key for window in windows]
    where = (report.kind, report.authority, report.window.key)
    version = None if edition is None else edition.version
    earlier = next((window for window in windows if window.key < report.window.key), None)
    later = next((window for window in reversed(windows) if window.key > report.window.key), None)
    return render(
        "report.html",
        {
            "report": report,
            "freshness": freshness,
            "edition": edition,
            "reasons": wording.REASONS,
            "standing": standing,
            "topics": {section.id: section.topic for section in report.sections},
            "source": source_line(freshness),
            "others": [_to(report, window, cut) for window in windows if keys],
            "earlier": None if earlier is None else _to(report, earlier, cut),
            "later": None if later is None else _to(report, later, cut),
            "siblings": siblings,
            "known_at": known_at,
            "known_on": None if known_at is None else known_at.astimezone(LONDON).date().isoformat(),
            "may_look_back": may_look_back,
            "path": PATHS[report.kind],
            "whole_href": f"{PATHS[report.kind]}?{urlencode({'authority': report.authority})}",
            "now_href": address(report.kind, report.authority, report.window.key, cut=cut),
            "changes_href": address(report.kind, report.authority, report.window.key, "/changes", known_at=known_at),
            "json_href": address(*where, ".json", known_at=known_at, version=version, cut=cut),
            "csv_href": address(*where, ".csv", known_at=known_at, version=version, cut=cut),
        },
    )


def _to(report: Report, window: Named, cut: Mapping[str, str]) -> Link:
    return Link(address(report.kind, report.authority, window, cut=cut), window.label)


def report_json(
    report: Report,
    freshness: Freshness,
    publication: Mapping[str, Any] | None = None,
    known_at: datetime | None = None,
) -> bytes:
    """Return a report as JSON: the same figures, with what they are true for beside them, and its publication.

    `known_at` is there where the figures are what was known at an earlier moment.
    """
    positions = [
        {"topic": topic, "partition": partition, "next_offset": offset}
        for (topic, partition), offset in sorted(freshness.positions.items())
    ]
    document = {
        "freshness": {
            "moment": freshness.moment,
            "recorded_to": freshness.recorded_to,
            "lag": freshness.lag,
            "behind": freshness.behind,
            "positions": positions,
        },
        **({} if publication is None else {"publication": publication}),
        **({} if known_at is None else {"known_at": known_at}),
        "report": report.model_dump(mode="json", by_alias=True),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)

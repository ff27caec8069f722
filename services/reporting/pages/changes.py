"""What is known otherwise today than at a past moment, item by item: for the QA unit, as a page, JSON or CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from fastapi import Response
from fastapi.responses import HTMLResponse

from services.reporting.boards.reading import read_record
from services.reporting.facts.live import Freshness, freshness, read_facts
from services.reporting.pages import view, wording
from services.reporting.pages.desk import Desk, window_of
from services.reporting.pages.forms import Form, Wanted
from services.reporting.reports.build import Asked, build_report
from services.reporting.reports.difference import Change, Difference, difference
from services.reporting.reports.figures import Report
from shared.authority.settings import AuthoritySettings
from shared.pages.rendering import HEADERS
from shared.pages.spreadsheet import MARK, MEDIA_TYPE, csv_lines

_HEADINGS = ("section", "table", "row", "figure", "then", "now")


async def changes_since(desk: Desk, settings: AuthoritySettings, wanted: Wanted, known_at: datetime) -> Response:
    """Give what a report prints otherwise now than it would have at a past moment, by what was recorded until then."""
    now, kind = desk.now(), wanted.kind
    window = window_of(settings, wanted.window or "")
    async with read_facts(desk.pool) as connection:
        before, read = [
            await read_record(connection, desk.store, settings.key, window, moment) for moment in (known_at, now)
        ]
        asked = Asked(kind, window, for_qa_unit=True, as_known_at=known_at)
        then = await build_report(connection, settings, asked, before.record)
        today = await build_report(connection, settings, Asked(kind, window, for_qa_unit=True), read.record)
        fresh = await freshness(connection, now, desk.ends(now))
    return changes_between(wanted.form, then, today, fresh, known_at)


def changes_between(form: Form, then: Report, today: Report, fresh: Freshness, known_at: datetime) -> Response:
    """Give, in a form, what a report prints otherwise today than it would have at a past moment."""
    found = difference(then, today)
    match form:
        case Form.JSON:
            return Response(_json(today, known_at, found), headers=HEADERS, media_type="application/json")
        case Form.CSV:
            name = f"{today.authority}-{today.kind}-{today.window.key}-changes.csv"
            headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
            rows = [
                (one.topic, one.item, one.row, one.column, wording.figure(one.before), wording.figure(one.after))
                for one in found.changes
            ]
            return Response(MARK + csv_lines([_HEADINGS, *rows]), headers=headers, media_type=MEDIA_TYPE)
    return HTMLResponse(_page(today, fresh, known_at, found), headers=HEADERS)


def _page(report: Report, fresh: Freshness, known_at: datetime, found: Difference) -> str:
    where = (report.kind, report.authority, report.window.key)
    return view.render(
        "changes.html",
        {
            "report": report,
            "freshness": fresh,
            "known_at": known_at,
            "found": found,
            "then_href": view.address(*where, known_at=known_at),
            "now_href": view.address(*where),
            "csv_href": view.address(*where, "/changes.csv", known_at=known_at),
        },
    )


def _json(report: Report, known_at: datetime, found: Difference) -> bytes:
    return orjson.dumps(
        {
            "authority": report.authority,
            "kind": report.kind,
            "window": report.window.key,
            "known_at": known_at,
            "findings_gone": found.findings_gone,
            "findings_new": found.findings_new,
            "changes": [_as_json(one) for one in found.changes],
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z,
    )


def _as_json(one: Change) -> dict[str, Any]:
    return {
        "section": one.section,
        "item": one.item,
        "row": one.row,
        "figure": one.column,
        "then": None if one.before is None else one.before.model_dump(mode="json"),
        "now": None if one.after is None else one.after.model_dump(mode="json"),
    }

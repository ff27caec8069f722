"""Import files as people make them, and what the service says of them."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import httpx
import openpyxl

from shared.web.principal import Role
from tests.integration.audit.support import Service

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def row(**changes: Any) -> dict[str, Any]:
    """A row as somebody might write it: words, not codes."""
    given: dict[str, Any] = {
        "Audit number": uuid4().hex[:10],
        "Case number": f"RS-{uuid4().hex[:8]}",
        "Kind": "Case file",
        "Cycle": "2025-11",
        "Area": "North",
        "District": "Riverside",
        "Team": "Riverside 1",
        "Child status": "In need",
        "Tool": "riverside-check",
        "Auditor": "4711",
        "Allocated on": "03/11/2025",
        "Due on": "2025-11-30",
        "Completed on": "20/11/2025",
        "Took part": "Both",
        "Reflective discussion": "Yes",
        "Overall grade": "Requires improvement to be good",
        "Overall rationale": "The plan is not specific.",
        "Child feedback": "no",
        "Child feedback why not": "Too young",
        "Parent feedback": "yes",
        "Parent feedback score": "2",
        "Practitioner feedback": "yes",
        "Section: planning": "RI",
        "Answer: plan-grade": "RI",
        "Answer: plan-smart": "N",
        "Answer: plan-smart: evidence": "Dates are missing.",
        "Answer: plan-shared": "Family; School",
        "Answer: plan-visits": "4",
        "Answer: heard": "In part",
        "Answer: areas-to-develop": "drift-and-delay",
        "Recommendation: 1: category": "supervision",
        "Recommendation: 1: text": "Give each action a date.",
    }
    unknown = set(changes) - set(given) - {"Service", "Tool version", "Re audit of", "Answer: weather", "Weather"}
    assert not unknown
    return {**given, **changes}


def csv_of(*rows: dict[str, Any], delimiter: str = ",") -> bytes:
    output = io.StringIO(newline="")
    columns = list(dict.fromkeys(column for each in rows for column in each))
    writer = csv.DictWriter(output, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue().encode()


def xlsx_of(*rows: dict[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    columns = list(dict.fromkeys(column for each in rows for column in each))
    sheet.append(columns)
    for each in rows:
        sheet.append([each.get(column) for column in columns])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


async def take(audit: Service, content: bytes, query: str = "", media_type: str = "text/csv") -> httpx.Response:
    headers = {**audit.headers(Role.QA_OFFICER), "Content-Type": media_type}
    return await audit.http.post(f"/v1/imports?{query}", content=content, headers=headers)


def faults(answer: httpx.Response) -> list[tuple[int, str]]:
    assert answer.status_code == 200, answer.text
    return [(each["row"], each["column"]) for each in answer.json()["problems"]]


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    report = answer.json()
    return report["rows"], report["good"], report["taken_in"], report["already_there"]


async def count(audit: Service, what: str) -> int:
    return int(await audit.pool.fetchval(f"select count(*) from {what}"))

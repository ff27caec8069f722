"""From a figure to its evidence: as many audits as the report prints, those that the facts say, and none of a hidden one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.reporting.reports.evidence import WORDS
from tests.integration.reporting.reports.conftest import Reader, World

pytestmark = pytest.mark.stack

ReaderOf = Callable[..., Reader]
WINDOW = "2026-06"
HERE = "/reports/evidence"


def completed(world: World) -> list[dict[str, Any]]:
    return [
        row
        for row in world.facts.audits
        if row["state"] == "completed"
        and row["in_practice_figures"]
        and row["known_until"].year > 3000
        and date(2026, 6, 1) <= row["completed_on"] < date(2026, 10, 1)
    ]


async def listed(person: Reader, **asked: str) -> list[dict[str, Any]]:
    answer = await person.client.get(f"{HERE}.json", params={"window": WINDOW, **asked})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["audits"])


async def test_the_audits_behind_a_figure_are_those_of_the_facts(reader: ReaderOf, world: World) -> None:
    officer = reader("qa-officer")
    everything = completed(world)
    found = await listed(officer, count="completed")
    assert {one["audit_id"] for one in found} == {str(row["audit_id"]) for row in everything}
    assert {(one["audit_id"], one["sequence"]) for one in found} == {
        (str(row["audit_id"]), row["sequence"]) for row in everything
    }
    late = await listed(officer, count="late")
    assert {one["audit_id"] for one in late} == {str(row["audit_id"]) for row in everything if row["late"]}
    for dimension in ("area", "service", "kind"):
        for key in {row[dimension] for row in everything}:
            here = await listed(officer, count="completed", dimension=dimension, key=key)
            assert {one["audit_id"] for one in here} == {
                str(row["audit_id"]) for row in everything if row[dimension] == key
            }


@pytest.mark.parametrize("authority", ["westshire", "eastmarch"])
async def test_there_are_as_many_as_the_report_prints_and_no_list_of_what_it_hides(
    reader: ReaderOf, authority: str
) -> None:
    officer = reader("qa-officer", authority)
    report = (await officer.json("/reports/triannual", window=WINDOW)).json()["report"]
    tables = {
        block["id"]: block for section in report["sections"] for block in section["blocks"] if block["type"] == "table"
    }
    listed_ones = hidden = 0
    for dimension in ("kind", "service", "district"):
        for row in tables[f"activity-by-{dimension}"]["rows"]:
            unit = "area" if dimension == "district" and "/" not in row["key"] else dimension
            for count in ("completed", "on_time", "late"):
                asked = {} if row["whole"] else {"dimension": unit, "key": row["key"]}
                answer = await officer.client.get(f"{HERE}.json", params={"window": WINDOW, "count": count, **asked})
                value = row["cells"][count]["value"]
                if value:
                    listed_ones += 1
                    assert len(answer.json()["audits"]) == value, (dimension, row["key"], count)
                else:
                    hidden += value is None
                    assert answer.status_code == 404
                    assert answer.json()["type"].endswith(":no-evidence")
    assert listed_ones
    assert hidden or authority == "westshire", "the small authority hides some"


async def test_a_page_leads_to_every_other_figure_with_evidence(reader: ReaderOf) -> None:
    officer = reader("qa-officer")
    page = await officer.page(HERE, window=WINDOW, count="good")
    assert page.status_code == 200
    assert "Good or better: June to September 2026" in page.text
    found = await listed(officer, count="good")
    assert page.text.count('<tr><th scope="row"><code>') == len(found)
    content = (await officer.client.get(f"{HERE}.csv", params={"window": WINDOW, "count": "good"})).content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [one["audit"] for one in rows] == [one["audit_id"] for one in found]


async def test_what_does_not_exist_is_told_with_the_way_out(reader: ReaderOf) -> None:
    officer = reader("qa-manager")
    wrong = await officer.client.get(f"{HERE}.json", params={"window": WINDOW, "count": "names"})
    assert wrong.status_code == 422
    assert all(name in wrong.json()["problems"][0]["way_out"] for name in WORDS)
    nobody = {"window": WINDOW, "count": "completed", "dimension": "area", "key": "atlantis"}
    assert (await officer.client.get(f"{HERE}.json", params=nobody)).status_code == 404
    empty = await reader("qa-officer", "newport").client.get(f"{HERE}.json", params={"window": WINDOW})
    assert empty.status_code == 404


async def test_it_is_for_the_qa_unit_alone(reader: ReaderOf) -> None:
    for role in ("director", "analyst", "board-member", "service-manager"):
        for suffix in ("", ".json", ".csv"):
            assert (await reader(role).client.get(f"{HERE}{suffix}", params={"window": WINDOW})).status_code == 403

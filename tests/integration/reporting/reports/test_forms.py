"""One report in every form: CSV says what JSON says, JSON keeps its schema, and a past moment shows what was known."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import jsonschema
import pytest

from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import Reader, World
from tests.integration.reporting.reports.html_tree import Page

pytestmark = pytest.mark.stack

ReaderOf = Callable[..., Reader]
PATHS = ("/reports/triannual", "/boards/quality", "/boards/corporate-parenting")
WINDOW = "2026-06"
MOMENT = made_up.moment(date(2026, 7, 10))


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "spreadsheets know UTF-8 by it"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def tables_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for section in report["sections"] for block in section["blocks"] if block["type"] == "table"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", ["qa-officer", "director"])
async def test_every_figure_of_the_json_is_in_the_csv_and_no_other(reader: ReaderOf, role: str, path: str) -> None:
    person = reader(role)
    report = (await person.json(path, window=WINDOW)).json()["report"]
    answer = await person.client.get(f"{path}.csv", params={"window": WINDOW})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="westshire-')
    rows = rows_of(answer.content)
    counts = {
        (table["id"], row["key"], key): cell["value"]
        for table in tables_of(report)
        for row in table["rows"]
        for key, cell in row["cells"].items()
        if cell["type"] == "count"
    }
    told = {(one["table"], one["row_key"], one["column_key"]): one for one in rows if one["figure"] == "count"}
    assert set(told) == set(counts)
    for place, value in counts.items():
        assert told[place]["value"] == ("" if value is None else str(value))
        assert told[place]["not_given_because"] == ("hidden" if value is None else "")
    kinds = Counter(
        cell["type"] for table in tables_of(report) for row in table["rows"] for cell in row["cells"].values()
    )
    points = sum(
        len(block["points"])
        for section in report["sections"]
        for block in section["blocks"]
        if block["type"] == "control"
    )
    assert Counter(one["figure"] for one in rows) == Counter(
        {
            "count": kinds["count"],
            "percent": kinds["share"] + points,
            "decimal": kinds["decimal"],
            "words": kinds["words"],
        }
    )


async def test_one_table_is_given_as_it_stands_on_the_page(reader: ReaderOf) -> None:
    director = reader("director")
    page = Page((await director.page("/reports/triannual", authority="westshire", window=WINDOW)).text).root
    links = [one.attributes["href"] for one in page.all("a") if "&table=" in one.attributes["href"]]
    report = (await director.json("/reports/triannual", window=WINDOW)).json()["report"]
    shown = [table for table in tables_of(report) if table["rows"] and not table["empty"]]
    assert [link.rpartition("=")[2] for link in links] == [table["id"] for table in shown]
    for link, table in zip(links, shown, strict=True):
        answer = await director.client.get(link)
        assert answer.status_code == 200, link
        rows = rows_of(answer.content)
        assert [one["key"] for one in rows] == [one["key"] for one in table["rows"]]
        often = Counter(column["label"] for column in table["columns"])
        for column in (one for one in table["columns"] if one["key"] in table["rows"][0]["cells"]):
            label = column["label"] if often[column["label"]] == 1 else f"{column['label']} ({column['key']})"
            for one, row in zip(rows, table["rows"], strict=True):
                cell = row["cells"].get(column["key"])
                if cell is not None and cell["type"] == "count":
                    assert one[label] == ("c" if cell["value"] is None else str(cell["value"]))
                elif cell is not None and cell["type"] == "share" and cell["percent"] is not None:
                    assert one[label] == str(cell["percent"])
                    assert one[f"{label}: of"] == str(cell["of"]["value"])


async def test_a_table_that_is_not_there_is_answered_with_those_that_are(reader: ReaderOf) -> None:
    answer = await reader("director").client.get(
        "/reports/triannual.csv", params={"window": WINDOW, "table": "no-such"}
    )
    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert (problem["field"], problem["place"]) == ("table", "query/table")
    assert "grades" in problem["way_out"]


@pytest.mark.parametrize("authority", ["westshire", "eastmarch", "newport"])
@pytest.mark.parametrize("path", PATHS)
async def test_the_json_keeps_the_schema_that_is_served(reader: ReaderOf, authority: str, path: str) -> None:
    analyst, officer = reader("analyst", authority), reader("qa-officer", authority)
    schema = (await analyst.client.get("/reports/report.schema.json")).json()
    checked = jsonschema.Draft202012Validator(schema)
    documents = [
        await officer.json(path, window=WINDOW),
        await officer.json(path, window=WINDOW, known_at="2026-07-10"),
    ]
    if authority != "newport":  # where nothing is published
        documents.append(await analyst.json(path, window=WINDOW))
    for one in documents:
        assert one.status_code == 200
        checked.validate(one.json())
    with pytest.raises(jsonschema.ValidationError):
        checked.validate({**documents[0].json(), "report": {"kind": "triannual"}})


async def test_a_report_is_given_as_it_was_known(reader: ReaderOf, world: World) -> None:
    officer = reader("qa-officer")
    then = (await officer.json("/reports/triannual", window=WINDOW, known_at=MOMENT.isoformat())).json()
    assert datetime.fromisoformat(then["known_at"]) == MOMENT
    completed = [
        row
        for row in world.facts.audits
        if row["state"] == "completed"
        and row["in_practice_figures"]
        and row["known_from"] <= MOMENT < row["known_until"]
        and date(2026, 6, 1) <= row["completed_on"] < date(2026, 10, 1)
    ]
    activity = next(table for table in tables_of(then["report"]) if table["id"].startswith("activity"))
    [whole] = [row for row in activity["rows"] if row["whole"]]
    assert whole["cells"]["completed"]["value"] == len(completed)
    page = (await officer.page("/reports/triannual", window=WINDOW, known_at="2026-07-10")).text
    assert "As it was known on" in page
    assert "10 July 2026, 23:59" in page
    assert then["report"]["window"]["provisional"] is True


async def test_what_is_known_otherwise_today_is_listed_item_by_item(reader: ReaderOf) -> None:
    officer = reader("qa-officer")
    asked = {"window": WINDOW, "known_at": MOMENT.isoformat()}
    then = (await officer.json("/reports/triannual", **asked)).json()["report"]
    now = (await officer.json("/reports/triannual", window=WINDOW)).json()["report"]

    def figures(report: dict[str, Any]) -> dict[tuple[str, str, str], Any]:
        return {
            (table["caption"], row["label"], column["label"]): row["cells"][column["key"]]
            for table in tables_of(report)
            for row in table["rows"]
            for column in table["columns"]
            if column["key"] in row["cells"]
        }

    before, after = figures(then), figures(now)
    differ = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
    found = (await officer.client.get("/reports/triannual/changes.json", params=asked)).json()
    listed = {(one["item"], one["row"], one["figure"]): one for one in found["changes"]}
    assert differ
    assert set(listed) == differ
    assert all(listed[place]["then"] == before.get(place) for place in differ)
    assert all(listed[place]["now"] == after.get(place) for place in differ)
    page = Page((await officer.page("/reports/triannual/changes", **asked)).text).root
    assert len([row for row in page.all("tr") if row.all("td")]) == len(found["changes"])
    lines = (await officer.client.get("/reports/triannual/changes.csv", params=asked)).content
    assert len(rows_of(lines)) == len(found["changes"])
    same = await officer.page("/reports/triannual/changes", window=WINDOW, known_at="2026-11-24")
    assert "Nothing: every figure was known then as it is known now." in same.text


@pytest.mark.parametrize("moment", ["soon", "2026-13-01", "2026-07-10T09:00", "2026-11-25", "2027-01-01T00:00:00Z"])
async def test_a_moment_that_is_none_or_lies_ahead_is_a_fault_at_its_place(reader: ReaderOf, moment: str) -> None:
    for path in ("/reports/triannual.json", "/boards/quality/changes.json"):
        answer = await reader("qa-manager").client.get(path, params={"window": WINDOW, "known_at": moment})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["place"] == "query/known_at"


async def test_other_moments_are_for_the_qa_unit_alone(reader: ReaderOf) -> None:
    for role in ("director", "board-member", "analyst"):
        person = reader(role)
        for suffix in ("", ".json", ".csv"):
            asked = {"window": WINDOW, "known_at": "2026-07-10"}
            assert (await person.client.get(f"/reports/triannual{suffix}", params=asked)).status_code == 403
            assert (await person.client.get(f"/reports/triannual/changes{suffix}", params=asked)).status_code == 403
        page = (await person.page("/reports/triannual", window=WINDOW)).text
        assert "known_at" not in page


async def test_measures_are_said_once_and_alike_everywhere(reader: ReaderOf) -> None:
    person = reader("director")
    listed = (await person.client.get("/measures.json")).json()
    report = (await person.json("/reports/triannual", window=WINDOW)).json()["report"]
    assert report["measures"] == listed
    assert len({one["key"] for one in listed}) == len(listed)
    page = (await person.page("/measures")).text
    for one in listed:
        assert f'id="measure-{one["key"]}"' in page

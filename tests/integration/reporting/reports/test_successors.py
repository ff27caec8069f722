"""A successor: a version beside the published one, with its list of changes, from which no small number can be told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg
import pytest

from services.reporting.pages import wording
from services.reporting.reports.figures import Cell, Report
from shared.contracts.envelope import decode
from shared.contracts.registry import parse
from shared.contracts.reporting import ReportPublishedV1, ReportSupersededV1
from tests.integration.reporting.reports.test_publishing import KINDS, PATHS, WINDOW, Office, office

__all__ = ["office"]
pytestmark = pytest.mark.stack

Place = tuple[str, str, str]
LATE = {"successor": True, "reason": "late-events"}


async def succeed(office: Office, **more: Any) -> Any:
    key = str(more.pop("key", "successor"))
    return await office.client("qa-manager").post(
        "/v1/publications",
        json={"kind": "triannual", "window": WINDOW, **LATE, **more},
        headers={"Idempotency-Key": key},
    )


async def read(
    office: Office, path: str, version: int | None = None, role: str = "director", window: str = WINDOW
) -> Any:
    query = f"?window={window}" + ("" if version is None else f"&version={version}")
    answer = await office.client(role).get(f"{path}.json{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts_of(document: Mapping[str, Any]) -> dict[Place, int | None]:
    """Give every count of a document's tables, by place; None where it is hidden."""
    return {
        (block["id"], row["key"], f"{column}{part}"): one["value"]
        for section in document["report"]["sections"]
        for block in section["blocks"]
        if block["type"] == "table" and block["id"] != "teams-covered"
        for row in block["rows"]
        for column, cell in row["cells"].items()
        for part, one in _counts_in(cell)
    }


def _counts_in(cell: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if cell["type"] == "count":
        yield "", cell
    elif cell["type"] in {"share", "decimal"}:
        yield " of", cell["of"]
        if cell["type"] == "share":
            yield " part", cell["part"]


async def published_events(dsn: str) -> list[Any]:
    """Give what waits for reporting.events, in order."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("select * from outbox.messages order by id")
    finally:
        await connection.close()
    envelopes = [
        decode([(name, value.encode()) for name, value in json.loads(row["headers"]).items()], row["value"])
        for row in rows
    ]
    return [(envelope, parse(envelope)) for envelope in envelopes]


async def test_a_successor_stands_beside_the_version_it_succeeds(office: Office) -> None:
    for kind in KINDS:
        assert (await office.publish(kind)).status_code == 201
    first = {path: await read(office, path) for path in PATHS}
    await office.late_audits()
    answer = await succeed(office, although_hidden=True)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["version"], answer.json()["reason"]) == (2, "late-events")
    assert (await succeed(office, although_hidden=True)).json() == answer.json(), "the same command answers the same"
    for path in PATHS:
        now, then = await read(office, path), await read(office, path, 1)
        assert now["publication"]["version"] == 2
        assert now["report"]["succession"]["supersedes"] == 1
        assert then["report"] == first[path]["report"]
        assert then["publication"]["superseded_by"] == 2
        assert await read(office, path, 2) == now
        assert await read(office, path, 1, "qa-officer") == then
    page = (await office.client("director").get(f"{PATHS[0]}?window={WINDOW}&version=1")).text
    assert "<strong>Superseded</strong>" in page
    assert "version=2" in page
    page = (await office.client("director").get(f"{PATHS[0]}?window={WINDOW}")).text
    assert "Version 2, in place of" in page
    assert "events came late" in page
    missing = await office.client("director").get(f"{PATHS[0]}?window={WINDOW}&version=3")
    assert missing.status_code == 404
    listed = (await office.client("qa-officer").get("/v1/publications/windows")).json()
    assert {one["window"]: one for one in listed}[WINDOW]["published"]["quality-board"] is not None


async def test_the_list_of_changes_is_every_figure_that_is_printed_otherwise(office: Office) -> None:
    await office.publish()
    await office.late_audits()
    await succeed(office, although_hidden=True)
    then, now = await read(office, PATHS[0], 1), await read(office, PATHS[0], 2)
    listed = Report.model_validate(now["report"]).succession
    assert listed is not None
    told = {(one.item, one.row, one.column): (printed(one.before), printed(one.after)) for one in listed.changes}
    before, after = cells_of(then), cells_of(now)
    expected = {
        place: (before.get(place, "not there"), after.get(place, "not there"))
        for place in before | after
        if before.get(place) != after.get(place)
    }
    assert expected
    assert {place: told.get(place) for place in expected} == expected
    assert any(new == "c" and old not in {"c", "0"} for old, new in expected.values()), "nothing had to be hidden"


def printed(cell: Cell | None) -> str:
    return wording.figure(cell)


def cells_of(document: Mapping[str, Any]) -> dict[Place, str]:
    report = Report.model_validate(document["report"])
    return {
        (block.caption, row.label, column.label): wording.figure(row.cells[column.key])
        for section in report.sections
        for block in section.blocks
        if block.type == "table"
        for row in block.rows
        for column in block.columns
        if column.key in row.cells
    }


@pytest.mark.parametrize("late", [1, 3, 12, 40])
async def test_no_count_changes_by_a_small_number_and_none_that_was_hidden_appears(office: Office, late: int) -> None:
    for kind in KINDS:
        await office.publish(kind)
    first = {path: counts_of(await read(office, path)) for path in PATHS}
    await office.late_audits(late)
    assert (await succeed(office, although_hidden=True)).status_code == 201
    for path in PATHS:
        now = counts_of(await read(office, path))
        for place, value in now.items():
            if value is None or place not in first[path]:
                continue
            was = first[path][place]
            if was is None and now_is_of_another_window(place):
                continue
            assert was is not None, f"{place} was hidden and is printed"
            assert not 1 <= abs(value - was) <= 5, f"{place} went from {was} to {value}"


def now_is_of_another_window(place: Place) -> bool:
    return place[0] in {"gap-by-window", "grades-by-window"} and place[1] != WINDOW


async def test_a_successor_of_few_changes_is_refused_unless_it_is_asked_for_so(office: Office) -> None:
    await office.publish()
    await office.late_audits(1)
    refused = await succeed(office)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:sightline:problem:changes-too-small")
    assert "although_hidden" in refused.json()["detail"]
    assert (await read(office, PATHS[0]))["publication"]["version"] == 1
    assert (await succeed(office, although_hidden=True)).status_code == 201


async def test_a_later_window_compares_itself_with_the_earlier_one_as_published(office: Office) -> None:
    """Its own report is frozen, so no later one may tell what was found out about it since."""
    for kind in KINDS:
        assert (await office.publish(kind, "2026-02")).status_code == 201
    earlier = gaps(await read(office, PATHS[1], window="2026-02"))
    await office.late_audits(40, month=3)
    assert (await office.publish("quality-board")).status_code == 201
    later = gaps(await read(office, PATHS[1]))
    live = gaps(await read(office, PATHS[1], role="qa-officer"))
    assert live["2026-02"] != earlier["2026-02"], "nothing came late: this test shows nothing"
    assert later["2026-02"] == earlier["2026-02"]


def gaps(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give the rows of the table that goes back over windows."""
    [table] = [
        block
        for section in document["report"]["sections"]
        for block in section["blocks"]
        if block["type"] == "table" and block["id"] == "gap-by-window"
    ]
    return {row["key"]: row["cells"] for row in table["rows"]}


async def test_what_cannot_be_succeeded_is_refused_with_the_reason(office: Office) -> None:
    nothing = await succeed(office)
    assert nothing.json()["type"].endswith(":nothing-to-succeed")
    await office.publish()
    same = await succeed(office, key="other")
    assert same.json()["type"].endswith(":nothing-changed")
    without = await office.client("qa-manager").post(
        "/v1/publications", json={"kind": "triannual", "window": WINDOW, "successor": True}
    )
    assert without.status_code == 422


async def test_publishing_and_superseding_are_events_without_a_figure(office: Office) -> None:
    for kind in KINDS:
        await office.publish(kind)
    await office.late_audits()
    answer = await succeed(office, although_hidden=True)
    events = await published_events(office.dsn)
    told = [(event.TYPE, event.kind, event.version) for _, event in events]
    assert told == [
        ("report-published.v1", "triannual", 1),
        ("report-published.v1", "quality-board", 1),
        ("report-published.v1", "corporate-parenting", 1),
        ("report-superseded.v1", "corporate-parenting", 1),
        ("report-published.v1", "corporate-parenting", 2),
        ("report-superseded.v1", "quality-board", 1),
        ("report-published.v1", "quality-board", 2),
        ("report-superseded.v1", "triannual", 1),
        ("report-published.v1", "triannual", 2),
    ]
    newest = [event for _, event in events if isinstance(event, ReportPublishedV1)][-1]
    assert newest.content_sha256 == answer.json()["sha256"]
    assert newest.supersedes == 1
    assert newest.reason == "late-events"
    assert [one.model_dump() for one in newest.positions] == answer.json()["positions"]
    assert {one.key for one in newest.measures} >= {"completed", "good-or-better"}
    assert newest.published_by.role == "qa-manager"
    superseded = [(one, event) for one, event in events if isinstance(event, ReportSupersededV1)]
    assert {event.superseded_by for _, event in superseded} == {2}
    assert [one.sequence for one, event in events if event.kind == "triannual"] == [1, 2, 3]
    for _, event in events:
        assert set(json.loads(event.to_json())) <= {*ReportPublishedV1.model_fields, *ReportSupersededV1.model_fields}


async def test_of_many_who_succeed_at_once_one_does(office: Office) -> None:
    await office.publish()
    await office.late_audits()
    answers = await asyncio.gather(*(succeed(office, although_hidden=True, key=str(n)) for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409], [one.text for one in answers]
    assert {one.json()["type"] for one in answers if one.status_code == 409} == {
        "urn:sightline:problem:nothing-changed"
    }
    assert len(await published_events(office.dsn)) == 3


async def test_reports_published_before_there_were_versions_stay_readable_and_get_successors(office: Office) -> None:
    """Rows as an earlier release left them: no version of settings, nothing kept of what was printed, no event."""
    await office.publish()
    first = await read(office, PATHS[0])
    connection = await asyncpg.connect(office.dsn)
    try:
        await connection.execute("delete from reporting.printed")
        await connection.execute("update reporting.publications set settings_version = null")
        await connection.execute("set session_replication_role = replica")  # else no event is ever taken away
        await connection.execute("truncate eventstore.events, eventstore.summaries, outbox.messages cascade")
        old = json.loads(
            await connection.fetchval("select content from reporting.publications where kind = 'triannual'")
        )
        del old["succession"]
        await connection.execute(
            "update reporting.publications set content = $1 where kind = 'triannual'", json.dumps(old)
        )
    finally:
        await connection.close()
    assert (await read(office, PATHS[0]))["report"] == first["report"]
    await office.late_audits()
    assert (await succeed(office, although_hidden=True)).status_code == 201
    told = [(event.TYPE, event.version) for _, event in await published_events(office.dsn)]
    assert told == [("report-published.v1", 1), ("report-superseded.v1", 1), ("report-published.v1", 2)]

"""What boards decided: recorded in codes, shown on the next report with the figure then and now, frozen with it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.reporting.facts.live import read_facts
from services.reporting.pages.access import QA_UNIT
from services.reporting.publications import storing
from services.reporting.publications.verifying import Outcome, verify
from shared.authority.settings import Authorities
from shared.contracts.reporting import BoardActionUpdatedV1, BoardDecisionRecordedV1
from shared.eventstore.database import open_pool
from shared.eventstore.postgres import PostgresEventStore
from shared.web.principal import Role
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.test_publishing import WINDOW, Office, office
from tests.integration.reporting.reports.test_successors import published_events

__all__ = ["office"]
pytestmark = pytest.mark.stack

BEFORE = "2026-02"
BOARD = "/boards/quality"
PATH = "/v1/board-decisions"


def decision(**other: Any) -> dict[str, Any]:
    return {
        "board": "quality-board",
        "window": BEFORE,
        "section": "districts",
        "decision": "plan",
        "unit": "north/riverside",
        "owner_role": "assistant-director",
        "decided_on": "2026-06-24",
        "due_on": "2026-11-30",
        **other,
    }


async def record(office: Office, *, key: str = "one", role: str = "qa-manager", **other: Any) -> httpx.Response:
    return await office.client(role).post(PATH, json=decision(**other), headers={"Idempotency-Key": key})


async def update(
    office: Office, decision_id: str, *, role: str = "qa-officer", seen: str | None = None, **body: Any
) -> httpx.Response:
    headers = {} if seen is None else {"If-Match": seen}
    return await office.client(role).post(f"{PATH}/{decision_id}/updates", json=body, headers=headers)


async def section_of(office: Office, role: str = "qa-officer", window: str = WINDOW, **query: str) -> dict[str, Any]:
    answer = await office.client(role).get(f"{BOARD}.json", params={"window": window, **query})
    assert answer.status_code == 200, answer.text
    [found] = [one for one in answer.json()["report"]["sections"] if one["id"] == "decisions"]
    return dict(found)


def rows_of(section: dict[str, Any]) -> list[dict[str, Any]]:
    [table] = [block for block in section["blocks"] if block["type"] == "table"]
    return list(table["rows"])


async def cell_of(office: Office, figure: dict[str, str], section: str, window: str) -> dict[str, Any]:
    """Give a cell as the board's report of a window prints it to a director, or live where it is not published."""
    answer = await office.client("director").get(f"{BOARD}.json", params={"window": window})
    if answer.status_code == 404:
        answer = await office.client("qa-officer").get(f"{BOARD}.json", params={"window": window})
    [found] = [one for one in answer.json()["report"]["sections"] if one["id"] == section]
    [table] = [one for one in found["blocks"] if one.get("id") == figure["table"]]
    [row] = [one for one in table["rows"] if one["key"] == figure["row"]]
    return dict(row["cells"][figure["column"]])


async def some_figure(office: Office, *, hidden: bool = False) -> tuple[str, dict[str, str]]:
    """Find a figure of the report before the board that stands in the report after it too: printed, or hidden."""
    document = (await office.client("director").get(f"{BOARD}.json", params={"window": BEFORE})).json()
    for section in document["report"]["sections"]:
        if section["id"] not in {"districts", "clocks"}:
            continue
        for block in section["blocks"]:
            for row in block["rows"] if block["type"] == "table" else ():
                for column, cell in row["cells"].items():
                    is_hidden = cell["type"] == "count" and cell["suppressed"]
                    if is_hidden if hidden else cell["type"] == "share" and cell["percent"] is not None:
                        return section["id"], {"table": block["id"], "row": row["key"], "column": column}
    raise AssertionError("no such figure")


async def test_a_board_without_decisions_says_so(office: Office) -> None:
    section = await section_of(office)
    assert section["heading"] == "No decision of the Quality Assurance Board is on record from last time"
    assert rows_of(section) == []
    page = (await office.client("qa-officer").get(f"{BOARD}?window={WINDOW}")).text
    assert "Nothing is recorded of what the board decided on the report of February to May 2026" in page


async def test_a_decision_stands_on_the_next_report_with_its_figure_then_and_now(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    section_id, figure = await some_figure(office)
    recorded = (await record(office, section=section_id, figure=figure)).json()
    assert (recorded["state"], recorded["version"], recorded["report_version"]) == ("open", 1, 1)
    then, now = [await cell_of(office, figure, section_id, window) for window in (BEFORE, WINDOW)]
    section = await section_of(office)
    [row] = rows_of(section)
    assert (row["key"], row["label"]) == (recorded["id"], "Ask for a plan (Riverside)")
    assert row["cells"]["owner"]["text"] == "Assistant director, by 30 November 2026"
    assert row["cells"]["state"]["text"] == "Open"
    assert (row["cells"]["then"], row["cells"]["now"]) == (then, now)
    assert section["heading"] == "1 decision of last time: 1 open"
    assert rows_of(await section_of(office, window=BEFORE)) == [], "it was decided after that report"
    taken_up = (await update(office, recorded["id"], state="under-way", on="2026-10-01")).json()
    assert (taken_up["state"], taken_up["version"]) == ("under-way", 2)
    done = await update(office, recorded["id"], state="done", on="2026-11-20", difference="partly")
    assert (done.json()["difference"], done.headers["ETag"]) == ("partly", '"3"')
    [row] = rows_of(await section_of(office))
    assert row["cells"]["state"]["text"] == "Done on 20 November 2026: it made a difference in part"
    page = (await office.client("qa-officer").get(f"{BOARD}?window={WINDOW}")).text
    assert "1 decision of last time: 1 done" in page
    assert f"{then['percent']}% ({then['part']['value']} of {then['of']['value']})" in page


async def test_a_published_report_has_the_decisions_as_they_stood_and_can_be_made_again(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    section_id, figure = await some_figure(office)
    one = (await record(office, section=section_id, figure=figure)).json()
    office.now = datetime(2026, 12, 2, 9, tzinfo=UTC)
    await office.publish("quality-board", WINDOW)
    published = await section_of(office, "director")
    assert rows_of(published)[0]["cells"]["state"]["text"] == "Open, past its due date"
    office.now = datetime(2026, 12, 9, 9, tzinfo=UTC)
    await update(office, one["id"], state="done", on="2026-12-04", difference="yes")
    await record(office, key="two", decision="thematic-audit", unit=None)
    assert await section_of(office, "director") == published
    assert len(rows_of(await section_of(office))) == 2
    pool = await open_pool(office.dsn, size=2)
    try:
        async with read_facts(pool) as facts:
            [found] = [x for x in await storing.versions(facts, "westshire", WINDOW) if x.kind == "quality-board"]
            verdict = await verify(
                facts, PostgresEventStore(pool), Authorities([made_up.settings()]), "westshire", found
            )
    finally:
        await pool.close()
    assert verdict.outcome is Outcome.EQUAL, verdict


async def test_a_decision_about_a_hidden_figure_prints_no_number(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    section_id, figure = await some_figure(office, hidden=True)
    await record(office, section=section_id, figure=figure)
    await office.publish("quality-board", WINDOW)
    for role in ("qa-officer", "director"):
        [row] = rows_of(await section_of(office, role))
        assert row["cells"]["then"] == {"type": "count", "value": None, "suppressed": True}
    text = (await office.client("director").get(f"{BOARD}.csv", params={"window": WINDOW})).text
    [line] = [
        one
        for one in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        if (one["section"], one["column_key"]) == ("decisions", "then")
    ]
    assert (line["value"], line["not_given_because"]) == ("", "hidden")
    table = await office.client("director").get(
        f"{BOARD}.csv", params={"window": WINDOW, "table": "decisions-of-last-time"}
    )
    heading, *lines = list(csv.reader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert all(len(one) == len(heading) for one in lines)


async def test_as_it_was_known_has_the_decisions_known_then(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    one = (await record(office)).json()
    office.now = datetime(2026, 12, 2, 9, tzinfo=UTC)
    await update(office, one["id"], state="under-way", on="2026-12-01")
    then = rows_of(await section_of(office, known_at="2026-11-25"))
    assert [row["cells"]["state"]["text"] for row in then] == ["Open"]
    assert rows_of(await section_of(office, known_at="2026-11-23")) == []
    [row] = rows_of(await section_of(office))
    assert row["cells"]["state"]["text"] == "Under way since 1 December 2026, past its due date"


async def test_everything_wrong_with_a_decision_is_told_at_once(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    answer = await record(
        office, section="nowhere", decision="shout", unit="north/nowhere", decided_on="2026-05-31", due_on="2026-05-01"
    )
    assert answer.status_code == 422
    places = {one["place"]: one["way_out"] for one in answer.json()["problems"]}
    assert set(places) == {"body/section", "body/decision", "body/unit", "body/decided_on", "body/due_on"}
    assert "thematic-audit" in places["body/decision"]
    assert "districts" in places["body/section"]
    for changed, place in (
        ({"table": "none"}, "body/figure/table"),
        ({"row": "none"}, "body/figure/row"),
        ({"column": "none"}, "body/figure/column"),
    ):
        section_id, figure = await some_figure(office)
        wrong = await record(office, key=place, section=section_id, figure={**figure, **changed})
        assert [one["place"] for one in wrong.json()["problems"]] == [place]
    said = json.dumps(answer.json())
    assert "shout" not in said, "what was sent is not repeated"


async def test_nothing_is_decided_about_what_was_not_before_the_board(office: Office) -> None:
    answer = await record(office)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:sightline:problem:report-not-published")
    await office.publish("triannual", BEFORE)
    assert (await record(office, key="two")).status_code == 409, "another kind of report was"


async def test_the_same_request_is_one_decision_and_another_with_its_key_is_refused(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    first, again = (await record(office)).json(), (await record(office)).json()
    assert first == again
    other = await record(office, decision="no-action")
    assert (other.status_code, other.json()["type"]) == (422, "urn:sightline:problem:idempotency-key-reused")
    listed = (await office.client("qa-officer").get(PATH)).json()
    assert [one["id"] for one in listed["items"]] == [first["id"]]


async def test_an_update_that_others_overtook_is_refused_with_what_they_did(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    one = (await record(office)).json()
    assert (await update(office, one["id"], state="under-way", on="2026-10-01", seen='"1"')).status_code == 200
    late = await update(office, one["id"], state="done", on="2026-11-01", difference="yes", seen='"1"')
    assert late.status_code == 412
    assert [problem["field"] for problem in late.json()["problems"]] == ["board-action-taken-up"]
    wrong = await update(office, one["id"], state="under-way", on="2026-10-02")
    assert wrong.json()["type"].endswith(":stands-so-already")
    early = await update(office, one["id"], state="done", on="2026-09-01", difference="yes")
    assert [problem["place"] for problem in early.json()["problems"]] == ["body/on"]
    ahead = await update(office, one["id"], state="done", on="2027-09-01", difference="yes")
    assert ahead.status_code == 422
    for body in ({"state": "done"}, {"state": "withdrawn"}, {"state": "under-way", "reason": "overtaken"}):
        assert (await update(office, one["id"], on="2026-11-01", role="qa-manager", **body)).status_code == 422
    unknown = await update(office, "0190b6a2-7d10-7aaa-8c10-5d2a50d2b3e1", state="under-way", on="2026-10-01")
    assert unknown.status_code == 404


async def test_a_list_is_given_a_page_at_a_time(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    ids = [(await record(office, key=str(number), due_on=f"2026-12-0{number}")).json()["id"] for number in range(1, 6)]
    await update(office, ids[0], state="under-way", on="2026-10-01")
    qa, found, after = office.client("qa-officer"), [], None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        answer = (await qa.get(PATH, params=query)).json()
        found += [one["id"] for one in answer["items"]]
        after = answer["after"]
        if after is None:
            break
    assert found == ids
    under_way = (await qa.get(PATH, params={"state": "under-way", "board": "quality-board", "window": BEFORE})).json()
    assert [one["id"] for one in under_way["items"]] == [ids[0]]
    assert (await qa.get(PATH, params={"window": WINDOW})).json() == {"items": [], "after": None}


@pytest.mark.parametrize("role", sorted(Role))
async def test_the_qa_unit_keeps_the_record_and_its_manager_decides_what_is_in_it(office: Office, role: Role) -> None:
    await office.publish("quality-board", BEFORE)
    one = (await record(office)).json()
    client = office.client(role)
    of_the_unit = 200 if role in QA_UNIT else 403
    assert (await client.get(PATH)).status_code == of_the_unit
    assert (await client.get(f"{PATH}/{one['id']}")).status_code == of_the_unit
    recorded = await record(office, key="theirs", role=role)
    assert recorded.status_code == (201 if role is Role.QA_MANAGER else 403)
    taken_up = await update(office, one["id"], role=role, state="under-way", on="2026-10-01")
    assert taken_up.status_code == of_the_unit
    withdrawn = await update(office, one["id"], role=role, state="withdrawn", on="2026-11-01", reason="overtaken")
    assert withdrawn.status_code == (200 if role is Role.QA_MANAGER else 403)


async def test_another_authoritys_record_is_not_found_and_a_part_of_the_own_one_does_not_do(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    one = (await record(office)).json()
    elsewhere = office.client("qa-manager", "eastmarch")
    assert (await elsewhere.get(f"{PATH}/{one['id']}")).status_code == 404
    assert (await elsewhere.get(PATH)).json()["items"] == []
    body = {"state": "under-way", "on": "2026-10-01"}
    assert (await elsewhere.post(f"{PATH}/{one['id']}/updates", json=body)).status_code == 404
    narrow = office.client("qa-manager", scope=("north",))
    assert (await narrow.post(f"{PATH}/{one['id']}/updates", json=body)).status_code == 403
    assert (await narrow.post(PATH, json=decision())).status_code == 403


async def test_everybody_hears_of_it_in_codes(office: Office) -> None:
    await office.publish("quality-board", BEFORE)
    one = (await record(office)).json()
    await update(office, one["id"], role="qa-manager", state="withdrawn", on="2026-11-01", reason="overtaken")
    _, (first, recorded), (second, updated) = await published_events(office.dsn)
    assert isinstance(recorded, BoardDecisionRecordedV1)
    assert isinstance(updated, BoardActionUpdatedV1)
    assert (recorded.decision, recorded.unit, recorded.recorded_by.role) == ("plan", "north/riverside", "qa-manager")
    assert (updated.state, updated.reason) == ("withdrawn", "overtaken")
    assert str(first.subject) == str(second.subject) == one["id"]
    assert (first.sequence, second.sequence) == (1, 2)


async def test_each_board_has_a_record_of_its_own(office: Office) -> None:
    await office.publish("corporate-parenting", BEFORE)
    path = "/boards/corporate-parenting.json"
    before = (await office.client("director").get(path, params={"window": BEFORE})).json()["report"]
    section_id = before["sections"][0]["id"]
    recorded = await record(office, board="corporate-parenting", section=section_id, owner_role="director")
    assert recorded.status_code == 201, recorded.text
    shown = (await office.client("qa-officer").get(path, params={"window": WINDOW})).json()["report"]
    [section] = [one for one in shown["sections"] if one["id"] == "decisions"]
    assert [row["key"] for row in rows_of(section)] == [recorded.json()["id"]]
    assert (await section_of(office))["heading"].startswith("No decision of the Quality Assurance Board")

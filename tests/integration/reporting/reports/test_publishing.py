"""Readers outside the QA unit get what was published, and nothing that changes when they look again (G12)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from services.reporting.facts.live import live_schema
from services.reporting.pages.access import QA_UNIT, REPORT_READERS
from services.reporting.pages.desk import Desk
from shared.authority.settings import Authorities
from shared.eventstore.database import open_pool
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.conftest import NOW, client_of, served

pytestmark = pytest.mark.stack

PATHS = ("/reports/triannual", "/boards/quality", "/boards/corporate-parenting")
KINDS = ("triannual", "quality-board", "corporate-parenting")
WINDOW = "2026-06"
OUTSIDERS = sorted(REPORT_READERS - QA_UNIT)
PRINTED_WINDOW = "June to September 2026"
RECORDED = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""When late audits were recorded: after all others, and before anything is published."""


@dataclass
class Office:
    """One database of its own with two authorities' facts, served; the log ends where `ends` says."""

    dsn: str
    issuer: LocalIssuer
    ends: Mapping[tuple[str, int], int] | None = field(default_factory=dict)
    now: datetime = NOW
    app: Any = None

    def client(self, role: str, authority: str = "westshire", scope: tuple[str, ...] = ("*",)) -> httpx.AsyncClient:
        return client_of(self.app, self.issuer.issue(role, authority, scope=scope))

    async def publish(self, kind: str = "triannual", window: str = WINDOW, key: str = "") -> httpx.Response:
        return await self.client("qa-manager").post(
            "/v1/publications",
            json={"kind": kind, "window": window},
            headers={"Idempotency-Key": key or f"{kind}/{window}"},
        )

    async def late_audits(self, audits: int = 12, month: int = 7, *, recorded_later: bool = True) -> None:
        """Some audits of the window arrive after everything else: recorded then, or earlier and delayed on the way."""
        late = made_up.make(
            made_up.settings(), audits=audits, first=date(2026, month, 1), last=date(2026, month + 2, 20), seed=99
        )
        late.log_positions = []
        late.tools, late.tool_themes = [], []  # it is the tool that was published before
        late.tool_sections, late.tool_questions = [], []
        if recorded_later:
            for row in (*late.audits, *late.moderations, *late.disputes, *late.escalations, *late.recommendations):
                row["known_from"] = max(row["known_from"], RECORDED)
                row["known_until"] = max(row["known_until"], RECORDED)
        await made_up.insert(self.dsn, late)
        connection = await asyncpg.connect(self.dsn)
        try:
            schema = await live_schema(connection)
            await connection.execute(
                f"update {schema}.log_positions set next_offset = next_offset + 12,"
                " recorded_at = case when $1 then $2 else recorded_at end",
                recorded_later,
                RECORDED,
            )
        finally:
            await connection.close()


@pytest_asyncio.fixture
async def office(postgres_dsn: str, issuer: LocalIssuer) -> AsyncIterator[Office]:
    large, small = made_up.settings(), made_up.settings("eastmarch", "Eastmarch Borough Council")
    await made_up.prepare(postgres_dsn)
    first, last = date(2026, 2, 1), date(2026, 9, 30)
    await made_up.insert(
        postgres_dsn,
        made_up.make(large, audits=300, first=first, last=last),
        made_up.make(small, audits=300, first=first, last=last),
    )
    pool = await open_pool(postgres_dsn, size=4)
    office = Office(postgres_dsn, issuer)
    desk = Desk(pool, Authorities([large, small]), lambda _now: office.ends, lambda: office.now)
    office.app = served(desk, issuer)
    yield office
    await pool.close()


async def everything_read_by(client: httpx.AsyncClient) -> dict[str, tuple[int, str, bytes]]:
    """Fetch all that a reader can: pages and JSON, with and without a window, and the start page."""
    found = {}
    for path in ("/", *(f"{one}{suffix}" for one in PATHS for suffix in ("", ".json"))):
        for query in ("", "?window=2026-02", f"?window={WINDOW}", "?window=2025-10"):
            answer = await client.get(f"{path}{query}", headers={"Accept": "text/html"})
            found[path + query] = (answer.status_code, answer.headers.get("location", ""), answer.content)
    return found


async def test_looking_again_after_a_late_audit_tells_readers_outside_the_qa_unit_nothing(office: Office) -> None:
    for kind in KINDS:
        assert (await office.publish(kind)).status_code == 201
    qa = office.client("qa-officer")
    asked = f"/reports/triannual.json?window={WINDOW}"
    live = (await qa.get(asked)).json()["report"]
    before = {role: await everything_read_by(office.client(role)) for role in OUTSIDERS}
    await office.late_audits()
    assert (await qa.get(asked)).json()["report"] != live, "no live figure changed: this test shows nothing"
    for role in OUTSIDERS:
        assert before[role][asked][0] == 200
        assert await everything_read_by(office.client(role)) == before[role], role


async def test_before_publication_a_director_gets_no_figure_and_is_told_why(office: Office) -> None:
    director = office.client("director")
    for path in PATHS:
        for query in ("", f"?window={WINDOW}"):
            page = await director.get(path + query, headers={"Accept": "text/html"})
            assert page.status_code == 404
            assert "The QA unit of Westshire County Council has not published it yet" in page.text
            answer = await director.get(f"{path}.json{query}")
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["type"].endswith(":not-published")
    home = (await director.get("/")).text
    assert "has not published a report yet" in home
    assert "/reports/triannual" not in home
    assert "Log position" not in home


async def test_a_published_report_says_so_and_leads_to_no_other(office: Office) -> None:
    await office.publish()
    office.now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    await office.late_audits()
    director = office.client("director")
    led = await director.get("/reports/triannual")
    assert (led.status_code, led.headers["location"]) == (
        303,
        f"/reports/triannual?authority=westshire&window={WINDOW}",
    )
    page = (await director.get(led.headers["location"])).text
    assert 'Published on <time id="published" datetime="2026-11-24T09:30:00+00:00">24 November 2026</time>' in page
    assert "24 November 2026, 09:30</time>, at the log position below" in page
    assert "Log position: audit.events 0:" in page
    assert "Live figures" not in page
    assert "window=2026-02" not in page
    assert "/boards/quality" not in page
    unpublished = await director.get("/reports/triannual?window=2026-02", headers={"Accept": "text/html"})
    assert unpublished.status_code == 404
    assert f'href="/reports/triannual?authority=westshire&amp;window={WINDOW}">{PRINTED_WINDOW}</a>' in unpublished.text
    home = (await director.get("/")).text
    assert f"Triannual report, {PRINTED_WINDOW}" in home
    assert "Quality Assurance Board" not in home


async def test_the_published_report_is_what_the_qa_unit_saw_without_what_is_for_it_alone(office: Office) -> None:
    live = (await office.client("qa-manager").get(f"/reports/triannual.json?window={WINDOW}")).json()
    answer = (await office.publish()).json()
    shown = (await office.client("director").get(f"/reports/triannual.json?window={WINDOW}")).json()
    alone = {"consistency", "every-question"}
    others = [section for section in live["report"]["sections"] if section["id"] not in alone]
    assert len(others) == len(live["report"]["sections"]) - len(alone)
    assert shown["report"]["sections"] == others
    assert shown["report"]["window"] == live["report"]["window"]
    assert shown["freshness"] == live["freshness"]
    assert shown["publication"]["sha256"] == answer["sha256"]
    connection = await asyncpg.connect(office.dsn)
    try:
        rows = await connection.fetch("select * from reporting.publications where published_at is not null")
    finally:
        await connection.close()
    [row] = rows
    assert hashlib.sha256(row["content"].encode()).hexdigest() == row["sha256"] == answer["sha256"]
    assert json.loads(row["content"]) == shown["report"]
    assert row["published_by_role"] == "qa-manager"


async def test_both_kinds_of_a_window_are_of_the_same_facts_however_late_the_second_is_published(
    office: Office,
) -> None:
    board = f"/boards/quality.json?window={WINDOW}"
    live = (await office.client("qa-manager").get(board)).json()
    first = (await office.publish("triannual")).json()
    await office.late_audits()
    office.now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert (await office.client("director").get(board)).status_code == 404
    second = (await office.publish("quality-board")).json()
    assert (second["moment"], second["positions"]) == (first["moment"], first["positions"])
    assert second["published_at"] > first["published_at"]
    shown = (await office.client("director").get(board)).json()["report"]
    assert shown["sections"] == [one for one in live["report"]["sections"] if one["id"] != "consistency"]


async def test_a_window_is_published_once(office: Office) -> None:
    first = await office.publish(key="one")
    assert (await office.publish(key="one")).json() == first.json()
    again = await office.publish(key="two")
    assert (again.status_code, again.json()["type"]) == (409, "urn:sightline:problem:published-already")
    assert PRINTED_WINDOW in again.json()["detail"]
    reused = await office.publish("quality-board", key="one")
    assert reused.status_code == 422
    assert reused.json()["type"].endswith(":idempotency-key-reused")


async def test_of_many_who_publish_at_once_one_does(office: Office) -> None:
    answers = await asyncio.gather(*(office.publish(kind, key=f"{kind}{n}") for n in range(3) for kind in KINDS))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 6
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert {one["kind"] for one in made} == set(KINDS)
    assert made[0]["positions"] == made[1]["positions"]


@pytest.mark.parametrize(
    ("window", "ends", "refusal", "says"),
    [
        ("2026-10", {}, "409 window-not-ended", "has not ended"),
        (WINDOW, {("audit.events", 0): 10**6}, "503 figures-behind-the-log", "events are not in them yet"),
        (WINDOW, None, "503 figures-behind-the-log", "is not known"),
        ("2021-06", {}, "422 invalid", "nothing to publish of June to September 2021"),
        ("2026-07", {}, "422 invalid", "does not exist"),
    ],
)
async def test_what_cannot_be_published_is_refused_with_the_reason(
    office: Office, window: str, ends: Mapping[tuple[str, int], int] | None, refusal: str, says: str
) -> None:
    office.ends = ends
    answer = await office.publish(window=window)
    assert f"{answer.status_code} {answer.json()['type']}" == refusal.replace(" ", " urn:sightline:problem:")
    assert says in answer.json()["detail"]
    assert (await office.client("director").get("/reports/triannual")).status_code == 404


async def test_a_window_ends_when_its_last_day_does_in_england(office: Office) -> None:
    office.now = datetime(2026, 9, 30, 22, 59, tzinfo=UTC)
    assert (await office.publish(key="before")).status_code == 409
    office.now = datetime(2026, 9, 30, 23, 0, tzinfo=UTC)
    assert (await office.publish(key="after")).status_code == 201


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.QA_MANAGER}))
async def test_nobody_but_a_qa_manager_publishes(office: Office, role: Role) -> None:
    client = office.client(role)
    answer = await client.post("/v1/publications", json={"kind": "triannual", "window": WINDOW})
    assert answer.status_code == 403
    listed = await client.get("/v1/publications/windows")
    assert listed.status_code == (200 if role in QA_UNIT else 403)


async def test_a_qa_manager_publishes_for_the_whole_of_their_own_authority_only(office: Office) -> None:
    body = {"kind": "triannual", "window": WINDOW}
    narrow = office.client("qa-manager", scope=("north",))
    assert (await narrow.post("/v1/publications", json=body)).status_code == 403
    manager = office.client("qa-manager")
    assert (await manager.post("/v1/publications?authority=eastmarch", json=body)).status_code == 404
    await office.publish()
    elsewhere = office.client("director", "eastmarch")
    assert (await elsewhere.get("/reports/triannual")).status_code == 404
    assert (await elsewhere.get(f"/reports/triannual?authority=westshire&window={WINDOW}")).status_code == 404
    assert "Westshire" not in (await elsewhere.get("/")).text


async def test_the_qa_unit_sees_live_figures_and_what_of_them_is_published(office: Office) -> None:
    qa = office.client("qa-officer")
    address = f"/reports/triannual?window={WINDOW}"
    assert "Not published yet: readers outside the QA unit do not see this window." in (await qa.get(address)).text
    await office.publish()
    text = (await qa.get(address)).text
    assert "Live figures" in text
    assert "Published on 24 November 2026: readers outside the QA unit see the figures of 24 November 2026" in text
    listed = {one["window"]: one for one in (await qa.get("/v1/publications/windows")).json()}
    assert listed[WINDOW]["ended"]
    assert listed[WINDOW]["published"]["triannual"] is not None
    assert listed[WINDOW]["published"]["quality-board"] is None
    assert listed["2026-02"]["published"] == dict.fromkeys(KINDS)

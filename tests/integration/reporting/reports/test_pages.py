"""Pages over real facts: readable without scripts, the same numbers as the JSON, and only for whom they are meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import asyncpg
import httpx
import pytest

from services.reporting.facts.live import live_schema
from services.reporting.pages.access import BOARD_READERS, HOME_READERS, QA_UNIT, REPORT_READERS
from services.reporting.pages.desk import Desk, message
from services.reporting.pages.routes import router
from shared.authority.settings import Authorities
from shared.eventstore.database import Pool
from shared.pages.rendering import STATIC
from shared.web.app import create_app
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer
from tests.integration.reporting.reports.conftest import NOW, Reader, World
from tests.integration.reporting.reports.html_tree import Element, Page
from tests.integration.reporting.reports.made_up import TABLES

pytestmark = pytest.mark.stack

ReaderOf = Callable[..., Reader]
PATHS = ("/reports/triannual", "/boards/quality", "/boards/corporate-parenting")


async def pages(reader: ReaderOf) -> list[tuple[str, Element]]:
    found = []
    for authority in ("westshire", "eastmarch", "newport"):
        person = reader("qa-manager", authority)
        for path in PATHS:
            answer = await person.page(path, authority=authority, window="2026-06")
            assert answer.status_code == 200
            found.append((f"{authority} {path}", Page(answer.text).root))
        answer = await person.page("/")
        found.append((f"{authority} /", Page(answer.text).root))
        answer = await person.page("/reports/triannual", authority="elsewhere", window="2026-06")
        found.append((f"{authority} not found", Page(answer.text).root))
    return found


async def test_every_page_is_accessible_as_far_as_its_source_can_tell(reader: ReaderOf) -> None:
    for name, page in await pages(reader):
        [html] = page.all("html")
        assert html.attributes["lang"] == "en-GB", name
        ids = [one.attributes["id"] for one in page.walk() if "id" in one.attributes]
        assert len(ids) == len(set(ids)), f"{name}: an id twice"
        for one in page.walk():
            for reference in ("aria-labelledby", "aria-describedby"):
                assert set(one.attributes.get(reference, "").split()) <= set(ids), f"{name}: {one.attributes}"
        levels = [int(one.tag[1]) for one in page.walk() if re.fullmatch(r"h[1-6]", one.tag)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after - before <= 1 for before, after in pairwise(levels)), f"{name}: {levels}"
        first_link = page.all("a")[0]
        assert first_link.attributes["href"] == "#content", f"{name}: the skip link comes first"
        for link in page.all("a"):
            assert link.text, f"{name}: a link without words"
            if link.attributes["href"].startswith("#"):
                assert link.attributes["href"][1:] in ids, f"{name}: {link.attributes['href']} leads nowhere"


async def test_every_chart_has_a_text_alternative_and_every_table_a_caption_and_scopes(reader: ReaderOf) -> None:
    charts = tables = 0
    for name, page in await pages(reader):
        assert not page.all("img"), name
        for chart in (one for one in page.all("svg") if "role" in one.attributes):
            charts += 1
            assert chart.attributes["role"] == "img"
            [title], [description] = chart.all("title"), chart.all("desc")
            assert title.text
            assert len(description.text) > len(title.text), f"{name}: says no more than the title"
        for table in page.all("table"):
            tables += 1
            assert table.all("caption")[0].text, name
            assert all(cell.attributes.get("scope") in {"col", "row"} for cell in table.all("th")), name
            widths = {len(row.children) for row in table.all("tr")}
            assert len(widths) == 1, f"{name}: rows of different length in {table.attributes['id']}"
    assert charts >= 8
    assert tables >= 20


async def test_no_page_asks_another_host_or_runs_a_script_that_is_not_served_beside_it(reader: ReaderOf) -> None:
    answer = await reader("qa-manager").page("/reports/triannual", authority="westshire", window="2026-06")
    assert "default-src 'none'; script-src 'self';" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    for name, page in await pages(reader):
        for script in page.all("script"):
            assert script.attributes["src"] == "/static/tables.js", name
            assert not script.text.strip(), name
        for one in page.walk():
            assert not [attribute for attribute in one.attributes if attribute.startswith("on")], name
            assert "style" not in one.attributes, f"{name}: an inline style, which the policy would drop"
            for attribute in ("href", "src"):
                target = one.attributes.get(attribute, "/")
                assert target.startswith(("/", "#")), f"{name}: {target}"
                assert not target.startswith("//"), name


async def test_the_stylesheet_and_font_are_served_here_and_ask_for_nothing_elsewhere(reader: ReaderOf) -> None:
    person = reader("director")
    style = await person.page("/static/pages.css")
    assert style.status_code == 200
    assert re.findall(r"url\((.*?)\)", style.text) == ['"inter.woff2"']
    assert (await person.page("/static/inter.woff2")).status_code == 200


def tables_of(page: Element) -> dict[str, list[list[str]]]:
    return {
        table.attributes["id"].removeprefix("table-"): [
            [cell.text for cell in row.children] for row in table.all("tbody")[0].all("tr")
        ]
        for table in page.all("table")
    }


def written(cell: dict[str, Any] | None) -> str:
    """Write a figure of the JSON as a page should, apart from the code that does."""
    if cell is None:
        return ""
    if cell["type"] == "words":
        return str(cell["text"])
    value = cell["value"] if cell["type"] != "share" else cell["percent"]
    if value is None:
        few = "n under 10" if cell["type"] == "share" or cell.get("decimals", 0) < 2 else "n under 30"
        why = "suppressed" if cell.get("suppressed") else cell.get("missing")
        return {"suppressed": "c", "too-few": few, "no-cases": "none"}[str(why)]
    if cell["type"] == "count":
        return f"{value:,}"
    if cell["type"] == "share":
        return f"{value}%"
    places = cell["decimals"]
    text = f"{value:.{places}f}"
    if cell["low"] is not None:
        text += f" ({cell['low']:.{places}f} to {cell['high']:.{places}f})"
    return text.replace("-", "\u2212")


def written_in(table: dict[str, Any], row: dict[str, Any], column: dict[str, Any]) -> str:
    """Write a figure as its table does: a gap of the coverage grid in words, a mixed column with what each is of."""
    cell = row["cells"].get(column["key"])
    if table["id"] == "coverage-grid" and cell["value"] == 0 and not row["whole"] and column["key"] != "all":
        return "none"
    if column["whole"] and cell is not None and cell["type"] == "share":
        return f"{written(cell)} ({written(cell['part'])} of {written(cell['of'])})"
    return written(cell)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("authority", ["westshire", "eastmarch"])
async def test_json_and_page_have_the_same_numbers(reader: ReaderOf, path: str, authority: str) -> None:
    person = reader("qa-manager", authority)
    report = (await person.json(path, authority=authority, window="2026-06")).json()["report"]
    page = Page((await person.page(path, authority=authority, window="2026-06")).text).root
    shown = tables_of(page)
    blocks = [block for section in report["sections"] for block in section["blocks"]]
    tables = [block for block in blocks if block["type"] == "table" and block["rows"] and not block["empty"]]
    assert len(tables) == len(shown)
    for table in tables:
        expected = [
            [row["label"], *(written_in(table, row, column) for column in table["columns"])] for row in table["rows"]
        ]
        assert [[cell.replace("\u2019", "'") for cell in row] for row in shown[table["id"]]] == expected
    text = page.text.replace("\u2019", "'")
    for finding in report["findings"]:
        assert finding["text"] in text


def suppressed_values(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        if node.get("suppressed") is True:
            yield node.get("value")
        if node.get("missing") == "suppressed":
            yield node.get("percent", node.get("value"))
        for child in node.values():
            yield from suppressed_values(child)
    elif isinstance(node, list):
        for child in node:
            yield from suppressed_values(child)


async def test_a_suppressed_figure_is_never_a_number_in_the_json(reader: ReaderOf) -> None:
    for path in PATHS:
        found = list(
            suppressed_values(
                (await reader("director", "eastmarch").json(path, authority="eastmarch", window="2026-06")).json()
            )
        )
        assert found
        assert set(found) == {None}


def counts(node: Any) -> Iterator[int]:
    if isinstance(node, dict):
        if node.get("type") == "count" and node["value"] is not None:
            yield node["value"]
        if node.get("id") == "teams-covered":
            return  # numbers of teams, not of children
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from counts(child)


@pytest.mark.parametrize("authority", ["westshire", "eastmarch"])
@pytest.mark.parametrize("path", PATHS)
async def test_no_small_count_stands_in_any_answer(reader: ReaderOf, path: str, authority: str) -> None:
    for window in ("2025-10", "2026-06"):
        answer = await reader("qa-manager", authority).json(path, authority=authority, window=window)
        assert not [value for value in counts(answer.json()) if 1 <= value <= 5]


OPEN_TO = {
    "/": HOME_READERS,
    "/reports/triannual": REPORT_READERS,
    "/boards/quality": BOARD_READERS,
    "/boards/corporate-parenting": BOARD_READERS,
}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.SERVICE}))
async def test_a_role_opens_what_it_may_and_nothing_else(reader: ReaderOf, role: Role) -> None:
    person = reader(role)
    for path, readers in OPEN_TO.items():
        answer = await person.page(path, authority="westshire", window="2026-06")
        assert answer.status_code == (200 if role in readers else 403), path
        if role not in readers:
            assert "not for your role" in answer.text
        if path != "/":
            given = await person.json(path, authority="westshire", window="2026-06")
            assert given.status_code == (200 if role in readers else 403), path


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SERVICE])
async def test_who_runs_the_installation_reads_no_report(reader: ReaderOf, role: Role) -> None:
    for authority in ("westshire", "*"):
        for path in OPEN_TO:
            answer = await reader(role, authority).page(path, authority="westshire", window="2026-06")
            assert answer.status_code == 403


async def test_another_authoritys_report_is_not_found_even_for_a_director(reader: ReaderOf) -> None:
    for path in PATHS:
        for asked in ("eastmarch", "nowhere"):
            answer = await reader("director").page(path, authority=asked, window="2026-06")
            assert answer.status_code == 404
            assert "Eastmarch" not in answer.text
            assert (await reader("director").json(path, authority=asked, window="2026-06")).status_code == 404


async def test_nobody_reads_without_a_token(reader: ReaderOf) -> None:
    person = reader("director")
    del person.client.headers["Authorization"]
    for path in OPEN_TO:
        assert (await person.page(path)).status_code == 401


async def test_the_consistency_of_auditors_is_for_the_qa_unit_alone(reader: ReaderOf) -> None:
    for role in sorted(BOARD_READERS):
        for path in PATHS:
            report = (await reader(role).json(path, authority="westshire", window="2026-06")).json()["report"]
            sections = {section["id"] for section in report["sections"]}
            sees = role in QA_UNIT and path != "/boards/corporate-parenting"
            assert ("consistency" in sections) == sees, role
            page = (await reader(role).page(path, authority="westshire", window="2026-06")).text
            assert ('id="table-agreement"' in page) == sees, role


async def test_what_others_see_does_not_depend_on_what_the_qa_unit_sees(reader: ReaderOf) -> None:
    for path in PATHS:
        seen = [
            (await reader(role).json(path, authority="westshire", window="2026-06")).json()["report"]
            for role in ("qa-manager", "director")
        ]
        others = [one for one in seen[0]["sections"] if one["id"] not in {"consistency", "every-question"}]
        assert others == seen[1]["sections"]


async def test_an_address_without_a_window_leads_to_the_latest_that_has_ended(reader: ReaderOf) -> None:
    for path in PATHS:
        answer = await reader("director").page(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{path}?authority=westshire&window=2026-06"


async def test_a_window_without_data_says_so_and_links_to_those_with_some(reader: ReaderOf) -> None:
    answer = await reader("qa-manager").page("/reports/triannual", authority="westshire", window="2021-06")
    assert answer.status_code == 200
    assert "Nothing is recorded for Westshire County Council from June to September 2021" in answer.text
    links = [link.attributes["href"] for link in Page(answer.text).root.all("a")]
    assert "/reports/triannual?authority=westshire&window=2026-06" in links


async def test_a_window_that_does_not_start_there_is_refused_with_the_way_out(reader: ReaderOf) -> None:
    for window in ("2026-07", "2026-13", "summer", ""):
        answer = await reader("director").page("/boards/quality", authority="westshire", window=window)
        assert answer.status_code == 422
        assert "Windows start in February, June, October" in answer.text
        assert "summer" not in answer.text


async def test_every_page_says_what_it_is_true_for(reader: ReaderOf) -> None:
    for path in (*PATHS, "/"):
        text = (await reader("qa-manager").page(path, authority="westshire", window="2026-06")).text
        assert re.search(r'<time id="moment" datetime="2026-10-30T12:00:00\+00:00">30 October 2026, 12:00</time>', text)
        assert "how far behind the log is not known" in text
        assert "Log position: audit.events 0:" in text
    fresh = (await reader("qa-manager").json("/boards/quality", authority="westshire", window="2026-06")).json()[
        "freshness"
    ]
    assert fresh["lag"] is None
    assert fresh["positions"][0] == {"topic": "audit.events", "partition": 0, "next_offset": 1720}


@pytest.mark.parametrize("path", ["/nope", "/sign-in", "/sign-in?token=abc", "/reports", "/reports/triannual/"])
async def test_an_address_that_is_none_of_ours_is_answered_with_a_page(reader: ReaderOf, path: str) -> None:
    answer = await reader("qa-manager").client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    page = Page(answer.text).root
    assert page.all("h1")[0].text == "Not found"
    assert "/" in [link.attributes["href"] for link in page.all("a")]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (0, ["up to date with the log", ">24 November 2026, 09:30</time>"]),
        (3, ["3 events behind the log", ">30 October 2026, 12:00</time>"]),
    ],
)
async def test_a_page_says_whether_it_is_behind_the_log(
    world: World, pool: Pool, issuer: LocalIssuer, more: int, said: list[str]
) -> None:
    ends = {("audit.events", 0): 1720 + more}
    desk = Desk(pool, Authorities([world.large]), lambda _now: ends, lambda: NOW)
    app = create_app("Reports", "reporting", issuer.verifier(), [router(desk)], static=STATIC, page=message)
    headers = {"Authorization": f"Bearer {issuer.issue('qa-manager', 'westshire')}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://reports", headers=headers
    ) as client:
        text = (await client.get("/boards/quality?authority=westshire&window=2026-06")).text
        fresh = (await client.get("/boards/quality.json?authority=westshire&window=2026-06")).json()["freshness"]
    assert all(words in text for words in said)
    assert (fresh["lag"], fresh["behind"]) == (more, more > 0)


async def test_equal_facts_in_another_order_give_the_same_bytes_apart_from_the_stamp(
    reader: ReaderOf, world: World
) -> None:
    async def answers() -> list[str]:
        person = reader("qa-manager")
        texts = [(await person.page(path, authority="westshire", window="2026-06")).text for path in PATHS]
        texts += [(await person.json(path, authority="westshire", window="2026-06")).text for path in PATHS]
        return [re.sub(r"<!-- stamp -->.*?<!-- /stamp -->", "", text, flags=re.DOTALL) for text in texts]

    first = await answers()
    connection = await asyncpg.connect(world.dsn)
    try:
        schema = await live_schema(connection)
        for table in set(TABLES) - {"log_positions"}:
            await connection.execute(
                f"create temp table kept as select * from {schema}.{table};"
                f"truncate {schema}.{table};"
                f"insert into {schema}.{table} select * from kept order by md5(kept::text); drop table kept"
            )
    finally:
        await connection.close()
    assert await answers() == first

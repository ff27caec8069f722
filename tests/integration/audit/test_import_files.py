"""Files that are no table of audits: each kind is refused in a sentence, nothing comes in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.audit.sheets import XLSX, csv_of, row, take, xlsx_of
from tests.integration.audit.support import Service, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.test_reading import cell_in, sheet_of, workbook

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("importing")) as opened:
        await publish_tool(opened)
        yield opened


FILES: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n ",
    "not text": bytes(range(128, 256)),
    "with a zero byte": b"case_number\x00,kind\n1,2\n",
    "old or locked workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64),
    "zip that is no workbook": b"PK\x03\x04" + bytes(64),
    "torn workbook": xlsx_of(row())[:2000],
    "workbook with a row far below": workbook(sheet_of('<row r="99999999999"/>')),
    "workbook with a row that is no number": workbook(sheet_of(cell_in("zz"))),
    "workbook with torn XML": workbook(sheet_of(cell_in("2"))[:-30]),
    "unclosed quotation mark": csv_of(row()) + b'"never closed',
    "no header": b",,,\n1,2,3\n",
}


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(audit: Service, kind: str) -> None:
    answer = await take(audit, FILES[kind], media_type=XLSX if FILES[kind][:2] == b"PK" else "text/csv")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    [problem] = answer.json()["problems"]
    assert problem["message"]
    assert problem["way_out"]


async def test_every_fault_of_the_header_is_named(audit: Service) -> None:
    given = row(Weather="rain")
    del given["Case number"], given["Cycle"]
    content = csv_of(given).replace(b"District,Team", b"Team,Team", 1)
    answer = await take(audit, content)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json()["problems"]} == {
        "case_number",
        "cycle",
        "district",
        "team",
        "weather",
    }


async def test_a_cell_beside_the_table_is_noticed(audit: Service) -> None:
    content = csv_of(row()).rstrip(b"\r\n") + b",stray\r\n"
    answer = await take(audit, content, "dry_run=true")
    assert [(each["row"], each["column"]) for each in answer.json()["problems"]] == [(2, "")]

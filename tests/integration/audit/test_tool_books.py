"""A tool out as a workbook, changed in it, checked, saved as a draft and published: over HTTP, on real databases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.audit.app.tools.xlsform.workbook import XLSX
from shared.web.principal import Role
from tests.integration.audit.support import Service, service
from tests.support.stack import Stack
from tests.unit.audit.xlsform_books import book, cells_of, with_cell

pytestmark = pytest.mark.stack

TOOLS = Path(__file__).parents[3] / "services/audit/tools"


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("books")) as opened:
        yield opened


async def send(audit: Service, content: bytes, *, role: Role = Role.QA_MANAGER, **asked: Any) -> httpx.Response:
    headers = audit.headers(role) | {"Content-Type": XLSX}
    return await audit.http.post("/v1/tools/xlsform", content=content, params=asked, headers=headers)


async def published(audit: Service, name: str = "dip-sample") -> str:
    document = json.loads((TOOLS / f"{name}.json").read_text(encoding="utf-8"))
    assert (await audit.post("/tools", document, Role.QA_MANAGER)).status_code == 201
    return name


async def test_a_version_goes_out_is_changed_and_comes_back_as_the_next_one(audit: Service) -> None:
    tool = await published(audit)
    out = await audit.get(f"/tools/{tool}/versions/1.xlsx", Role.TEAM_MANAGER)
    assert (out.status_code, out.headers["content-type"]) == (200, XLSX)
    assert 'filename="dip-sample.1.xlsx"' in out.headers["content-disposition"]
    assert cells_of(out.content, "settings")[0]["form_title"] == "Dip sample"

    changed = with_cell(out.content, "settings", "A2", "Dip sample, shorter")
    answer = await send(audit, changed, draft=True)
    assert (answer.status_code, answer.json()["draft"], answer.json()["faults"]) == (200, True, [])
    made = await audit.post(f"/tools/{tool}/publication", None, Role.QA_MANAGER)
    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert (await audit.get(f"/tools/{tool}", Role.AUDITOR)).json()["title"] == "Dip sample, shorter"


async def test_a_check_stores_nothing_and_answers_with_the_document(audit: Service) -> None:
    answer = await send(audit, book())
    assert answer.status_code == 200
    assert answer.json()["document"]["tool"] == "seeing-children"
    assert answer.json()["draft"] is False
    assert (await audit.get("/tools/seeing-children/draft", Role.QA_MANAGER)).status_code == 404


async def test_a_check_answers_with_every_fault_at_its_cell(audit: Service) -> None:
    content = with_cell(with_cell(book(), "survey", "A4", "geopoint"), "choices", "B5", "one")
    answer = (await send(audit, content)).json()
    assert answer["document"] is None
    cells = {(fault["sheet"], fault["cell"]) for fault in answer["faults"]}
    assert {("survey", "A4"), ("choices", "B5")} <= cells


async def test_a_faulty_draft_is_refused_and_nothing_is_saved(audit: Service) -> None:
    answer = await send(audit, with_cell(book(), "survey", "A4", "geopoint"), draft=True)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:sightline:problem:workbook-refused")
    assert answer.json()["problems"][0]["place"] == "body/survey/4/type"
    assert (await audit.get("/tools/seeing-children/draft", Role.QA_MANAGER)).status_code == 404


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 nor this"])
async def test_what_is_no_workbook_is_said_to_be_none(audit: Service, content: bytes) -> None:
    answer = await send(audit, content)
    assert answer.status_code == 200
    assert [fault["message"] for fault in answer.json()["faults"]] == ["the file is no readable XLSX workbook"]


async def test_a_multipart_form_will_do(audit: Service) -> None:
    answer = await audit.http.post(
        "/v1/tools/xlsform", files={"file": ("tool.xlsx", book(), XLSX)}, headers=audit.headers(Role.QA_MANAGER)
    )
    assert answer.json()["document"]["tool"] == "seeing-children"


async def test_a_version_reads_as_text(audit: Service) -> None:
    tool = await published(audit)
    answer = await audit.get(f"/tools/{tool}/versions/1.txt", Role.BOARD_MEMBER)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("Dip sample\ndip-sample, version 1\n")


async def test_a_version_that_is_not_there_is_not_found(audit: Service) -> None:
    tool = await published(audit)
    for path in (f"/tools/{tool}/versions/99.xlsx", f"/tools/{tool}/versions/99.txt", "/tools/none/versions/1.xlsx"):
        assert (await audit.get(path, Role.QA_MANAGER)).status_code == 404


async def test_every_shipped_tool_can_be_published(audit: Service) -> None:
    for path in sorted(TOOLS.glob("*.json")):
        await published(audit, path.stem)

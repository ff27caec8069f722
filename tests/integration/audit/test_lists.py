"""Every list is paged with a cap and a stable order: which routes are lists is read from the OpenAPI document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit import access_scenes as s
from tests.integration.audit.access_table import TABLE
from tests.integration.audit.support import Service, allocation, publish_tool, service
from tests.support.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

CAP = 500
PRACTITIONER = UUID("a0000000-0000-4000-8000-000000000055")
ONE_THING = {
    "AgreementView",  # figures
    "AuditView",
    "CalibrationView",
    "ChildExport",  # all that is held on one child, whole by its purpose
    "DraftView",
    "PooledView",  # how far auditors agree: by the items of an authority's calibration tools
    "PractitionerView",
    "ToolComparison",
    "ToolDocument",
    "VersionList",  # of one outcome: as many as it was amended
    "VersionView",
}
"""Answers that hold several things and are about one: each was looked at. A new list is a page, or fails here."""


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("lists"), *s.documents()) as opened:
        await publish_tool(opened)
        await publish_tool(opened, s.CALIBRATION_TOOL)
        await publish_tool(opened, s.spare("riverside-check", title="The second version"))
        for _ in range(2):
            for make in (s.disputed, s.in_queue, s.calibration, s.spare_tool):
                await make(opened)
            body = allocation(case_number=f"RS-{uuid4().hex[:8]}", practitioner=str(PRACTITIONER))
            assert (await opened.post("/audits", body, Role.QA_OFFICER)).is_success
        yield opened


async def document_of(audit: Service) -> dict[str, Any]:
    return dict((await audit.http.get("/openapi.json")).json())


def answer_of(document: dict[str, Any], path: str) -> tuple[str, dict[str, Any]]:
    """Give the name and schema of what a GET answers with; nothing for files."""
    schema = document["paths"][path]["get"]["responses"]["200"]["content"].get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return name, document["components"]["schemas"].get(name, schema)


def pages_of(document: dict[str, Any]) -> dict[str, str]:
    """Give every route that answers with a page, and the field that holds its rows; a bare list is a fault."""
    found: dict[str, str] = {}
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        name, schema = answer_of(document, path)
        assert schema.get("type") != "array", f"{path} answers with a bare list: make it a page"
        rows = [
            field
            for field, said in schema.get("properties", {}).items()
            if said.get("type") == "array" and "$ref" in said.get("items", {})
        ]
        if not rows or name in ONE_THING:
            continue
        assert len(rows) == 1, f"{path}: {name} holds several lists"
        found[path] = rows[0]
    return found


async def test_every_list_is_a_page_with_a_cap(audit: Service) -> None:
    document = await document_of(audit)
    pages = pages_of(document)
    assert len(pages) >= 9
    for path in pages:
        _, schema = answer_of(document, path)
        parameters = {one["name"]: one["schema"] for one in document["paths"][path]["get"]["parameters"]}
        assert "after" in schema["properties"], path
        assert "after" in parameters, path
        limit = parameters["limit"]
        assert (limit["minimum"], limit["maximum"] <= CAP, limit["default"] <= CAP) == (1, True, True), path


async def test_every_list_is_walked_page_by_page_in_the_same_order(audit: Service) -> None:
    for path, rows in pages_of(await document_of(audit)).items():
        role = Role.QA_MANAGER if Role.QA_MANAGER in TABLE["GET", path] else Role.PRACTITIONER
        who: dict[str, Any] = {"person": PRACTITIONER}
        address = path.removeprefix("/v1").replace("{tool}", "riverside-check") + "?"
        address += "standing=assigned&" if path == "/v1/moderation-queue" else ""
        whole = (await audit.get(f"{address}limit={CAP}", role, **who)).json()
        assert whole["after"] is None, path
        assert len(whole[rows]) >= 2, f"{path}: too few to tell"
        walked: list[Any] = []
        after: Any = ""
        while after is not None:
            page = (await audit.get(f"{address}limit=1{after}", role, **who)).json()
            assert len(page[rows]) <= 1, path
            walked += page[rows]
            after = None if page["after"] is None else f"&after={page['after']}"
        assert walked == whole[rows], path
        for limit in (0, CAP + 1, -1):
            refused = await audit.get(f"{address}limit={limit}", role, **who)
            assert refused.status_code == 422, path

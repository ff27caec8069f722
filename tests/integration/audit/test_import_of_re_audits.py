"""Importing with a tool for re-audits, and with one that is retired: the faults of a row that allocating has too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.sheets import counts, csv_of, faults, row, take
from tests.integration.audit.support import Service, publish_tool, service
from tests.support.stack import Stack
from tests.unit.audit.builders import TOOL_JSON

pytestmark = pytest.mark.stack

AGAIN = "riverside-again"


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("re-audits")) as opened:
        await publish_tool(opened)
        await publish_tool(opened, TOOL_JSON | {"tool": AGAIN, "needs_earlier_audit": True})
        yield opened


def again(earlier: str, **changes: Any) -> dict[str, Any]:
    return row(**{"Tool": AGAIN, "Re audit of": earlier, "Auditor": "4712", **changes})


async def test_a_re_audit_names_an_audit_of_the_same_child(audit: Service) -> None:
    """By the number it was imported with, before or in the same file, or by its id; else a fault at its cell."""
    first = row()
    number, case = first["Audit number"], first["Case number"]
    same = {"Case number": case.lower()}
    beside = await take(audit, csv_of(again(number, **same), first))
    assert (faults(beside), counts(beside)) == ([], (2, 2, 2, 0))
    re_audit = next(one for one in beside.json()["audits"] if one["row"] == 2)
    view = (await audit.get(f"/audits/{re_audit['audit_id']}", Role.QA_OFFICER)).json()
    expected = str(uuid5(uuid5(NAMESPACE_URL, "urn:sightline:imported-audit"), f"northmoor|{number}"))
    assert view["re_audit_of"] == expected

    own = again("own", **same)
    own["Re audit of"] = own["Audit number"]
    bad = [
        again("", **same),
        again("no-such-number", **same),
        again(str(uuid4()), **same),
        again(number),
        own,
    ]
    good = [again(number, **same), again(expected, **same)]
    answer = await take(audit, csv_of(*bad, *good))
    assert faults(answer) == [(line, "re_audit_of") for line in range(2, 7)]
    sentences = [one["problem"] for one in answer.json()["problems"]]
    assert "none is named" in sentences[0]
    assert "no such audit" in sentences[1]
    assert "no such audit" in sentences[2]
    assert "another child" in sentences[3]
    assert "itself" in sentences[4]
    assert not [one for one in answer.json()["problems"] if number in str(one) or case in str(one)]
    assert counts(answer) == (7, 2, 2, 0)


async def test_an_earlier_row_that_stays_out_takes_its_re_audit_with_it(audit: Service) -> None:
    first = row(**{"Overall grade": "Excellent"})
    answer = await take(audit, csv_of(first, again(first["Audit number"], **{"Case number": first["Case number"]})))
    assert faults(answer) == [(2, "overall_grade"), (3, "re_audit_of")]
    assert counts(answer)[2] == 0


async def test_a_retired_version_begins_no_imported_audit(audit: Service) -> None:
    """Audits that began before its retirement still come in: they finish on the version they began with."""
    name = "riverside-retired"
    for version in (1, 2):
        await publish_tool(audit, TOOL_JSON | {"tool": name, "version": version})
    retired = await audit.post(f"/tools/{name}/versions/1/retirement", {}, Role.QA_MANAGER)
    assert retired.status_code == 200, retired.text
    await audit.pool.execute(  # as if it had been retired long ago, since that is not said of an earlier day
        "update eventstore.summaries set data = data || jsonb_build_object('retired', $2::jsonb)"
        " where data->>'tool' = $1",
        name,
        {"1": "2025-11-10T08:00:00+00:00"},
    )
    before, after = ({"Tool": name, "Allocated on": day} for day in ("2025-11-10", "2025-11-11"))
    answer = await take(
        audit,
        csv_of(
            row(**before, **{"Tool version": "1"}),
            row(**after, **{"Tool version": "1"}),
            row(**after, **{"Tool version": "2"}),
        ),
    )
    assert faults(answer) == [(3, "tool_version")]
    assert "retired" in answer.json()["problems"][0]["problem"]
    assert counts(answer) == (3, 2, 2, 0)

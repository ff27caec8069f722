"""Importing completed audits: every fault by row and column, the good rows in, the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.sheets import XLSX, count, counts, csv_of, faults, row, take, xlsx_of
from tests.integration.audit.support import Service, publish_tool, service
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("importing")) as opened:
        await publish_tool(opened)
        yield opened


async def test_a_row_of_words_becomes_an_audit_of_codes(audit: Service) -> None:
    number = uuid4().hex[:10]
    answer = await take(audit, csv_of(row(**{"Audit number": number})))
    assert faults(answer) == []
    assert counts(answer) == (1, 1, 1, 0)
    [there] = answer.json()["audits"]
    imported = uuid5(uuid5(NAMESPACE_URL, "urn:sightline:imported-audit"), f"northmoor|{number}")
    assert there["audit_id"] == str(imported)
    published = await audit.published(there["audit_id"])
    assert [kind for kind, _ in published] == [
        "audit-allocated.v1",
        "audit-completed.v1",
        "recommendation-made.v1",
        "moderation-requested.v1",
    ]
    completed = published[1][1]
    assert completed["overall_grade"] == "requires-improvement"
    assert completed["answers"] == {
        "plan-grade": "requires-improvement",
        "plan-smart": False,
        "plan-shared": ["family", "school"],
        "plan-visits": 4,
        "heard": "in-part",
        "areas-to-develop": ["drift-and-delay"],
    }
    assert (completed["due_on"], completed["completed_on"]) == ("2025-11-30", "2025-11-20")
    assert published[3][1]["due_on"] == "2025-12-10"
    seen = (await audit.get(f"/audits/{there['audit_id']}", Role.QA_OFFICER)).json()
    assert seen["allocated_at"] == "2025-11-03T12:00:00Z"
    assert seen["texts"]["answers/plan-smart/evidence"] == "Dates are missing."
    assert list(seen["recommendations"][0]["id"]) == list(there["recommendations"][0])


async def test_a_dry_run_changes_nothing_anywhere(audit: Service) -> None:
    tables = ("eventstore.events", "outbox.messages", "privacy.case_references", "privacy.person_references")
    before = [await count(audit, table) for table in tables]
    answer = await take(audit, csv_of(row(), row(**{"Overall grade": ""})), "dry_run=true")
    assert counts(answer) == (2, 1, 0, 0)
    assert [await count(audit, table) for table in tables] == before


async def test_good_rows_come_in_beside_bad_ones(audit: Service) -> None:
    bad = row(**{"Overall grade": "Excellent"})
    answer = await take(audit, csv_of(row(), bad, row()))
    assert faults(answer) == [(3, "overall_grade")]
    assert counts(answer) == (3, 2, 2, 0)
    assert [each["row"] for each in answer.json()["audits"]] == [2, 4]


async def test_with_the_flag_one_fault_keeps_everything_out(audit: Service) -> None:
    before = await count(audit, "eventstore.events")
    answer = await take(audit, csv_of(row(), row(**{"Overall grade": "Excellent"})), "all_or_nothing=true")
    assert counts(answer) == (2, 1, 0, 0)
    assert answer.json()["audits"] == []
    assert await count(audit, "eventstore.events") == before


async def test_with_the_flag_and_no_fault_everything_comes_in(audit: Service) -> None:
    content = csv_of(*[row() for _ in range(450)])
    assert counts(await take(audit, content, "all_or_nothing=true")) == (450, 450, 450, 0)
    assert counts(await take(audit, content, "all_or_nothing=true")) == (450, 450, 0, 450)


@pytest.mark.parametrize("number", ["audit number", ""])
async def test_the_same_file_twice_changes_nothing(audit: Service, number: str) -> None:
    changes = {} if number else {"Audit number": ""}
    content = csv_of(row(**changes), row(**changes))
    assert counts(await take(audit, content)) == (2, 2, 2, 0)
    before = await count(audit, "eventstore.events")
    again = await take(audit, content)
    assert counts(again) == (2, 2, 0, 2)
    assert len(again.json()["audits"]) == 2
    assert await count(audit, "eventstore.events") == before


async def test_a_longer_file_brings_in_only_what_is_new(audit: Service) -> None:
    first, second = row(), row()
    await take(audit, csv_of(first))
    assert counts(await take(audit, csv_of(first, second))) == (2, 2, 1, 1)


async def test_an_audit_that_is_there_otherwise_is_not_changed(audit: Service) -> None:
    given = row()
    await take(audit, csv_of(given))
    before = await count(audit, "eventstore.events")
    other = {**given, "Overall grade": "good", "Section: planning": "good"}
    answer = await take(audit, csv_of(other))
    [problem] = answer.json()["problems"]
    assert problem["problem"] == "the audit is there already, with other content"
    assert await count(audit, "eventstore.events") == before
    refused = await take(audit, csv_of(row(), other), "all_or_nothing=true")
    assert counts(refused) == (2, 2, 0, 0)
    assert await count(audit, "eventstore.events") == before


async def test_a_workbook_is_read_as_people_fill_it(audit: Service) -> None:
    given = row(
        **{
            "Completed on": date(2025, 11, 20),
            "Answer: plan-visits": 4.0,
            "Answer: plan-smart": False,
            "Parent feedback score": 2,
            "Auditor": 4711,
        }
    )
    answer = await take(audit, xlsx_of(given), media_type=XLSX)
    assert faults(answer) == []
    assert counts(answer) == (1, 1, 1, 0)


async def test_a_form_may_carry_the_file(audit: Service) -> None:
    headers = audit.headers(Role.QA_OFFICER)
    answer = await audit.http.post("/v1/imports", files={"file": ("audits.csv", csv_of(row()))}, headers=headers)
    assert counts(answer) == (1, 1, 1, 0)
    empty = await audit.http.post("/v1/imports", files={"other": ("audits.csv", b"x")}, headers=headers)
    assert empty.status_code == 422


async def test_semicolons_and_a_byte_order_mark_are_fine(audit: Service) -> None:
    content = b"\xef\xbb\xbf" + csv_of(row(**{"Answer: plan-shared": "family"}), delimiter=";")
    assert faults(await take(audit, content)) == []


CELLS: list[tuple[str, Any, list[str]]] = [
    ("Case number", "", ["case_number"]),
    ("Kind", "thematic", ["kind"]),
    ("Team", "Nowhere", ["team"]),
    ("Child status", "unknown", ["child_status"]),
    ("Tool", "no-such-tool", ["tool"]),
    ("Auditor", "", ["auditor"]),
    ("Completed on", "yesterday", ["completed_on"]),
    ("Completed on", "2026-03-03", ["completed_on"]),
    ("Allocated on", "2025-11-21", ["allocated_on"]),
    ("Allocated on", "31/12/1989", ["allocated_on"]),
    ("Completed on", "0025-11-20", ["completed_on"]),
    ("Due on", "2025-11-02", ["due_on"]),
    ("Due on", "soon", ["due_on"]),
    ("Took part", "everyone", ["took_part"]),
    ("Reflective discussion", "perhaps", ["reflective_discussion"]),
    ("Overall grade", "", ["overall_grade"]),
    ("Overall rationale", "", ["overall_rationale"]),
    ("Child feedback", "sometimes", ["child_feedback"]),
    ("Child feedback why not", "", ["child_feedback_why_not"]),
    ("Parent feedback score", "9", ["parent_feedback_score"]),
    ("Parent feedback score", "much", ["parent_feedback_score"]),
    ("Section: planning", "fine", ["section:planning"]),
    ("Section: planning", "", ["section:planning"]),
    ("Answer: plan-grade", "fine", ["answer:plan-grade"]),
    ("Answer: plan-smart", "perhaps", ["answer:plan-smart"]),
    ("Answer: plan-smart: evidence", "", ["answer:plan-smart:evidence"]),
    ("Answer: plan-shared", "Family; Police", ["answer:plan-shared"]),
    ("Answer: plan-visits", "21", ["answer:plan-visits"]),
    ("Answer: plan-visits", "many", ["answer:plan-visits"]),
    ("Answer: heard", "", ["answer:heard"]),
    ("Answer: weather", "rain", ["answer:weather"]),
    ("Recommendation: 1: category", "gardening", ["recommendation:1:category"]),
    ("Overall rationale", "x" * 20_001, ["overall_rationale"]),
    ("Overall rationale", "bell \x07", ["overall_rationale"]),
    ("Overall rationale", "#REF!", ["overall_rationale"]),
    ("Service", "catering", ["service"]),
]


@pytest.mark.parametrize(("column", "cell", "found"), CELLS, ids=lambda value: str(value)[:30])
async def test_a_bad_cell_is_named_by_row_and_column(audit: Service, column: str, cell: Any, found: list[str]) -> None:
    answer = await take(audit, csv_of(row(), row(**{column: cell})), "dry_run=true")
    named = {(number, each) for number, each in faults(answer)}
    assert {(3, each) for each in found} <= named
    assert {number for number, _ in named} == {3}
    assert all(each["way_out"] and each["problem"] for each in answer.json()["problems"])
    if len(str(cell)) > 4:
        assert str(cell) not in str(answer.json()["problems"])


async def test_all_bad_cells_of_a_row_are_named_at_once(audit: Service) -> None:
    changes = {"Overall grade": "", "Answer: plan-visits": "21", "Answer: heard": "", "Section: planning": ""}
    answer = await take(audit, csv_of(row(**changes)), "dry_run=true")
    assert faults(answer) == [
        (2, "answer:heard"),
        (2, "answer:plan-visits"),
        (2, "overall_grade"),
        (2, "section:planning"),
    ]


async def test_two_rows_of_one_audit_are_noticed(audit: Service) -> None:
    given = row()
    answer = await take(audit, csv_of(given, given), "dry_run=true")
    assert faults(answer) == [(3, "audit_number")]
    unnumbered = row(**{"Audit number": ""})
    spelt = {**unnumbered, "Case number": unnumbered["Case number"].lower()}
    assert faults(await take(audit, csv_of(unnumbered, spelt), "dry_run=true")) == [(3, "case_number")]


async def test_a_number_of_another_childs_audit_is_noticed(audit: Service) -> None:
    given = row()
    await take(audit, csv_of(given))
    answer = await take(audit, csv_of({**given, "Case number": "RS-another"}))
    assert counts(answer)[2:] == (0, 0)
    assert len(answer.json()["problems"]) == 1


async def test_an_erased_child_is_reported_and_not_brought_back(audit: Service) -> None:
    given = row()
    await take(audit, csv_of(given))
    found = await audit.post("/children/reference", {"case_number": given["Case number"]}, Role.QA_OFFICER)
    await audit.post(f"/children/{found.json()['case_reference']}/erasure", {}, Role.QA_MANAGER)
    before = await count(audit, "privacy.case_references")
    for query in ("dry_run=true", "", "all_or_nothing=true"):
        answer = await take(audit, csv_of({**given, "Audit number": "again"}), query)
        assert faults(answer) == [(2, "case_number")]
        assert "erased" in answer.json()["problems"][0]["problem"]
    assert await count(audit, "privacy.case_references") == before

"""Who may look at an audit again, and one at a time: on real databases, also when two ask at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.sheets import counts, csv_of, faults, row, take
from tests.integration.audit.support import Service, allocated, allocation, completed, completion, publish_tool, service
from tests.integration.audit.test_re_audits import ask, shown
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, settings_text

pytestmark = pytest.mark.stack

ANOTHER = UUID("a0000000-0000-4000-8000-000000000002")
THIRD = UUID("a0000000-0000-4000-8000-000000000003")
ALLOWING = settings_text("saltmere") + "audit: {re_audit_by_same_auditor: true}\n"


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    documents = (settings_text("northmoor"), ALLOWING)
    async with service(stack.postgres, tmp_path_factory.mktemp("rules"), *documents) as opened:
        await publish_tool(opened)
        await publish_tool(opened, authority="saltmere")
        yield opened


async def again(
    audit: Service, first: str, case: str, authority: str = "northmoor", key: str | None = None, **changes: Any
) -> httpx.Response:
    body = allocation(re_audit_of=first, case_number=case, **changes)
    return await audit.post("/audits", body, Role.QA_OFFICER, authority=authority, key=key)


def told(answer: httpx.Response) -> tuple[int, str, list[str]]:
    problem = answer.json()
    return (
        answer.status_code,
        problem["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1],
        [one["place"] for one in problem["problems"]],
    )


async def test_a_re_audit_goes_to_another_auditor(audit: Service) -> None:
    case = f"RS-{uuid4().hex[:8]}"
    first = await completed(audit, case_number=case)
    same = await again(audit, first, case)
    assert told(same) == (403, "auditor-of-the-first-audit", ["body/auditor"])
    assert "re_audit_by_same_auditor" in same.text
    assert str(AUDITOR) not in same.text
    assert first not in same.text
    faulty = await again(audit, first, case, kind="dog-show")
    assert told(faulty)[2] == ["body/kind", "body/auditor"], "with whatever else is wrong"
    unread = await again(audit, first, case, due_on="tomorrow")
    assert told(unread)[2] == ["body/due_on", "body/auditor"]

    done = await again(audit, first, case, auditor=str(ANOTHER))
    assert done.status_code == 201, done.text


async def test_by_staff_number_the_first_auditor_is_known_as_well(audit: Service) -> None:
    case = f"RS-{uuid4().hex[:8]}"
    first = (await audit.post("/audits", numbered("SN-1", case_number=case), Role.QA_OFFICER)).json()["audit_id"]
    same = await audit.post("/audits", numbered("sn-1 ", case_number=case, re_audit_of=first), Role.QA_OFFICER)
    assert told(same)[1:] == ("auditor-of-the-first-audit", ["body/auditor_staff_number"])
    body = numbered("SN-1", case_number=case, re_audit_of=first, kind="dog-show")
    faulty = await audit.post("/audits", body, Role.QA_OFFICER)
    assert told(faulty)[2] == ["body/kind", "body/auditor_staff_number"]


def numbered(staff_number: str, **changes: Any) -> dict[str, Any]:
    given = allocation(auditor_staff_number=staff_number, **changes)
    del given["auditor"]
    return given


async def test_the_settings_may_allow_the_same_auditor_and_their_version_is_told(audit: Service) -> None:
    case = f"RS-{uuid4().hex[:8]}"
    begun = await audit.post("/audits", allocation(case_number=case), Role.QA_OFFICER, authority="saltmere")
    first = begun.json()["audit_id"]
    done = await again(audit, first, case, authority="saltmere")
    assert done.status_code == 201, done.text
    [data] = [data for type_, data in await audit.published(done.json()["audit_id"]) if type_ == "audit-allocated.v1"]
    assert data["settings_version"] == 1


async def test_one_at_a_time_and_a_repeat_is_answered_as_before(audit: Service) -> None:
    case = f"RS-{uuid4().hex[:8]}"
    first = await completed(audit, case_number=case)
    begun = await again(audit, first, case, auditor=str(ANOTHER), key="begin")
    assert begun.status_code == 201, begun.text
    second = await again(audit, first, case, auditor=str(THIRD))
    assert told(second) == (409, "re-audit-under-way", ["body/re_audit_of"])
    assert "withdraw it first" in second.text
    assert not [one for one in (begun.json()["audit_id"], first, str(ANOTHER), case) if one in second.text]
    both = await again(audit, first, case)
    assert told(both) == (409, "re-audit-under-way", ["body/re_audit_of", "body/auditor"])

    named = {"audit_id": begun.json()["audit_id"], "auditor": str(ANOTHER)}
    repeated = await again(audit, first, case, **named)
    assert (repeated.status_code, repeated.json()["audit_id"]) == (201, begun.json()["audit_id"])

    over = await audit.post(f"/audits/{named['audit_id']}/withdrawal", {"reason": "duplicate"}, Role.QA_OFFICER)
    assert over.status_code == 200, over.text
    once_more = await again(audit, first, case, auditor=str(THIRD))
    assert once_more.status_code == 201, once_more.text
    path = f"/audits/{once_more.json()['audit_id']}/completion"
    assert (await audit.post(path, completion(), Role.AUDITOR, person=THIRD)).status_code == 200
    assert (await again(audit, first, case, auditor=str(ANOTHER))).status_code == 201


async def test_of_many_at_the_same_moment_one_begins(audit: Service) -> None:
    case = f"RS-{uuid4().hex[:8]}"
    first = await completed(audit, case_number=case)
    answers = await asyncio.gather(
        *(again(audit, first, case, auditor=str(uuid4()), audit_id=str(uuid4())) for _ in range(5))
    )
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]
    stream = await audit.parts.store.load(UUID(first))
    assert [event.type for event in stream.events].count("re-audit-noted") == 1


async def test_an_import_is_held_to_both(audit: Service) -> None:
    first = row()
    case, number = first["Case number"], first["Audit number"]
    named = {"Case number": case, "Re audit of": number}
    same, other = row(**named, Auditor=" 4711"), row(**named, Auditor="4712")
    assert faults(await take(audit, csv_of(first, same), "dry_run=true")) == [(3, "auditor")], "in one file"
    assert counts(await take(audit, csv_of(other, first)))[2] == 2
    assert faults(await take(audit, csv_of(first, same), "dry_run=true")) == [(3, "auditor")], "one that is there"

    [earlier] = [one["audit_id"] for one in (await take(audit, csv_of(first))).json()["audits"]]
    begun = await again(audit, earlier, case, auditor=str(THIRD))
    assert begun.status_code == 201, begun.text
    late = row(**named, Auditor="4713")
    for query in ("dry_run=true", "", "all_or_nothing=true"):
        assert faults(await take(audit, csv_of(late), query)) == [(2, "re_audit_of")]
    repeated = await take(audit, csv_of(first, other))
    assert (faults(repeated), counts(repeated)) == ([], (2, 2, 0, 2)), "what came in before stays as it is"
    await audit.post(f"/audits/{begun.json()['audit_id']}/withdrawal", {"reason": "duplicate"}, Role.QA_OFFICER)
    assert counts(await take(audit, csv_of(late)))[2] == 1


async def test_rows_that_name_each_other_are_refused_and_a_chain_is_stored_first_to_last(audit: Service) -> None:
    case = {"Case number": f"RS-{uuid4().hex[:8]}"}
    one, two, three = (row(**case, Auditor=str(4720 + number)) for number in range(3))
    one["Re audit of"], two["Re audit of"], three["Re audit of"] = two["Audit number"], one["Audit number"], ""
    assert faults(await take(audit, csv_of(one, two, three), "dry_run=true")) == [
        (2, "re_audit_of"),
        (3, "re_audit_of"),
    ]
    two["Re audit of"] = three["Audit number"]
    chain = await take(audit, csv_of(one, two, three))
    assert (faults(chain), counts(chain)) == ([], (3, 3, 3, 0))


async def test_a_re_audit_that_was_asked_for_is_held_to_it_too(audit: Service) -> None:
    """Asking begins none: what is under way answers it, and another is refused."""
    case = f"RS-{uuid4().hex[:8]}"
    first = await completed(audit, case_number=case)
    begun = await allocated(audit, re_audit_of=first, case_number=case, auditor=str(ANOTHER))
    assert await ask(audit, first)
    assert await shown(audit, first) == ("allocated", begun)
    assert told(await again(audit, first, case, auditor=str(THIRD)))[1] == "re-audit-under-way"
    assert told(await again(audit, first, case))[2] == ["body/re_audit_of", "body/auditor"]

"""Moderation in full over HTTP, on real databases: blind grades, disputes, panels, notes, and what others hear of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.audit.app.moderation.queries import Disputes
from shared.web.principal import Principal, Role
from tests.integration.audit.support import (
    Service,
    allocated,
    allocation,
    completed,
    completion,
    moderation,
    publish_tool,
    service,
)
from tests.support.stack import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, OTHER_MODERATOR, settings_text

pytestmark = pytest.mark.stack

PANEL = [str(uuid4()), str(uuid4())]
HERE = ("north/riverside/riverside-1",)
TEXTS = {
    "blind": "Canary of the blind reason",
    "section": "Canary of the section",
    "feedback": "Canary of the feedback",
    "dispute": "Canary of the dispute",
    "decision": "Canary of the decision",
    "note": "Canary of the note",
    "limit": "Canary of the limit",
}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    documents = (
        settings_text("northmoor", blind=True),
        settings_text("saltmere", more="dispute_decided_by: panel, second_at_distance: null, moderations_at_most: 1,"),
    )
    async with service(stack.postgres, tmp_path_factory.mktemp("moderation"), *documents) as opened:
        await publish_tool(opened)
        await publish_tool(opened, authority="saltmere")
        yield opened


def blind_grades(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "overall_grade": "inadequate",
        "sections": {"planning": "requires-improvement"},
        "section_reasons": {"planning": TEXTS["section"]},
        "quality": {"thorough": "yes", "evidenced": "partly", "actions_right": "no"},
        "rationale": TEXTS["blind"],
        "happened_at": "2025-12-03T10:00:00+00:00",
    }
    return {**given, **changes}


async def events_of(audit: Service, audit_id: str, kind: str) -> list[dict[str, Any]]:
    return [data for type_, data in await audit.published(audit_id) if type_ == f"{kind}.v1"]


async def saltmere_audit(audit: Service) -> str:
    """A completed audit of the authority whose disputes a panel decides, moderated one grade lower."""
    who: dict[str, Any] = {"authority": "saltmere"}
    answer = await audit.post("/audits", allocation(), Role.QA_OFFICER, **who)
    audit_id = str(answer.json()["audit_id"])
    await audit.post(f"/audits/{audit_id}/completion", completion(), Role.AUDITOR, person=AUDITOR, **who)
    done = await audit.post(
        f"/audits/{audit_id}/moderation",
        moderation(overall_grade="requires-improvement", feedback=TEXTS["feedback"]),
        Role.MODERATOR,
        person=MODERATOR,
        **who,
    )
    assert done.status_code == 200, done.text
    return audit_id


async def test_blind_in_two_steps_then_a_second_moderator_decides(audit: Service) -> None:
    audit_id = await completed(audit)
    path = f"/audits/{audit_id}"

    async def seen(person: UUID) -> dict[str, Any]:
        return dict((await audit.get(path, Role.MODERATOR, person=person)).json())

    given = await audit.post(f"{path}/moderation/blind-grades", blind_grades(), Role.MODERATOR, person=MODERATOR)
    assert given.status_code == 200, given.text
    assert await events_of(audit, audit_id, "moderation-done") == []
    mine, others = await seen(MODERATOR), await seen(OTHER_MODERATOR)
    assert (mine["blind"], mine["outcome"]["overall_grade"], mine["auditor"]) == (False, "good", None)
    assert (others["blind"], others["outcome"]["overall_grade"], others["auditor"]) == (True, None, None)
    assert TEXTS["blind"] not in str(others)
    assert others["moderations"][0]["blind_grades"] is None

    body = moderation(
        overall_grade=None,
        standing_grade="requires-improvement",
        sections={},
        meetings=[{"role": "practitioner", "on": "2025-12-04"}],
        feedback=TEXTS["feedback"],
    )
    done = await audit.post(f"{path}/moderation", body, Role.MODERATOR, person=MODERATOR)
    assert done.status_code == 200, done.text
    [event] = await events_of(audit, audit_id, "moderation-done")
    assert (event["moderator_grade"], event["standing_grade"], event["distance"]) == (
        "inadequate",
        "requires-improvement",
        -2,
    )
    assert (event["number"], event["final"], event["decided_by"], event["missed_inadequate"]) == (
        1,
        False,
        "moderator",
        True,
    )
    assert event["section_grades"] == [{"section": "planning", "grade": "requires-improvement", "score": None}]
    assert event["quality_of_audit"] == {"thorough": "yes", "evidenced": "partly", "actions_right": "no"}
    assert (event["days_since_completion"], event["met_practitioner"], event["blind"]) == (14, True, True)
    [opened] = await events_of(audit, audit_id, "moderation-disputed")
    assert (opened["reason"], opened["disputed_grade"]) == ("two-grades-apart", "requires-improvement")

    listed = await audit.get("/disputes", Role.TEAM_MANAGER, scope=HERE)
    [row] = [each for each in listed.json()["disputes"] if each["audit_id"] == audit_id]
    assert (row["reason"], row["age_days"], row["to_be_decided_by"]) == ("two-grades-apart", 88, "second-moderator")
    second = await seen(OTHER_MODERATOR)
    assert (second["blind"], second["standing_grade"], second["disputes"]) == (True, None, [])
    assert [each["moderator"] for each in second["moderations"]] == [None, None]
    assert TEXTS["feedback"] not in str(second)

    again = moderation(overall_grade="good", sections={}, happened_at="2025-12-18T10:00:00+00:00")
    unnamed = await audit.post(f"{path}/moderation", again, Role.MODERATOR, person=OTHER_MODERATOR)
    assert (unnamed.status_code, unnamed.json()["type"].rsplit(":", 1)[-1]) == (409, "moderation-already-done")
    assert "give the moderation_id that the dispute asked for" in unnamed.json()["detail"]
    again["moderation_id"] = done.json()["open_moderation"]
    first = await audit.post(f"{path}/moderation", again, Role.MODERATOR, person=MODERATOR)
    assert (first.status_code, first.json()["type"].rsplit(":", 1)[-1]) == (403, "moderated-it-before")
    decided = await audit.post(f"{path}/moderation", again, Role.MODERATOR, person=OTHER_MODERATOR)
    assert decided.status_code == 200, decided.text
    [settled] = await events_of(audit, audit_id, "dispute-settled")
    assert (settled["outcome"], settled["decided_by"], settled["standing_grade"]) == (
        "changed",
        "second-moderator",
        "good",
    )
    whole = (await audit.get(path, Role.QA_OFFICER)).json()
    assert (whole["standing_grade"], whole["decided_by"]) == ("good", "second-moderator")
    assert whole["moderations"][0]["blind_grades"]["overall_grade"] == "inadequate"
    own = (await audit.get(path, Role.AUDITOR, person=AUDITOR)).json()
    assert TEXTS["feedback"] in own["texts"].values()
    more = await audit.post(f"{path}/moderation-request", {}, Role.QA_OFFICER)
    assert (more.status_code, more.json()["type"].rsplit(":", 1)[-1]) == (409, "decision-is-final")
    assert audit_id not in (await audit.get("/disputes", Role.QA_OFFICER)).text


async def test_a_manager_disputes_a_panel_decides_and_no_text_leaves(audit: Service) -> None:
    audit_id = await saltmere_audit(audit)
    path = f"/audits/{audit_id}"
    assert await events_of(audit, audit_id, "moderation-disputed") == []
    who: dict[str, Any] = {"authority": "saltmere"}
    when = {"happened_at": "2025-12-10T09:00:00+00:00"}
    body = {"reason": "evidence", "text": TEXTS["dispute"], **when}
    elsewhere = await audit.post(f"{path}/dispute", body, Role.TEAM_MANAGER, scope=("north/hillside",), **who)
    assert elsewhere.status_code == 404
    opened = await audit.post(f"{path}/dispute", body, Role.TEAM_MANAGER, scope=HERE, **who)
    assert opened.status_code == 201, opened.text
    noted = await audit.post(
        f"{path}/reflective-note",
        {"discussed_with": ["moderator"], "text": TEXTS["note"], **when},
        Role.TEAM_MANAGER,
        scope=HERE,
        **who,
    )
    assert noted.status_code == 201, noted.text
    [dispute] = (await audit.get(path, Role.QA_MANAGER, **who)).json()["disputes"]
    settlement = f"{path}/disputes/{dispute['dispute_id']}/settlement"
    decision: dict[str, Any] = {
        "outcome": "changed",
        "standing_grade": "good",
        "panel": PANEL,
        "text": TEXTS["decision"],
    }
    faults = await audit.post(settlement, {"outcome": "changed"}, Role.QA_MANAGER, **who)
    assert {each["place"] for each in faults.json()["problems"]} == {"body/standing_grade", "body/panel"}
    beyond = {**decision, "sections": {"nowhere": "good"}, "overridden_limits": {"no-such": TEXTS["limit"]}}
    faults = await audit.post(settlement, beyond, Role.QA_MANAGER, **who)
    places = {each["place"] for each in faults.json()["problems"]}
    assert places == {"body/sections/nowhere", "body/overridden_limits/no-such"}
    decision["sections"] = {"planning": "good"}
    with_the_first = {**decision, "panel": [PANEL[0], str(MODERATOR)]}
    refused = await audit.post(settlement, with_the_first, Role.QA_MANAGER, **who)
    assert (refused.status_code, [each["place"] for each in refused.json()["problems"]]) == (422, ["body/panel/1"])
    assert (await audit.post(settlement, decision, Role.QA_OFFICER, **who)).status_code == 403
    done = await audit.post(settlement, decision, Role.QA_MANAGER, key="settle-1", **who)
    assert done.status_code == 200, done.text
    third = await audit.post(f"{path}/dispute", {**body, "happened_at": None}, Role.TEAM_MANAGER, scope=HERE, **who)
    assert third.json()["type"].rsplit(":", 1)[-1] == "decision-is-final"

    kinds = [kind for kind, _ in await audit.published(audit_id)]
    assert kinds[-3:] == ["moderation-disputed.v1", "reflective-note-recorded.v1", "dispute-settled.v1"]
    [settled] = await events_of(audit, audit_id, "dispute-settled")
    assert (settled["decided_by"], settled["grade_before"], settled["standing_grade"]) == (
        "panel",
        "requires-improvement",
        "good",
    )
    seen = (await audit.get(path, Role.TEAM_MANAGER, scope=HERE, **who)).json()
    assert seen["disputes"][0]["sections"] == {"planning": "good"}
    held = set(seen["texts"].values())
    assert {TEXTS["dispute"], TEXTS["note"], TEXTS["decision"], TEXTS["feedback"]} <= held
    assert await nowhere_in_the_database(audit)


async def nowhere_in_the_database(audit: Service) -> bool:
    """Say that no text of moderation stands readable in any table."""
    tables = await audit.pool.fetch(
        "select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables "
        "where table_schema in ('eventstore', 'outbox', 'privacy', 'public')"
    )
    everything = ""
    for table in tables:
        for row in await audit.pool.fetch(f"select * from {table['name']}"):
            everything += " ".join(
                bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)
                for value in row.values()
            )
    return "evidence" in everything and "Canary" not in everything


async def test_a_second_moderation_where_none_is_allowed_and_what_lapses(audit: Service) -> None:
    audit_id = await saltmere_audit(audit)
    who: dict[str, Any] = {"authority": "saltmere"}
    more = await audit.post(f"/audits/{audit_id}/moderation-request", {}, Role.QA_OFFICER, **who)
    assert (more.status_code, more.json()["type"].rsplit(":", 1)[-1]) == (409, "no-further-moderation")
    late = {"reason": "grade", "text": "Too late by then."}
    refused = await audit.post(f"/audits/{audit_id}/dispute", late, Role.TEAM_MANAGER, scope=HERE, **who)
    assert refused.json()["type"].rsplit(":", 1)[-1] == "dispute-too-late"
    body = {"reason": "grade", "text": "Ours.", "happened_at": "2025-12-10T09:00:00+00:00"}
    opened = await audit.post(f"/audits/{audit_id}/dispute", body, Role.SERVICE_MANAGER, scope=HERE, **who)
    assert opened.status_code == 201, opened.text
    assert audit_id in (await audit.get("/disputes", Role.QA_OFFICER, **who)).text
    assert audit_id not in (await audit.get("/disputes", Role.TEAM_MANAGER, scope=("north/hillside",), **who)).text
    await audit.post(f"/audits/{audit_id}/withdrawal", {"reason": "wrong-child"}, Role.QA_OFFICER, **who)
    assert audit_id not in (await audit.get("/disputes", Role.QA_OFFICER, **who)).text
    assert (await audit.get("/disputes", Role.MODERATOR, **who)).status_code == 403


async def test_blind_grades_before_completion_or_of_nothing_are_refused_in_words(audit: Service) -> None:
    audit_id = await allocated(audit)
    answer = await audit.post(
        f"/audits/{audit_id}/moderation/blind-grades", blind_grades(), Role.MODERATOR, person=MODERATOR
    )
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    bad = {**blind_grades(), "rationale": "x" * 20_001, "overall_grade": "superb", "moderator_type": "peer"}
    listed = await audit.post(f"/audits/{audit_id}/moderation", bad, Role.MODERATOR, person=MODERATOR)
    assert listed.status_code == 422
    assert {each["field"] for each in listed.json()["problems"]} >= {"rationale", "overall_grade", "moderator_type"}


async def test_a_blind_moderator_is_not_told_by_the_list_of_disputes_though_a_manager_elsewhere(audit: Service) -> None:
    audit_id = await completed(audit, case_number="RS-000987")
    path = f"/audits/{audit_id}"
    done = await audit.post(f"{path}/moderation", moderation(), Role.MODERATOR, person=MODERATOR)
    assert done.status_code == 200, done.text  # two grades apart: a second one is asked for
    both = Principal(OTHER_MODERATOR, frozenset({Role.MODERATOR, Role.TEAM_MANAGER}), "northmoor", HERE)
    disputes = Disputes(audit.parts)
    one = await disputes.page(both, authority="northmoor", where={}, limit=1, after=None)
    assert str(one.after) != audit_id  # where a page ends tells nothing either
    assert all(
        str(row.audit_id) != audit_id
        for row in (await disputes.page(both, authority="northmoor", where={}, limit=100, after=None)).disputes
    )
    manager = replace(both, roles=frozenset({Role.TEAM_MANAGER}))
    assert any(
        str(row.audit_id) == audit_id
        for row in (await disputes.page(manager, authority="northmoor", where={}, limit=100, after=None)).disputes
    )

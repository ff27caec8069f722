"""Closing and after over HTTP, cover, two at once by If-Match, and what an auditor sees of what they raised."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.escalation.app.policy import Policies
from shared.authority.settings import Authorities, parse_settings
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, DOCUMENT, Rig

COVER = o.Person(Role.SERVICE_MANAGER, ("north/hillside",), UUID(int=60))
COVERED = DOCUMENT.format(key=AUTHORITY).replace(
    "moderation:",
    "  - {role: service-manager, person: 00000000-0000-0000-0000-000000000004, units: [north/riverside]}\n"
    f"  - {{role: service-manager, person: {COVER.reference}, units: [north/hillside]}}\n"
    "cover:\n"
    f"  - {{person: 00000000-0000-0000-0000-000000000004, by: {COVER.reference}, from: 2026-01-15, to: 2026-01-16}}\n"
    "moderation:",
    1,
)
FOUND = s.cause(1).model_copy(update={"by": s.AUDITOR})
TO_SIGN_OFF = (s.raise_(), s.add_action(), s.complete_action(), s.record_oversight())


@pytest.fixture
def rig() -> Rig:
    return Rig(now=s.january(15, 18))


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    await rig.do(s.consider(FOUND))
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


async def closed(rig: Rig) -> None:
    await rig.do(*TO_SIGN_OFF, s.sign_off(), s.close())


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("urn:sightline:problem:")


async def test_the_auditor_sees_how_it_stands_and_no_more_and_answers_the_closing(office: o.Office, rig: Rig) -> None:
    await closed(rig)
    seen = (await office.get(o.AUDITOR, o.ID)).json()
    assert (seen["status"], seen["own_answer"]) == ("closed", None)
    assert not {"actions", "steps", "causes", "case_reference", "raised_by"} & seen.keys()
    answered = await office.done(o.AUDITOR, f"{o.ID}/answer", {"answer": "reopening-asked"})
    assert answered["own_answer"] == "reopening-asked"
    assert (await office.get(o.QA, o.ID)).json()["answers"][0]["by"]["role"] == "auditor"
    [line] = (await office.get(o.QA)).json()["escalations"]
    assert line["reopening_asked"] is True


async def test_an_auditor_who_did_not_raise_it_sees_nothing(office: o.Office, rig: Rig) -> None:
    await closed(rig)
    other = replace(o.AUDITOR, reference=UUID(int=999), scope=("*",))
    for answer in (await office.get(other, o.ID), await office.post(other, f"{o.ID}/answer", {"answer": "confirmed"})):
        assert (answer.status_code, kind(answer)) == (403, "not-in-scope")
    assert (await office.get(other)).json()["escalations"] == []
    assert len((await office.get(o.AUDITOR)).json()["escalations"]) == 1


async def test_who_answers_a_closing_is_the_authoritys(rig: Rig, tmp_path: Path) -> None:
    await rig.do(s.consider(FOUND))
    await closed(rig)
    document = DOCUMENT.format(key=AUTHORITY) + "escalation: {closing_confirmed_by: [moderator]}\n"
    policies = Policies(Authorities([parse_settings(document, AUTHORITY)]))
    async with o.office(replace(rig.casework, policies=policies), tmp_path) as opened:
        refused = await opened.post(o.AUDITOR, f"{o.ID}/answer", {"answer": "confirmed"})
    assert (refused.status_code, kind(refused)) == (403, "not-yours")
    assert "as moderator" in refused.json()["detail"]


async def test_a_moment_to_come_is_refused_with_the_latest_there_can_be(office: o.Office, rig: Rig) -> None:
    body = {"with_whom": ["practitioner"], "happened_at": "2027-01-01T10:00:00+00:00"}
    refused = await office.post(o.QA, f"{o.ID}/discussion", body)
    assert refused.status_code == 422
    assert f"at the latest {rig.now.isoformat()}" in refused.json()["detail"]


async def test_reopened_a_new_clock_runs_and_the_old_one_is_shown(office: o.Office, rig: Rig) -> None:
    await closed(rig)
    rig.now = s.january(19)
    again = await office.done(o.QA, f"{o.ID}/reopening", {"reason": "actions-not-effective"})
    assert (again["status"], again["raised_at"], again["actions"]) == ("raised", "2026-01-19T10:00:00Z", [])
    [old] = again["earlier_clocks"]
    assert (old["within_clock"], old["clock"]["due_at"]) == (True, "2026-01-21T23:59:59.999999Z")
    assert [told.type for told in rig.told()][-1] == "escalation-reopened.v1"


async def test_withdrawn_only_with_a_second_person_of_the_settings(office: o.Office, rig: Rig) -> None:
    await rig.do(s.raise_())
    alone = await office.post(
        o.DSM, f"{o.ID}/withdrawal", {"reason": "raised-in-error", "second_person": str(UUID(int=999))}
    )
    assert (alone.status_code, alone.json()["problems"][0]["field"]) == (422, "second_person")
    missing = await office.post(o.DSM, f"{o.ID}/withdrawal", {"reason": "raised-in-error"})
    assert (missing.status_code, missing.json()["problems"][0]["field"]) == (422, "second_person")
    two = {"reason": "raised-in-error", "second_person": str(o.QA_MANAGER.reference)}
    gone = await office.done(o.DSM, f"{o.ID}/withdrawal", two)
    assert (gone["status"], gone["withdrawn"]["reason"]) == ("withdrawn", "raised-in-error")
    assert [told.type for told in rig.told()][-1] == "escalation-withdrawn.v1"


async def test_a_re_audit_is_asked_for_and_told(office: o.Office, rig: Rig) -> None:
    await closed(rig)
    asked = await office.done(o.QA, f"{o.ID}/re-audit", {"due_on": "2026-04-14"})
    assert (asked["reaudit"]["due_on"], asked["reaudit"]["done_at"]) == ("2026-04-14", None)
    assert [told.type for told in rig.told()][-1] == "re-audit-requested.v1"
    assert (await rig.summary()).data["reaudit"] == "asked"


async def test_a_re_audit_without_a_day_is_due_as_the_settings_say(office: o.Office, rig: Rig) -> None:
    await closed(rig)
    asked = await office.done(o.QA, f"{o.ID}/re-audit", {})
    assert asked["reaudit"]["due_on"] == "2026-04-15", "90 days from the 15th of January"


async def test_where_the_settings_leave_it_to_who_asks_the_day_of_a_re_audit_is_named(rig: Rig, tmp_path: Path) -> None:
    await rig.do(s.consider(FOUND))
    await closed(rig)
    left_open = DOCUMENT.format(key=AUTHORITY) + "escalation: {reaudit_within_days: null}\n"
    policies = Policies(Authorities([parse_settings(left_open, "northmoor")]))
    async with o.office(replace(rig.casework, policies=policies), tmp_path) as office:
        answer = await office.post(o.QA, f"{o.ID}/re-audit", {})
        assert (answer.status_code, [one["field"] for one in answer.json()["problems"]]) == (422, ["due_on"])


@pytest.mark.parametrize(
    ("path", "body", "named", "way_out"),
    [
        ("decision-not-required", {"reason": "felt-like-it"}, "reason", "already-acted-on"),
        ("actions", {"kind": "dance", "owner": o.OWNER}, "kind", "visit-the-child"),
        ("actions", {"kind": "supervision"}, "owner", ""),
        ("actions", {"kind": "supervision", "owner": {"role": "practitioner"}}, "reference", ""),
        ("actions", {"kind": "supervision", "owner": o.OWNER, "due_on": "2026-01-13"}, "due_on", ""),
        ("discussion", {"with_whom": []}, "with_whom", ""),
        ("copy", {"to": ["service-manager"]}, "to", ""),
        ("reclassification", {"category": "urgent", "reason": "new-information"}, "category", ""),
        ("answer", {"answer": "perhaps"}, "answer", ""),
    ],
)
async def test_bad_input_names_the_field_and_changes_nothing(
    *, office: o.Office, rig: Rig, path: str, body: dict[str, Any], named: str, way_out: str
) -> None:
    if path != "decision-not-required":
        await rig.do(s.raise_())
    before = len((await rig.casework.known(s.ESCALATION)).events)
    who = o.TEAM_MANAGER if path == "actions" else o.QA
    answer = await office.post(who, f"{o.ID}/{path}", body)
    assert answer.status_code == 422, answer.text
    [problem] = answer.json()["problems"]
    assert problem["field"] == named
    assert way_out in problem["way_out"]
    assert len((await rig.casework.known(s.ESCALATION)).events) == before


async def test_two_managers_at_once_one_wins_and_the_other_hears_what_changed(office: o.Office, rig: Rig) -> None:
    await rig.do(*TO_SIGN_OFF)
    shown = await office.get(o.DSM, o.ID)
    assert shown.headers["ETag"] == f'"{shown.json()["version"]}"'
    other = o.Person(Role.SERVICE_MANAGER, ("north",), UUID(int=5))
    if_match = {"If-Match": shown.headers["ETag"], "Idempotency-Key": str(uuid4())}
    path = f"/v1/escalations{o.ID}/sign-off"
    first = await office.client.post(path, json={}, headers=office.headers(o.DSM) | if_match)
    assert first.status_code == 200
    if_match["Idempotency-Key"] = str(uuid4())
    second = await office.client.post(path, json={}, headers=office.headers(other) | if_match)
    assert (second.status_code, kind(second)) == (412, "version-seen-is-old")
    assert second.headers["ETag"] == first.headers["ETag"]
    [change] = second.json()["problems"]
    assert "actions-signed-off by service-manager" in change["message"]
    fresh = await office.client.post(
        path, json={}, headers=office.headers(other) | {"If-Match": second.headers["ETag"]}
    )
    assert (fresh.status_code, kind(fresh)) == (409, "already-recorded")
    assert "The actions were signed off already, on 15 January 2026" in fresh.json()["detail"]
    assert "by the service manager" in fresh.json()["detail"]


async def test_a_named_cover_signs_off_on_the_days_they_stand_in(tmp_path: Path) -> None:
    rig = Rig(now=s.january(15, 18))
    settings = Authorities([parse_settings(COVERED, AUTHORITY)])
    casework = replace(rig.casework, policies=Policies(settings))
    await rig.do(s.consider(FOUND), s.raise_(), s.add_action(), s.complete_action())
    async with o.office(casework, tmp_path) as office:
        overseen = await office.done(COVER, f"{o.ID}/oversight")
        assert overseen["oversight"]["covering"] == {"role": "service-manager", "reference": str(o.DSM.reference)}
        signed = await office.done(COVER, f"{o.ID}/sign-off")
        assert signed["signed_off"]["covering"]["reference"] == str(o.DSM.reference)
        assert signed["signed_off"]["signed_off_by"]["reference"] == str(COVER.reference)
        rig.now = s.january(17)
        later = await office.post(COVER, f"{o.ID}/closure")
        assert (later.status_code, kind(later)) == (403, "not-in-scope")


async def test_the_same_childs_other_escalations_are_shown_beside_it_within_the_scope(
    office: o.Office, rig: Rig
) -> None:
    started = await office.done(o.QA, "", o.STARTED, key="another")
    shown = (await office.get(o.DSM, o.ID)).json()
    assert [one["escalation_id"] for one in shown["beside"]] == [started["escalation_id"]]
    elsewhere = {"area": "north", "district": "hillside", "team": "hillside-family"}
    await office.done(o.QA, "", o.STARTED | {"organisation": elsewhere, "service": "early-help"}, key="elsewhere")
    assert len((await office.get(o.DSM, o.ID)).json()["beside"]) == 1
    assert len((await office.get(o.QA, o.ID)).json()["beside"]) == 2


async def test_another_cause_by_a_person_joins_and_lifts_the_whole(office: o.Office) -> None:
    body = {"cause": "complaint", "category": "safeguarding"}
    joined = await office.done(o.QA, f"{o.ID}/causes", body, key="one")
    assert (joined["category"], len(joined["causes"])) == ("safeguarding", 2)
    again = await office.done(o.QA, f"{o.ID}/causes", body, key="one")
    assert len(again["causes"]) == 2
    another = await office.done(o.QA, f"{o.ID}/causes", body, key="two")
    assert len(another["causes"]) == 3


async def test_late_recording_shows_on_the_step_and_in_the_list(office: o.Office, rig: Rig) -> None:
    rig.now = s.january(20)
    raised = {"happened_at": "2026-01-14T10:00:00+00:00"}
    await rig.do(s.discuss())
    shown = await office.done(o.QA, f"{o.ID}/raise", raised)
    assert shown["steps"][-1]["recorded_late"] is True
    assert shown["steps"][-1]["settings_version"] == 1
    assert (await rig.summary()).data["recorded_late"] is True

"""The managers' steps over HTTP: the whole road, repeats, and refusals that say what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from shared.eventstore.errors import VersionConflict
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig(now=s.january(15, 18))


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    await rig.do(s.consider(s.cause(1)))
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


async def raised(office: o.Office) -> None:
    await office.done(o.QA, f"{o.ID}/raise", {"happened_at": "2026-01-14T10:00:00+00:00"})


async def discussed(office: o.Office) -> None:
    """Bring it to where the actions are to be added."""
    await raised(office)
    await office.done(
        o.QA, f"{o.ID}/discussion", {"with_whom": ["practitioner"], "happened_at": "2026-01-14T09:30:00+00:00"}
    )
    await office.done(o.QA, f"{o.ID}/copy", {"happened_at": "2026-01-14T10:30:00+00:00"})
    await office.done(o.DSM, f"{o.ID}/actions-discussed", {"happened_at": "2026-01-14T11:00:00+00:00"})


async def ready(office: o.Office) -> None:
    """Bring it to where only the sign-off is missing."""
    await discussed(office)
    action = {"kind": "visit-the-child", "owner": o.OWNER, "happened_at": "2026-01-14T12:00:00+00:00"}
    added = await office.done(o.TEAM_MANAGER, f"{o.ID}/actions", action)
    [action] = added["actions"]
    await office.done(
        o.TEAM_MANAGER, f"{o.ID}/actions/{action['action_id']}/completion", {"happened_at": "2026-01-15T11:00:00+00:00"}
    )
    await office.done(o.DSM, f"{o.ID}/oversight", {"happened_at": "2026-01-15T12:00:00+00:00"})


async def test_the_whole_road(office: o.Office, rig: Rig) -> None:
    await ready(office)
    signed = await office.done(o.DSM, f"{o.ID}/sign-off", {"happened_at": "2026-01-15T16:00:00+00:00"})
    assert signed["status"] == "signed-off"
    assert signed["signed_off"]["within_clock"] is True
    assert signed["missing"] == "the assistant director told"
    closed = await office.done(o.DSM, f"{o.ID}/closure")
    assert closed["status"] == "closed"
    assert closed["assistant_director_told_at"] == "2026-01-15T18:00:00Z"
    assert [step["step"] for step in closed["steps"]] == [
        "consideration-opened",
        "escalation-raised",
        "discussion-recorded",
        "copy-sent",
        "actions-discussed",
        "action-added",
        "action-completed",
        "oversight-recorded",
        "actions-signed-off",
        "escalation-closed",
    ]
    assert [told.type for told in rig.told()][-1] == "escalation-closed.v1"
    assert rig.woken == 9


async def test_a_step_that_happened_now_needs_no_body(office: o.Office) -> None:
    await discussed(office)
    headers = office.headers(o.TEAM_MANAGER)
    added = await office.done(o.TEAM_MANAGER, f"{o.ID}/actions", {"kind": "supervision", "owner": o.OWNER})
    [action] = added["actions"]
    path = f"/v1/escalations{o.ID}/actions/{action['action_id']}/completion"
    answer = await office.client.post(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["actions"][0]["completed_at"] == "2026-01-15T18:00:00Z"


async def test_the_clock_shows_every_day_counted_and_left_out(office: o.Office) -> None:
    await raised(office)
    shown = (await office.get(o.DSM, o.ID)).json()
    assert shown["clock"] == {
        "started_at": "2026-01-14T10:00:00Z",
        "due_at": "2026-01-21T23:59:59.999999Z",
        "due_on": "2026-01-21",
        "working_days": 5,
        "counted": ["2026-01-15", "2026-01-16", "2026-01-19", "2026-01-20", "2026-01-21"],
        "left_out": [{"date": "2026-01-17", "why": "Saturday"}, {"date": "2026-01-18", "why": "Sunday"}],
        "calendar_version": shown["clock"]["calendar_version"],
        "policy_version": "northmoor/1",
        "chasers": shown["clock"]["chasers"],
        "second_line": shown["clock"]["second_line"],
        "instead_of": None,
    }
    assert shown["told"] == ["service-manager", "qa-manager", "principal-social-worker"]
    assert shown["missing"] == (
        "the discussion with practitioner or manager, the copy of the audit tool sent, the actions discussed with "
        "practitioner and team manager, actions on the child's file, management oversight, sign-off"
    )
    assert (shown["next_step"], shown["waits_for"]) == ("discussion", "qa-officer")


async def test_not_required_with_its_reason(office: o.Office) -> None:
    decided = await office.done(o.QA, f"{o.ID}/decision-not-required", {"reason": "already-acted-on"})
    assert decided["status"] == "not-required"
    assert decided["not_required"]["reason"] == "already-acted-on"
    assert decided["not_required"]["decided_by"] == {"role": "qa-officer", "reference": str(o.QA.reference)}


async def test_a_reclassified_escalation_keeps_the_original_raise(office: o.Office, rig: Rig) -> None:
    await raised(office)
    rig.now = s.january(19)
    changed = await office.done(
        o.DSM, f"{o.ID}/reclassification", {"category": "safeguarding", "reason": "new-information"}
    )
    assert changed["category"] == "safeguarding"
    assert changed["clock"]["started_at"] == "2026-01-14T10:00:00Z"
    assert changed["clock"]["due_at"] == "2026-01-15T23:59:59.999999Z"


async def test_safeguarding_is_lowered_only_with_a_second_person_of_the_settings(office: o.Office) -> None:
    await office.done(o.QA, f"{o.ID}/raise", {"category": "safeguarding"})
    lower = {"category": "practice", "reason": "child-seen-and-safe"}
    alone = await office.post(o.DSM, f"{o.ID}/reclassification", lower)
    assert (alone.status_code, kind(alone)) == (409, "second-person-needed")
    unknown = await office.post(o.DSM, f"{o.ID}/reclassification", lower | {"second_person": str(UUID(int=999))})
    assert (unknown.status_code, field(unknown)) == (422, "second_person")
    a_team_manager = lower | {"second_person": str(o.TEAM_MANAGER.reference)}
    assert (await office.post(o.DSM, f"{o.ID}/reclassification", a_team_manager)).status_code == 422
    two = await office.done(o.DSM, f"{o.ID}/reclassification", lower | {"second_person": str(o.QA_MANAGER.reference)})
    assert two["category"] == "practice"


async def test_a_person_starts_one_without_an_audit(office: o.Office) -> None:
    answer = await office.post(o.DSM, "", o.STARTED, key="inspection-1")
    assert answer.status_code == 201
    started = answer.json()
    assert answer.headers["Location"] == f"/v1/escalations/{started['escalation_id']}"
    assert started["status"] == "considering"
    assert started["audit_id"] is None
    assert started["causes"] == [
        {
            "origin": "person",
            "code": "inspector",
            "category": "safeguarding",
            "event_id": None,
            "by": {"role": "service-manager", "reference": str(o.DSM.reference)},
        }
    ]
    again = await office.post(o.DSM, "", o.STARTED, key="inspection-1")
    assert again.json()["escalation_id"] == started["escalation_id"]
    other = await office.post(o.DSM, "", o.STARTED, key="inspection-2")
    assert other.json()["escalation_id"] != started["escalation_id"]


@pytest.mark.parametrize(
    ("who", "path", "body"),
    [
        (o.DSM, "", o.STARTED),
        (o.DSM, f"{o.ID}/causes", {"cause": "complaint", "category": "practice"}),
        (o.TEAM_MANAGER, f"{o.ID}/actions", {"kind": "supervision", "owner": o.OWNER}),
    ],
)
async def test_what_may_be_new_in_the_same_words_needs_a_key(
    office: o.Office, rig: Rig, who: o.Person, path: str, body: dict[str, Any]
) -> None:
    await raised(office)
    told = len(rig.told())
    answer = await office.post_without_key(who, path, body)
    assert (answer.status_code, kind(answer), field(answer)) == (428, "idempotency-key-required", "Idempotency-Key")
    assert "UUID" in answer.json()["detail"]
    assert len(rig.told()) == told


async def test_the_same_words_after_a_re_opening_are_a_step_of_their_own(office: o.Office, rig: Rig) -> None:
    decision = {"reason": "already-acted-on"}
    for number in (2, 3):
        first = await office.post_without_key(o.QA, f"{o.ID}/decision-not-required", decision)
        again = await office.post_without_key(o.QA, f"{o.ID}/decision-not-required", decision)
        assert first.json()["status"] == "not-required"
        assert again.json() == first.json()
        await rig.do(s.consider(s.cause(number), at=s.january(15, 18)))
    assert (await office.get(o.QA, o.ID)).json()["status"] == "considering"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"organisation": {"area": "north", "district": "riverside", "team": "nowhere"}}, "organisation"),
        ({"service": "fishing"}, "service"),
        ({"service": "early-help"}, "service"),  # the authority has it, and the team has not
        ({"cause": "a feeling"}, "cause"),
        ({"category": "urgent"}, "category"),
        ({"case_reference": "ABC-123"}, "case_reference"),
        ({"happened_at": "2026-01-15T12:00:00"}, "happened_at"),
        ({"happened_at": "2026-01-16T12:00:00+00:00"}, "happened_at"),
        ({"happened_at": "0001-01-01T00:00:00+14:00"}, "happened_at"),
        ({"happened_at": "1989-12-31T23:59:59+00:00"}, "happened_at"),
        ({"happened_at": "9999-12-31T23:59:59-14:00"}, "happened_at"),
        ({"note": "told by the neighbour"}, "note"),
    ],
)
async def test_starting_one_wrongly_says_which_field_and_the_way_out(
    office: o.Office, wrong: dict[str, Any], named: str
) -> None:
    answer = await office.post(o.QA, "", o.STARTED | wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field(answer) == named
    assert "neighbour" not in answer.text
    assert "ABC-123" not in answer.text


async def test_two_wrong_fields_are_told_together(office: o.Office) -> None:
    wrong = {"service": "fishing", "organisation": {"area": "a", "district": "b", "team": "c"}}
    answer = await office.post(o.QA, "", o.STARTED | wrong)
    assert {one["field"] for one in answer.json()["problems"]} == {"service", "organisation"}


async def test_the_same_key_takes_effect_once_and_answers_as_it_stands(office: o.Office, rig: Rig) -> None:
    body = {"kind": "visit-the-child", "owner": o.OWNER, "happened_at": "2026-01-14T12:00:00+00:00"}
    await discussed(office)
    first = await office.done(o.TEAM_MANAGER, f"{o.ID}/actions", body, key="a-1")
    again = await office.done(o.TEAM_MANAGER, f"{o.ID}/actions", body, key="a-1")
    assert len(again["actions"]) == 1
    assert again == first
    other = await office.done(o.TEAM_MANAGER, f"{o.ID}/actions", body, key="a-2")
    assert len(other["actions"]) == 2
    reused = await office.post(o.TEAM_MANAGER, f"{o.ID}/actions", body | {"kind": "supervision"}, key="a-1")
    assert (reused.status_code, kind(reused)) == (409, "idempotency-key-reused")
    assert [told.type for told in rig.told()].count("action-added.v1") == 2


async def test_a_step_out_of_order_says_what_is_missing_and_the_way_out(office: o.Office) -> None:
    early = await office.post(o.DSM, f"{o.ID}/sign-off")
    assert (early.status_code, kind(early)) == (409, "step-out-of-order")
    await raised(office)
    close = await office.post(o.DSM, f"{o.ID}/closure")
    assert close.status_code == 409
    assert "actions on the child's file, management oversight, sign-off" in close.json()["detail"]
    assert "the copy of the audit tool sent" in close.json()["detail"]
    [problem] = close.json()["problems"]
    assert problem["way_out"]


async def test_a_token_for_nobody_in_particular_does_not_sign_off(office: o.Office) -> None:
    await ready(office)
    nobody = o.Person(Role.SERVICE_MANAGER, ("north/riverside",), UUID(int=0))
    answer = await office.post(nobody, f"{o.ID}/sign-off")
    assert (answer.status_code, kind(answer)) == (403, "person-needed")


async def test_moments_that_cannot_be_are_refused_with_their_field(office: o.Office) -> None:
    future = await office.post(o.QA, f"{o.ID}/raise", {"happened_at": "2026-01-16T10:00:00+00:00"})
    assert (future.status_code, field(future)) == (422, "happened_at")
    before = await office.post(o.QA, f"{o.ID}/raise", {"happened_at": "2026-01-13T10:00:00+00:00"})
    assert (before.status_code, field(before)) == (422, "happened_at")
    assert "before it came to be considered" in before.json()["detail"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize(
    ("who", "path", "body"),
    [
        (o.QA, "raise", {}),
        (o.QA, "decision-not-required", {"reason": "already-acted-on"}),
        (o.DSM, "reclassification", {"category": "safeguarding", "reason": "new-information"}),
        (o.TEAM_MANAGER, "actions", {"kind": "supervision", "owner": o.OWNER}),
        (o.QA, "discussion", {"with_whom": ["practitioner"]}),
        (o.QA, "causes", {"cause": "complaint", "category": "practice"}),
        (o.QA, "copy", {}),
        (o.DSM, "actions-discussed", {}),
        (o.TEAM_MANAGER, f"actions/{UUID(int=201)}/withdrawal", {"reason": "no-longer-needed"}),
        (o.QA, "answer", {"answer": "confirmed"}),
        (o.QA, "reopening", {"reason": "actions-not-effective"}),
        (o.QA, "withdrawal", {"reason": "raised-in-error", "second_person": str(UUID(int=2))}),
        (o.QA, "re-audit", {"due_on": "2026-03-01"}),
        (o.TEAM_MANAGER, f"actions/{UUID(int=201)}/completion", {}),
        (o.DSM, "oversight", {}),
        (o.DSM, "sign-off", {}),
        (o.DSM, "closure", {}),
    ],
)
async def test_a_moment_no_clock_knows_is_refused_in_every_step(
    office: o.Office, who: o.Person, path: str, body: dict[str, Any], moment: str
) -> None:
    answer = await office.post(who, f"{o.ID}/{path}", body | {"happened_at": moment})
    assert (answer.status_code, field(answer)) == (422, "happened_at")


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2100-01-01", "9999-12-31"])
async def test_an_action_is_due_on_a_day_that_can_be(office: o.Office, day: str) -> None:
    await raised(office)
    answer = await office.post(
        o.TEAM_MANAGER, f"{o.ID}/actions", {"kind": "supervision", "owner": o.OWNER, "due_on": day}
    )
    assert (answer.status_code, field(answer)) == (422, "due_on")


async def test_a_raise_beyond_the_calendar_is_refused_rather_than_guessed(office: o.Office, rig: Rig) -> None:
    rig.now = s.january(15).replace(year=2040)
    answer = await office.post(o.QA, f"{o.ID}/raise")
    assert (answer.status_code, field(answer)) == (422, "happened_at")
    assert "2028" in answer.text


async def test_an_action_that_is_not_there(office: o.Office) -> None:
    await raised(office)
    answer = await office.post(o.TEAM_MANAGER, f"{o.ID}/actions/{UUID(int=9)}/completion")
    assert (answer.status_code, kind(answer)) == (404, "action-not-found")


async def test_whoever_comes_second_hears_that_it_is_recorded_when_and_by_which_role(office: o.Office) -> None:
    await raised(office)
    second = await office.post(o.DSM, f"{o.ID}/raise")
    assert (second.status_code, kind(second)) == (409, "already-recorded")
    assert "by the QA officer" in second.json()["detail"]
    assert "Reclassify" in second.json()["problems"][0]["way_out"]


async def test_who_says_the_same_again_hears_how_it_stands_and_another_moment_is_refused(office: o.Office) -> None:
    await raised(office)
    again = await office.done(o.QA, f"{o.ID}/raise")  # without a moment, it says nothing of its own
    assert again["raised_by"]["reference"] == str(o.QA.reference)
    moved = await office.post(o.QA, f"{o.ID}/raise", {"happened_at": "2026-01-14T11:11:00+00:00"})
    assert (moved.status_code, kind(moved), field(moved)) == (409, "already-recorded", "happened_at")


async def test_when_others_keep_writing_the_answer_is_to_read_again(
    office: o.Office, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def conflict(*_: object, **__: object) -> None:
        raise VersionConflict(s.ESCALATION, 1, 2)

    monkeypatch.setattr(rig.store, "append", conflict)
    answer = await office.post(o.QA, f"{o.ID}/raise")
    assert (answer.status_code, kind(answer)) == (409, "changed-meanwhile")


async def test_when_the_database_is_away_the_answer_is_to_send_it_again(
    office: o.Office, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(rig.store, "load", away)
    answer = await office.get(o.QA, o.ID)
    assert (answer.status_code, kind(answer)) == (503, "unavailable")


def kind(answer: Any) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).removeprefix("urn:sightline:problem:")


def field(answer: Any) -> str:
    [problem] = answer.json()["problems"]
    return str(problem["field"])

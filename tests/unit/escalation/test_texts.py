"""Texts over HTTP: sealed on the way in, shown to those who may, recorded as read, erased with the child."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.escalation.app.erasing import Because
from shared.privacy.keystore import ERASED
from shared.privacy.sealing import SealBroken, context_of
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

CHILD = s.PLACE.case_reference
assert CHILD is not None
STORY = Because(UUID(int=500))
DISCUSSED = {
    "with_whom": ["practitioner"],
    "happened_at": "2026-01-14T09:30:00+00:00",
    "text": "Mrs Example said that the plan was late.",
}
PSW = o.Person(Role.PRINCIPAL_SOCIAL_WORKER, reference=UUID(int=9))
AD_SOUTH = o.Person(Role.ASSISTANT_DIRECTOR, ("south",), UUID(int=19))


@pytest.fixture
def rig() -> Rig:
    return Rig(now=s.january(15, 18))


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    await rig.do(s.consider(s.cause(1)))
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


def discussion(seen: dict[str, Any]) -> Any:
    return next(step for step in seen["steps"] if step["step"] == "discussion-recorded")


def everything_stored(rig: Rig) -> str:
    kept = [event.data for stream in rig.store._streams.values() for event in stream]
    sent = [message.value for _, message in rig.store.outbox]
    return b"\n".join([*kept, *sent]).decode()


async def test_a_text_is_sealed_and_read_by_those_who_may_and_each_reading_is_kept(office: o.Office, rig: Rig) -> None:
    answered = await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    assert discussion(answered)["has_text"] is True
    assert discussion(answered)["text"] is None, "the answer to a step has no texts"
    assert rig.readings.kept == []
    for person, role in (
        (o.QA, "qa-officer"),
        (o.QA_MANAGER, "qa-manager"),
        (o.DSM, "service-manager"),
        (o.AD, "assistant-director"),
    ):
        seen = (await office.get(person, o.ID)).json()
        assert discussion(seen)["text"] == DISCUSSED["text"]
        authority, reading = rig.readings.kept[-1]
        assert authority == "northmoor"
        assert (reading.stream, reading.case_reference, reading.reader) == (s.ESCALATION, CHILD, person.reference)
        assert (reading.reader_role, reading.what, reading.boxes) == (role, "escalation", ("discussion",))
    assert len(rig.readings.kept) == 4


@pytest.mark.parametrize("person", [o.TEAM_MANAGER, PSW])
async def test_who_reads_no_texts_sees_that_there_is_one(office: o.Office, rig: Rig, person: o.Person) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    seen = (await office.get(person, o.ID)).json()
    assert (discussion(seen)["has_text"], discussion(seen)["text"]) == (True, None)
    assert str(DISCUSSED["text"]) not in str(seen)
    assert rig.readings.kept == []


async def test_another_districts_and_areas_managers_see_nothing(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    for person in (o.DSM_HILLSIDE, AD_SOUTH, o.STRANGER):
        answer = await office.get(person, o.ID)
        assert answer.status_code in {403, 404}
        assert str(DISCUSSED["text"]) not in answer.text
    assert rig.readings.kept == []


async def test_every_text_stands_where_it_was_written(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    await office.done(o.QA, f"{o.ID}/raise", {"happened_at": "2026-01-14T10:00:00+00:00"})
    lifted = {
        "category": "safeguarding",
        "reason": "new-information",
        "text": "It is the child.",
        "happened_at": "2026-01-14T10:10:00Z",
    }
    await office.done(o.QA, f"{o.ID}/reclassification", lifted)
    await office.done(o.QA, f"{o.ID}/copy", {"happened_at": "2026-01-14T10:30:00+00:00"})
    await office.done(o.DSM, f"{o.ID}/actions-discussed", {"happened_at": "2026-01-14T11:00:00+00:00"})
    action = {"kind": "visit-the-child", "owner": o.OWNER, "happened_at": "2026-01-14T12:00:00+00:00"}
    added = await office.done(o.TEAM_MANAGER, f"{o.ID}/actions", {**action, "text": "See Tom alone."})
    [one] = added["actions"]
    gone = {"reason": "no-longer-needed", "text": "He moved."}
    await office.done(o.TEAM_MANAGER, f"{o.ID}/actions/{one['action_id']}/withdrawal", gone)
    await office.done(o.DSM, f"{o.ID}/oversight", {"text": "Seen by me."})
    await office.done(o.DSM, f"{o.ID}/oversight", {"text": "And once more."})
    seen = (await office.get(o.QA, o.ID)).json()
    assert seen["oversight"]["text"] == "Seen by me."
    assert [one["text"] for one in seen["further_oversight"]] == ["And once more."]
    assert (seen["actions"][0]["text"], seen["actions"][0]["withdrawal_text"]) == ("See Tom alone.", "He moved.")
    told = [step["text"] for step in seen["steps"] if step["has_text"]]
    written = [DISCUSSED["text"], "It is the child.", "See Tom alone.", "He moved.", "Seen by me.", "And once more."]
    assert told == written
    stored = everything_stored(rig)
    assert "s1." in stored
    assert not [text for text in told if text in stored]


async def test_what_is_remembered_of_a_request_cannot_be_tried_out(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED, key="the-key")
    plain = sha256(f"northmoor\n{o.QA.reference}\nthe-key".encode()).hexdigest()
    remembered = set(rig.store._commands)
    assert remembered
    assert plain not in remembered


async def test_an_erased_childs_texts_are_gone_and_none_is_taken_in(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    assert CHILD is not None
    assert await rig.erasures.erase(CHILD, STORY) == 1
    assert await rig.erasures.erase(CHILD, STORY) == 0, "a repeat is no news"
    seen = (await office.get(o.QA, o.ID)).json()
    assert discussion(seen)["text"] == "[erased]"
    assert seen["child_erased_at"] is not None
    refused = await office.post(o.QA, f"{o.ID}/discussion", {**DISCUSSED, "text": "More of it."})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:sightline:problem:child-erased")
    assert "More of it" not in refused.text
    go_on = await office.post(o.QA, f"{o.ID}/raise", {"happened_at": "2026-01-14T10:00:00+00:00"})
    assert go_on.status_code == 200, "steps without a text are still taken"


async def test_an_erasure_before_the_first_text_leaves_no_key_to_be_made(office: o.Office, rig: Rig) -> None:
    assert CHILD is not None
    await rig.erasures.erase(CHILD, STORY)
    assert (await office.post(o.QA, f"{o.ID}/discussion", DISCUSSED)).status_code == 409
    assert rig.keys.held == {}


async def test_an_erasure_before_there_is_an_escalation_refuses_one_that_a_person_starts(
    office: o.Office, rig: Rig
) -> None:
    child = UUID(o.STARTED["case_reference"])  # type: ignore[arg-type]  # a text there
    other = UUID(int=999)
    await rig.erasures.erase(other, STORY)
    refused = await office.post(o.QA, "", {**o.STARTED, "case_reference": str(other)})
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (409, "case_reference")
    assert (await office.post(o.QA, "", {**o.STARTED, "case_reference": str(child)})).status_code == 201


async def test_a_text_opens_nowhere_else(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    assert CHILD is not None
    stored = (await rig.store.load(s.ESCALATION)).events[-1].data.decode()
    sealed = stored.split('"text":"')[1].split('"')[0]
    place = context_of(s.ESCALATION, "discussion")
    assert await rig.texts.sealer.unseal(CHILD, place, sealed) == DISCUSSED["text"]
    with pytest.raises(SealBroken):
        await rig.texts.sealer.unseal(CHILD, context_of(s.ESCALATION, "oversight"), sealed)


async def test_a_restored_key_is_destroyed_again_at_the_next_start(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    assert CHILD is not None
    backup = dict(rig.keys.held)
    await rig.erasures.erase(CHILD, STORY)
    rig.keys.held, rig.keys.gone = backup, {}  # the key database comes from an older backup
    assert await rig.erasures.finish() == 0
    assert (await rig.keys.keys([CHILD], make=True))[CHILD] is ERASED


async def test_until_then_nothing_is_shown_or_taken_in_all_the_same(office: o.Office, rig: Rig) -> None:
    await office.done(o.QA, f"{o.ID}/discussion", DISCUSSED)
    assert CHILD is not None
    backup = dict(rig.keys.held)
    await rig.erasures.erase(CHILD, STORY)
    rig.keys.held, rig.keys.gone = backup, {}
    assert discussion((await office.get(o.QA, o.ID)).json())["text"] == "[erased]"
    assert (await office.post(o.QA, f"{o.ID}/discussion", {**DISCUSSED, "text": "More."})).status_code == 409


async def test_an_erased_child_without_an_escalation_stays_erased_when_the_keys_are_restored(rig: Rig) -> None:
    other = UUID(int=999)
    await rig.erasures.erase(other, STORY)
    rig.keys.gone = {}
    await rig.erasures.finish()
    assert other in rig.keys.gone


async def test_an_erasure_only_the_keys_remember_is_noted_at_the_next_start(office: o.Office, rig: Rig) -> None:
    assert CHILD is not None
    await rig.keys.destroy([CHILD], rig.now)  # the service's own database comes from an older backup
    assert await rig.erasures.finish() == 1
    assert (await office.get(o.QA, o.ID)).json()["child_erased_at"] is not None
    assert CHILD in await rig.children.every()
    assert await rig.erasures.finish() == 0


@pytest.mark.parametrize("text", ["nul\x00here", "turned \u202e round", "x" * 20_001, "   "])
async def test_a_text_that_cannot_be_read_is_refused_without_being_repeated(office: o.Office, text: str) -> None:
    answer = await office.post(o.QA, f"{o.ID}/discussion", {**DISCUSSED, "text": text})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"].endswith("text")
    assert "x" * 100 not in answer.text

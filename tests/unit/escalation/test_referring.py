"""A concern whose child has no reference yet: the number is sealed, audit is asked, the number's key is destroyed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.escalation.adapters.audit_service import AuditService, token_of
from services.escalation.app.erasing import Because
from services.escalation.app.referring import AuditAway, NumberRefused, Referring
from services.escalation.app.texts import number_holder
from shared.privacy.keystore import ERASED, Erased
from shared.web.settings import WebSettings
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

NUMBER = "RS-000-CANARY-77"
CHILD = UUID(int=700)
NUMBERED = {name: value for name, value in o.STARTED.items() if name != "case_reference"} | {"case_number": NUMBER}
DISCUSSED = {"with_whom": ["practitioner"], "text": "Said before the reference was known."}


@dataclass
class MadeUpAudit:
    """Audit as it answers next: with a reference, an erased child, or a fault."""

    answer: UUID | Erased | Exception = CHILD
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def reference_of(self, authority: str, case_number: str) -> UUID | Erased:
        self.asked.append((authority, case_number))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@asynccontextmanager
async def ours() -> AsyncIterator[bool]:
    yield True


@asynccontextmanager
async def anothers() -> AsyncIterator[bool]:
    yield False


@pytest.fixture
def rig() -> Rig:
    return Rig(now=s.january(15, 18))


@pytest.fixture
def audit() -> MadeUpAudit:
    return MadeUpAudit()


@pytest_asyncio.fixture
async def office(rig: Rig, tmp_path: Path) -> AsyncIterator[o.Office]:
    async with o.office(rig.casework, tmp_path) as opened:
        yield opened


def referring(rig: Rig, audit: MadeUpAudit, turn: Callable[[], Any] = ours) -> Referring:
    return Referring(rig.store, rig.aggregate, rig.texts, rig.erasures, audit, turn, lambda: rig.now)


def logged(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    said = capsys.readouterr()
    assert NUMBER not in said.out + said.err
    lines = [json.loads(line) for line in (said.out + said.err).splitlines()]
    return [line for line in lines if line["event"] == event]


async def started(office: o.Office) -> str:
    return str((await office.done(o.QA, "", NUMBERED))["escalation_id"])


def everything(rig: Rig) -> str:
    kept = [event.data for stream in rig.store._streams.values() for event in stream]
    sent = [message.value for _, message in rig.store.outbox]
    return b"".join([*kept, *sent]).decode() + str(rig.store._summaries) + str(rig.store._commands)


async def test_the_number_is_sealed_until_audit_has_answered_and_its_key_is_destroyed_then(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    first = await office.done(o.QA, "", NUMBERED)
    assert (first["case_reference"], first["case_reference_awaited"]) == (None, True)
    assert NUMBER not in str(first)
    escalation = UUID(first["escalation_id"])
    assert await referring(rig, audit).run() == 1
    assert audit.asked == [("northmoor", NUMBER)]
    seen = (await office.get(o.QA, f"/{escalation}")).json()
    assert (seen["case_reference"], seen["case_reference_awaited"]) == (str(CHILD), False)
    assert seen["steps"][-1]["step"] == "case-reference-noted"
    assert number_holder(escalation) in rig.keys.gone
    assert NUMBER not in everything(rig)
    assert await referring(rig, audit).run() == 0
    assert len(audit.asked) == 1, "what is settled is asked no more"


async def test_while_audit_is_away_it_is_asked_again_and_the_concern_goes_on(
    office: o.Office, rig: Rig, audit: MadeUpAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    escalation = await started(office)
    audit.answer = AuditAway("audit-away")
    assert await referring(rig, audit).run() == 0
    [line] = logged(capsys, "case_references_awaited")
    assert (line["reason_code"], line["count"]) == ("audit-away", 1)
    await office.done(o.QA, f"/{escalation}/discussion", DISCUSSED)
    raised = await office.done(o.QA, f"/{escalation}/raise")
    assert (raised["status"], raised["case_reference_awaited"]) == ("raised", True)
    audit.answer = CHILD
    assert await referring(rig, audit).run() == 1


async def test_what_was_written_before_stays_readable_and_what_is_written_later_is_the_childs(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await started(office)
    await office.done(o.QA, f"/{escalation}/discussion", DISCUSSED)
    assert CHILD not in rig.keys.held
    await referring(rig, audit).run()
    assert await texts_of(office, escalation) == [DISCUSSED["text"]], "before there is a key of the child's own"
    await office.done(o.QA, f"/{escalation}/discussion", {**DISCUSSED, "text": "Said afterwards."})
    assert await texts_of(office, escalation) == [DISCUSSED["text"], "Said afterwards."]
    assert await rig.erasures.erase(CHILD, Because(UUID(int=1))) == 1
    assert await texts_of(office, escalation) == ["[erased]", "[erased]"]
    assert rig.keys.held == {}, "the escalation's own key is destroyed with the child's"


async def test_only_later_texts_under_the_childs_key_are_read_too(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await started(office)
    await referring(rig, audit).run()
    await office.done(o.QA, f"/{escalation}/discussion", DISCUSSED)
    assert UUID(escalation) not in rig.keys.held
    assert await texts_of(office, escalation) == [DISCUSSED["text"]]


async def texts_of(office: o.Office, escalation: str) -> list[str]:
    seen = (await office.get(o.QA, f"/{escalation}")).json()
    return [step["text"] for step in seen["steps"] if step["has_text"]]


async def test_a_child_that_audit_says_is_erased_is_erased_here(office: o.Office, rig: Rig, audit: MadeUpAudit) -> None:
    escalation = await started(office)
    await office.done(o.QA, f"/{escalation}/discussion", DISCUSSED)
    audit.answer = ERASED
    assert await referring(rig, audit).run() == 1
    assert await texts_of(office, escalation) == ["[erased]"]
    assert rig.keys.held == {}
    assert await referring(rig, audit).run() == 0


async def test_an_erasure_that_was_heard_of_before_the_reference_holds(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await started(office)
    await office.done(o.QA, f"/{escalation}/discussion", DISCUSSED)
    await rig.erasures.erase(CHILD, Because(UUID(int=1)))
    await referring(rig, audit).run()
    assert await texts_of(office, escalation) == ["[erased]"]
    assert rig.keys.held == {}


async def test_one_that_audit_takes_for_no_number_keeps_nobody_waiting(
    office: o.Office, rig: Rig, audit: MadeUpAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    await started(office)
    audit.answer = NumberRefused()
    asking = referring(rig, audit)
    assert await asking.run() == 0
    assert await asking.run() == 0
    assert [line["reason_code"] for line in logged(capsys, "case_number_unusable")] == ["number-refused"]
    assert len(audit.asked) == 1
    await started(office)
    audit.answer = CHILD
    assert await asking.run() == 1


async def refused(office: o.Office, rig: Rig, audit: MadeUpAudit) -> str:
    escalation = await started(office)
    audit.answer = NumberRefused()
    await referring(rig, audit).run()
    audit.answer = CHILD
    return escalation


async def test_a_number_that_audit_refused_is_shown_and_asked_for_no_more(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await refused(office, rig, audit)
    seen = (await office.get(o.QA, f"/{escalation}")).json()
    assert (seen["case_reference_awaited"], seen["case_number_refused"]) == (True, "number-refused")
    assert (await rig.summary(UUID(escalation))).data["case_number"] == "unusable"
    assert await referring(rig, audit).run() == 0
    assert len(audit.asked) == 1
    assert "enters the reference or another number" in (await office.page(o.QA, f"/escalations/{escalation}")).text


async def test_the_right_number_is_entered_and_audit_is_asked_by_it(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await refused(office, rig, audit)
    right = f"{NUMBER}-RIGHT"
    entered = await office.post_without_key(o.QA_MANAGER, f"/{escalation}/child", {"case_number": right})
    assert (entered.status_code, entered.json()["case_number_refused"]) == (200, None)
    assert entered.json()["steps"][-1]["by"]["role"] == "qa-manager"
    assert right not in everything(rig) + entered.text
    assert await referring(rig, audit).run() == 1
    assert audit.asked[-1] == ("northmoor", right)
    assert (await office.get(o.QA, f"/{escalation}")).json()["case_reference"] == str(CHILD)
    assert number_holder(UUID(escalation)) in rig.keys.gone


async def test_the_same_number_may_be_entered_again_once_audit_takes_it(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await refused(office, rig, audit)
    for answer in (NumberRefused(), CHILD):
        await office.post_without_key(o.QA, f"/{escalation}/child", {"case_number": NUMBER})
        audit.answer = answer
        await referring(rig, audit).run()
    assert (await office.get(o.QA, f"/{escalation}")).json()["case_reference"] == str(CHILD)


async def test_the_reference_is_entered_by_hand_and_the_number_destroyed(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = await refused(office, rig, audit)
    for _ in range(2):
        named = await office.post_without_key(o.QA, f"/{escalation}/child", {"case_reference": str(CHILD)})
        assert (named.json()["case_reference"], named.json()["case_reference_awaited"]) == (str(CHILD), False)
        assert named.json()["steps"][-1]["by"]["reference"] == str(o.QA.reference)
    assert number_holder(UUID(escalation)) in rig.keys.gone
    other = await office.post(o.QA, f"/{escalation}/child", {"case_reference": str(UUID(int=701))})
    assert (other.status_code, other.json()["problems"][0]["field"]) == (409, "case_reference")


async def test_who_brought_it_in_may_and_another_manager_may_not(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = str((await office.done(o.TEAM_MANAGER, "", NUMBERED))["escalation_id"])
    named = {"case_reference": str(CHILD)}
    assert (await office.post(o.DSM, f"/{escalation}/child", named)).status_code == 403
    assert (await office.post(o.TEAM_MANAGER, f"/{escalation}/child", named)).status_code == 200


async def test_a_child_that_was_erased_is_not_entered(office: o.Office, rig: Rig, audit: MadeUpAudit) -> None:
    escalation = await started(office)
    await rig.erasures.erase(CHILD, Because(UUID(int=1)))
    answer = await office.post(o.QA, f"/{escalation}/child", {"case_reference": str(CHILD)})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:sightline:problem:child-erased")


@pytest.mark.parametrize("both", [{}, {"case_reference": str(CHILD), "case_number": NUMBER}])
async def test_a_child_is_named_once(office: o.Office, both: dict[str, str]) -> None:
    escalation = await started(office)
    answer = await office.post(o.QA, f"/{escalation}/child", both)
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "case_reference")
    assert NUMBER not in answer.text


async def test_what_has_a_reference_needs_no_number(office: o.Office, rig: Rig) -> None:
    await rig.do(s.consider(s.cause(1)))
    answer = await office.post(o.QA, f"{o.ID}/child", {"case_number": NUMBER})
    assert answer.status_code == 409
    assert number_holder(s.ESCALATION) not in rig.keys.held


async def test_the_replica_that_has_not_the_turn_asks_nothing(office: o.Office, rig: Rig, audit: MadeUpAudit) -> None:
    await started(office)
    assert await referring(rig, audit, anothers).run() == 0
    assert audit.asked == []


async def test_a_process_that_died_before_the_number_was_destroyed_does_it_at_its_next_start(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    escalation = UUID(await started(office))
    kept = rig.keys.held[number_holder(escalation)]
    await referring(rig, audit).run()
    del rig.keys.gone[number_holder(escalation)]
    rig.keys.held[number_holder(escalation)] = kept
    await rig.erasures.finish()
    assert number_holder(escalation) in rig.keys.gone
    assert (await office.get(o.QA, f"/{escalation}")).json()["child_erased_at"] is None


async def test_a_repeated_start_gives_the_first_answer_even_after_the_number_is_gone(
    office: o.Office, rig: Rig, audit: MadeUpAudit
) -> None:
    first = await office.done(o.QA, "", NUMBERED, key="one")
    await referring(rig, audit).run()
    again = await office.done(o.QA, "", NUMBERED, key="one")
    assert again["escalation_id"] == first["escalation_id"]
    assert again["case_reference"] == str(CHILD)


@pytest.mark.parametrize("both", [{}, {"case_reference": str(CHILD), "case_number": NUMBER}])
async def test_exactly_one_of_reference_and_number_is_taken(office: o.Office, both: dict[str, str]) -> None:
    neither = {name: value for name, value in NUMBERED.items() if name != "case_number"}
    answer = await office.post(o.QA, "", {**neither, **both})
    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert problem["field"] == "case_reference"
    assert NUMBER not in answer.text


@pytest.mark.parametrize("number", ["", "\u200b", "9" * 61])
async def test_what_is_no_number_is_refused_without_being_repeated(office: o.Office, number: str) -> None:
    answer = await office.post(o.QA, "", {**NUMBERED, "case_number": number})
    assert answer.status_code == 422
    assert "9" * 20 not in answer.text


def answering(status: int, body: object, seen: list[httpx.Request] | None = None) -> AuditService:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, json=body)

    return AuditService("http://audit.example/", lambda: "the-token", transport=httpx.MockTransport(handle))


async def test_the_number_goes_in_the_body_alone() -> None:
    seen: list[httpx.Request] = []
    assert await answering(200, {"case_reference": str(CHILD)}, seen).reference_of("northmoor", NUMBER) == CHILD
    [request] = seen
    assert str(request.url) == "http://audit.example/v1/children?authority=northmoor"
    assert json.loads(request.content) == {"case_number": NUMBER}
    assert request.headers["Authorization"] == "Bearer the-token"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (503, {}, "audit-answered-503"),
        (401, {}, "token-refused"),
        (403, {}, "token-refused"),
        (404, "gone", "audit-answered-404"),
        (409, {"type": "urn:sightline:problem:other"}, "audit-answered-409"),
        (200, {"case_reference": "x"}, "audit-answered-oddly"),
        (200, ["x"], "audit-answered-oddly"),
    ],
)
async def test_what_audit_answers_otherwise_is_a_reason_and_never_its_words(
    status: int, body: object, reason: str
) -> None:
    with pytest.raises(AuditAway) as away:
        await answering(status, body).reference_of("northmoor", NUMBER)
    assert str(away.value) == reason


async def test_an_erased_child_and_a_number_that_is_none_are_told_apart() -> None:
    gone = {"type": "urn:sightline:problem:child-erased"}
    assert await answering(409, gone).reference_of("northmoor", NUMBER) is ERASED
    with pytest.raises(NumberRefused):
        await answering(422, {}).reference_of("northmoor", NUMBER)


async def test_an_audit_that_does_not_answer_is_away_and_without_a_token_it_is_not_asked() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no route for {request.content!r}")

    service = AuditService("http://audit.example", lambda: "x", transport=httpx.MockTransport(away))
    with pytest.raises(AuditAway) as told:
        await service.reference_of("northmoor", NUMBER)
    assert (told.value.reason, told.value.__cause__) == ("audit-away", None)
    with pytest.raises(AuditAway, match="no-token"):
        await AuditService("http://audit.example", lambda: "").reference_of("northmoor", NUMBER)


def test_the_token_is_the_files_as_it_is_now_or_the_local_issuers(tmp_path: Path) -> None:
    file = tmp_path / "token"
    elsewhere = WebSettings(local=False, home=tmp_path)
    assert token_of(file, elsewhere) == ""
    file.write_text("first\n")
    assert token_of(file, elsewhere) == "first"
    file.write_text("second\n")
    assert token_of(file, elsewhere) == "second"
    assert token_of(None, elsewhere) == ""
    assert token_of(None, WebSettings(local=True, home=tmp_path)).count(".") == 2

"""A text in every box of the API, on real servers: nowhere in clear text, and unreadable after `child-erased` (G7, G8).

Which boxes there are is read from the OpenAPI document: one that nobody planted a text in fails the test.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.escalation.adapters.http import router
from services.escalation.adapters.http_children import children_router
from services.escalation.adapters.listing import PostgresLists
from services.escalation.adapters.problems import ERROR_TYPES
from services.escalation.app.policies import escalation_of
from shared.contracts.audit import ChildErasedV1
from shared.contracts.base import Concern
from shared.privacy.keystore import ERASED, Erased, KeyStore
from shared.privacy.master import MasterKey
from shared.privacy.opening import key_store
from shared.privacy.sealing import SealBroken, Sealed, Sealer
from shared.web.app import create_app
from shared.web.tokens import LocalIssuer
from tests.integration.escalation.support import Desk, desk, publish, reading, until
from tests.support.canaries import Canaries, dump, text_boxes
from tests.support.stack import Stack, TestKafka
from tests.support.stores import fresh_database
from tests.unit.escalation import incoming
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

MASTER = MasterKey(bytes(range(32)))
CHILD = UUID(int=102)
"""The child of `incoming`."""
SEALED = re.compile(r"s1\.[A-Za-z0-9_-]{40,}")


@dataclass
class Service:
    """The service on databases of its own, with people who call it."""

    desk: Desk
    office: o.Office
    dsn: str
    keys_dsn: str
    plant: Canaries = field(default_factory=Canaries)
    said: list[str] = field(default_factory=list)

    async def done(self, who: o.Person, path: str, form: str = "", **body: Any) -> Any:
        text = {"text": self.plant(f"{form}.text")} if form else {}
        answer = await self.office.post(who, path, body | text)
        assert answer.is_success, answer.text
        self.said += [answer.text, str(answer.headers)]
        return answer.json()

    async def refused(self, who: o.Person, path: str, form: str, **body: Any) -> httpx.Response:
        answer = await self.office.post(who, path, body | {"text": self.plant(f"{form}.text")})
        assert answer.is_client_error, answer.text
        self.said += [answer.text, str(answer.headers)]
        return answer


@asynccontextmanager
async def service(stack: Stack, folder: Path) -> AsyncIterator[Service]:
    async with (
        fresh_database(stack.postgres) as dsn,
        fresh_database(stack.postgres) as keys_dsn,
        key_store(keys_dsn, MASTER) as keys,
        desk(dsn) as opened,
    ):
        opened.keys = keys
        issuer = LocalIssuer(folder)
        app = create_app(
            "escalation",
            "escalation",
            issuer.verifier(),
            [
                router(opened.casework, PostgresLists(opened.pool)),
                children_router(opened.exporting, opened.now),
            ],
            error_types=ERROR_TYPES,
        )
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://escalation") as client:
            yield Service(opened, o.Office(client, issuer), dsn, keys_dsn)


@dataclass
class MadeUpAudit:
    """Audit, which waits for a sign before it answers."""

    answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def reference_of(self, authority: str, case_number: str) -> UUID | Erased:
        del authority, case_number
        self.asked += 1
        await self.answer.wait()
        return CHILD


async def tell(running: Service, escalation: UUID) -> None:
    """Take every step that may come with a text, and be refused a few times."""
    path = f"/{escalation}"
    done = running.done
    await done(o.QA, f"{path}/discussion", "Discussion", with_whom=["practitioner"])
    await running.refused(o.QA, f"{path}/discussion", "Discussion", with_whom=["nobody"])
    await running.refused(o.DSM, f"{path}/oversight", "Oversight")
    await done(o.QA, f"{path}/raise")
    await done(o.QA, f"{path}/reclassification", "Reclassification", category="safeguarding", reason="new-information")
    await done(o.QA, f"{path}/copy")
    await done(o.DSM, f"{path}/actions-discussed")
    await done(o.TEAM_MANAGER, f"{path}/actions", "NewAction", kind="visit-the-child", owner=o.OWNER)
    added = await done(o.TEAM_MANAGER, f"{path}/actions", "NewAction", kind="visit-the-child", owner=o.OWNER)
    first, second = (one["action_id"] for one in added["actions"])
    await done(o.TEAM_MANAGER, f"{path}/actions/{first}/withdrawal", "Because", reason="no-longer-needed")
    await done(o.TEAM_MANAGER, f"{path}/actions/{second}/completion")
    await done(o.DSM, f"{path}/oversight", "Oversight")
    await done(o.DSM, f"{path}/sign-off")
    await done(o.DSM, f"{path}/closure")
    await done(o.QA, f"{path}/answer", "ClosingAnswer", answer="reopening-asked")
    await done(o.QA, f"{path}/reopening", "Reopening", reason="actions-not-effective")
    second_person = str(o.QA_MANAGER.reference)
    await done(o.QA, f"{path}/withdrawal", "Withdrawal", reason="raised-in-error", second_person=second_person)


async def start_unnamed(running: Service) -> UUID:
    """Start a concern with a case number, and write about it before the reference is known."""
    number = running.plant.secret("case number", "RS-000-CANARY-1")
    body: dict[str, Any] = {name: value for name, value in o.STARTED.items() if name != "case_reference"}
    started = await running.done(o.QA, "", **body, case_number=number)
    path = f"/{started['escalation_id']}"
    await running.done(o.QA, f"{path}/discussion", "Discussion", with_whom=["practitioner"])
    await running.done(o.QA, f"{path}/decision-not-required", "NotRequiredDecision", reason="already-acted-on")
    return UUID(started["escalation_id"])


async def export(running: Service) -> httpx.Response:
    headers = running.office.headers(o.QA_MANAGER)
    return await running.office.client.get(f"/v1/children/{CHILD}/export", headers=headers)


async def test_no_text_is_anywhere_in_clear_and_none_is_readable_after_the_erasure(
    stack: Stack, kafka: TestKafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = await kafka.create_topic()
    async with service(stack, tmp_path) as running, reading(running.desk.consumer(kafka.bootstrap, topic)):
        await publish(kafka.bootstrap, topic, [(incoming.flagged(Concern.PRACTICE), 1)])
        escalation = escalation_of(s.AUDIT)
        await until(lambda: running.desk.types(escalation), what="the concern being considered")
        await tell(running, escalation)
        unnamed = await start_unnamed(running)
        audit = MadeUpAudit()
        audit.answer.set()
        assert await running.desk.referring(audit).run() == 1

        openapi = (await running.office.client.get("/openapi.json")).json()
        assert text_boxes(openapi) - running.plant.boxes == set(), "boxes nobody planted a text in"
        assert len(running.plant.boxes) == 9
        before = await dump(running.dsn)
        metrics = (await running.office.client.get("/metrics")).text
        written = capsys.readouterr()
        for said in (before, await dump(running.keys_dsn), metrics, written.out + written.err, "".join(running.said)):
            assert len(said) > 500
            assert running.plant.in_(said) == set()

        held = await export(running)
        planted = {text for text in running.plant.texts if text in held.text}
        assert len(planted) == 11, "every text that was taken, those from before the reference as well"
        assert running.plant.in_(held.text) == running.plant.boxes

        await publish(kafka.bootstrap, topic, [(ChildErasedV1(case_reference=CHILD, reason="right-to-erasure"), 1)])
        for one in (escalation, unnamed):
            await until(noted(running, one), what="the erasure being noted")
        await nothing_opens(running, before, escalation, unnamed)
        gone = await export(running)
        assert gone.json()["erased"] is True
        assert running.plant.in_(gone.text) == set()
        texts = {text for event in gone.json()["events"] for text in event["texts"].values()}
        assert texts == {"[erased]"}
        readers = {(one["reader_role"], one["what"]) for one in gone.json()["readings"]}
        assert readers == {("qa-manager", "child-export")}


def noted(running: Service, escalation: UUID) -> Callable[[], Awaitable[bool]]:
    async def is_noted() -> bool:
        return "child-erasure-noted" in await running.desk.types(escalation)

    return is_noted


async def nothing_opens(running: Service, before: str, *escalations: UUID) -> None:
    """What was sealed stays in the append-only log and opens with no key there is."""
    sealed = set(SEALED.findall(before))
    assert len(sealed) == 12, "eleven texts and a case number"
    after = await dump(running.dsn)
    assert sealed <= set(SEALED.findall(after))
    assert running.plant.in_(after) == set()
    fresh = KeyStore(running.desk.keys._pool, MASTER)  # nothing remembered
    for holder in (CHILD, *escalations):
        try:
            opened = set(await Sealer(fresh).unseal_many([Sealed(holder, "anywhere", one) for one in sealed]))
        except SealBroken:
            raise AssertionError("there is still a key") from None
        assert opened == {ERASED}
    assert await running.desk.keys._pool.fetchval("select count(*) from keys.data_keys where wrapped is not null") == 0


async def test_an_erasure_that_is_heard_of_first_holds_and_a_repeat_changes_nothing(
    stack: Stack, kafka: TestKafka, tmp_path: Path
) -> None:
    topic = await kafka.create_topic(partitions=1)
    erased = ChildErasedV1(case_reference=CHILD, reason="right-to-erasure")
    async with service(stack, tmp_path) as running, reading(running.desk.consumer(kafka.bootstrap, topic)):
        await publish(kafka.bootstrap, topic, [(erased, 1)])
        await publish(kafka.bootstrap, topic, [(incoming.flagged(Concern.PRACTICE), 1)])
        escalation = escalation_of(s.AUDIT)
        await until(noted(running, escalation), what="the erasure being noted at what came later")
        await publish(kafka.bootstrap, topic, [(erased, 1)])
        other = uuid4()
        await publish(kafka.bootstrap, topic, [(incoming.flagged(Concern.PRACTICE, audit_id=other), 1)])
        await until(noted(running, escalation_of(other)), what="the next one being read")
        assert await running.desk.types(escalation) == ["consideration-opened", "child-erasure-noted"]
        answer = await running.refused(o.QA, f"/{escalation}/discussion", "Discussion", with_whom=["practitioner"])
        assert answer.json()["type"] == "urn:sightline:problem:child-erased"
        assert running.plant.in_(await dump(running.dsn)) == set()


async def test_several_replicas_ask_audit_once(stack: Stack, tmp_path: Path) -> None:
    async with service(stack, tmp_path) as running:
        escalation = await start_unnamed(running)
        audit = MadeUpAudit()
        first = asyncio.create_task(running.desk.referring(audit).run())

        async def asked() -> bool:
            return audit.asked == 1

        await until(asked, what="the first replica asking")
        assert await running.desk.referring(audit).run() == 0, "the other one has not the turn"
        audit.answer.set()
        assert await first == 1
        assert await running.desk.referring(audit).run() == 0
        assert audit.asked == 1
        assert (await running.desk.types(escalation)).count("case-reference-noted") == 1


async def test_readings_are_kept_and_listed_by_escalation_and_reader(stack: Stack, tmp_path: Path) -> None:
    async with service(stack, tmp_path) as running:
        escalation = await start_unnamed(running)
        assert (await running.office.get(o.DSM, f"/{escalation}")).is_success
        assert (await running.office.get(o.AD, f"/{escalation}")).is_success
        assert (await running.office.get(o.TEAM_MANAGER, f"/{escalation}")).is_success

        async def listed(**query: Any) -> list[dict[str, Any]]:
            headers = running.office.headers(o.QA)
            answer = await running.office.client.get("/v1/text-readings", params=query, headers=headers)
            return list(answer.json()["readings"])

        assert [one["reader_role"] for one in await listed()] == ["service-manager", "assistant-director"]
        [one] = await listed(escalation_id=str(escalation), reader=str(o.AD.reference))
        assert one["boxes"] == ["decision-not-required", "discussion"]
        assert await listed(escalation_id=str(uuid4())) == []
        denied = await running.office.client.get("/v1/text-readings", headers=running.office.headers(o.DSM))
        assert denied.status_code == 403
        part = o.Person(o.QA_MANAGER.role, ("north",), o.QA_MANAGER.reference)
        for path in ("/v1/text-readings", f"/v1/children/{CHILD}/export"):
            headers = running.office.headers(part)
            assert (await running.office.client.get(path, headers=headers)).status_code == 403

"""A re-audit asked for on a real `escalation.events`: at its audit, answered by audits that name it, parked if unknown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from services.audit.adapters.consumer import consumer_spec
from services.audit.app import re_audits
from shared.contracts.base import Actor, OrganisationPath
from shared.contracts.envelope import Envelope, encode, event_id, schema_of
from shared.contracts.escalation import Category, ReAuditRequestedV1
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.messaging.settings import ConsumerSettings
from shared.web.principal import Role
from tests.integration.audit.sheets import counts, csv_of, row, take
from tests.integration.audit.support import NOW, Service, allocated, completed, completion, publish_tool, service
from tests.support.stack import Stack, TestKafka

pytestmark = pytest.mark.stack

ASKED_AT = datetime(2025, 11, 10, 9, tzinfo=UTC)
ANOTHER = UUID("a0000000-0000-4000-8000-000000000002")
AGAIN = {
    "case_number": "RS-000123",
    "auditor": str(ANOTHER),
    "due_on": "2026-02-28",
    "happened_at": "2025-11-12T09:00:00+00:00",
}


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(stack.postgres, tmp_path_factory.mktemp("asked")) as opened:
        await publish_tool(opened)
        yield opened


def request(
    audit_id: UUID, *, at: datetime = ASKED_AT, authority: str = "northmoor"
) -> tuple[ReAuditRequestedV1, Envelope]:
    escalation = uuid4()
    event = ReAuditRequestedV1(
        escalation_id=escalation,
        audit_id=audit_id,
        case_reference=uuid4(),
        organisation=OrganisationPath(area="north", district="riverside", team="riverside-1"),
        service="childrens-social-work",
        category=Category.PRACTICE,
        due_on=date(2026, 2, 28),
        requested_by=Actor(role="service-manager"),
    )
    envelope = Envelope(
        id=event_id("/escalation", escalation, 1), type=event.TYPE, source="/escalation", subject=escalation, time=at,
        recorded_at=at, authority=authority, sequence=1, correlation_id=uuid4(), causation_id=None,
        data_schema=schema_of(event.TYPE), traceparent=None, data=event.to_json(),
    )  # fmt: skip
    return event, envelope


async def ask(audit: Service, audit_id: str, **about: datetime) -> bool:
    event, envelope = request(UUID(audit_id), **about)  # type: ignore[arg-type]  # only a moment is given here
    async with audit.pool.acquire() as connection, connection.transaction():
        return await re_audits.ask(event, envelope, store=audit.parts.store, recorded_at=NOW, connection=connection)


async def listed(audit: Service, stands: str) -> list[str]:
    answer = await audit.get(f"/audits?re_audit={stands}", Role.QA_OFFICER)
    assert answer.status_code == 200, answer.text
    assert all(one["re_audit_due_on"] == "2026-02-28" for one in answer.json()["audits"])
    return [one["audit_id"] for one in answer.json()["audits"]]


async def shown(audit: Service, audit_id: str) -> tuple[str, str | None]:
    view = (await audit.get(f"/audits/{audit_id}?text=false", Role.QA_OFFICER)).json()["re_audit_asked"]
    return view["stands"], view["re_audit_id"]


async def test_allocating_completing_and_withdrawing_an_audit_that_names_it_answers_it(audit: Service) -> None:
    first = await completed(audit)
    assert await ask(audit, first)
    assert await listed(audit, "asked") == [first]
    page = await audit.http.get("/?status=completed", headers=audit.headers(Role.QA_OFFICER))
    assert "re-audit asked for by 28 February 2026" in page.text

    again = await allocated(audit, re_audit_of=first, **AGAIN)
    assert (await listed(audit, "asked"), await listed(audit, "allocated")) == ([], [first])
    assert await shown(audit, first) == ("allocated", again)
    withdrawn = await audit.post(f"/audits/{again}/withdrawal", {"reason": "duplicate"}, Role.QA_OFFICER)
    assert withdrawn.status_code == 200, withdrawn.text
    assert await listed(audit, "asked") == [first]
    [told] = [data for type_, data in await audit.published(again) if type_ == "audit-withdrawn.v1"]
    assert told["re_audit_of"] == first

    once_more = await allocated(audit, re_audit_of=first, **AGAIN)
    done = await audit.post(f"/audits/{once_more}/completion", completion(), Role.AUDITOR, person=ANOTHER)
    assert done.status_code == 200, done.text
    assert (await listed(audit, "allocated"), await listed(audit, "done")) == ([], [first])
    assert await shown(audit, first) == ("done", once_more)
    page = await audit.http.get(f"/audits/{first}", headers=audit.headers(Role.QA_OFFICER))
    assert f'<a href="/audits/{once_more}">done</a>' in page.text


async def test_a_request_that_comes_after_its_answer_finds_it(audit: Service) -> None:
    first = await completed(audit, case_number="RS-late")
    again = await allocated(audit, re_audit_of=first, **{**AGAIN, "case_number": "RS-late"})
    await audit.post(f"/audits/{again}/completion", completion(), Role.AUDITOR, person=ANOTHER)
    assert await ask(audit, first)
    assert await shown(audit, first) == ("done", again)
    assert await ask(audit, first, at=NOW - timedelta(days=1)), "asked for again, after it was done"
    assert (await shown(audit, first))[0] == "asked"


async def test_an_imported_audit_answers_as_well(audit: Service) -> None:
    first = row()
    taken = await take(audit, csv_of(first))
    [earlier] = [one["audit_id"] for one in taken.json()["audits"]]
    assert await ask(audit, earlier, at=datetime(2025, 1, 1, tzinfo=UTC))
    again = row(**{"Re audit of": first["Audit number"], "Case number": first["Case number"], "Auditor": "4712"})
    taken = await take(audit, csv_of(again))
    assert counts(taken)[2] == 1
    [answer] = [one["audit_id"] for one in taken.json()["audits"]]
    assert await shown(audit, earlier) == ("done", answer)


async def test_requests_are_read_once_and_one_for_no_audit_of_the_authority_is_parked(
    audit: Service, kafka: TestKafka
) -> None:
    topic = await kafka.create_topic()
    known = await completed(audit, case_number="RS-read")
    good, unknown, elsewhere = request(UUID(known)), request(uuid4()), request(UUID(known), authority="saltmere")
    later = request(UUID(await completed(audit, case_number="RS-read-too")))
    spec = consumer_spec(audit.parts.store, lambda: NOW)
    consumer = Consumer(
        service="audit", group=f"sightline.test-{uuid4().hex[:8]}", topics=[topic], handler=spec.handler,
        pool=audit.pool, kafka=KafkaSettings(bootstrap=kafka.bootstrap), interested=spec.interested,
        settings=ConsumerSettings(retry_first=0.01, pause_first=0.1, pause_longest=0.5, look_every=0.5),
    )  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    await consumer.start()
    try:
        for _, envelope in (unknown, elsewhere, good, good, later, (None, replace(good[1], sequence=1))):
            message = encode(envelope)
            await producer.send_and_wait(topic, key=message.key, value=message.value, headers=message.headers)
        deadline = monotonic() + 60
        while await audit.pool.fetchval("select count(*) from messaging.parked") < 2 or not await is_asked(
            audit, later
        ):
            assert monotonic() < deadline
            await asyncio.sleep(0.05)
    finally:
        await consumer.stop()
        await producer.stop()
    stream = await audit.parts.store.load(UUID(known))
    assert [event.type for event in stream.events].count("re-audit-asked") == 1
    assert stream.events[-1].causation_id == good[1].id
    parked = await audit.pool.fetch("select key from messaging.parked")
    assert {bytes(one["key"]).decode() for one in parked} == {str(one[1].subject) for one in (unknown, elsewhere)}


async def is_asked(audit: Service, one: tuple[ReAuditRequestedV1, Envelope]) -> bool:
    assert one[0].audit_id is not None
    stream = await audit.parts.store.load(one[0].audit_id)
    return any(event.type == "re-audit-asked" for event in stream.events)

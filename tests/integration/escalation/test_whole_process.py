"""The whole service as one process: killed in the middle, started again, and nothing is lost or done twice (G1, G2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.escalation.app.policies import escalation_of
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS, Concern
from shared.contracts.envelope import decode
from shared.eventstore.database import Pool, open_pool
from shared.web.principal import Role
from tests.integration.escalation.support import Process, process, publish, until
from tests.support.stack import TestKafka
from tests.support.topics import compare, read_topic, stored_numbers, until_empty
from tests.unit.escalation import incoming

pytestmark = pytest.mark.stack

QA, DSM, TEAM_MANAGER = UUID(int=1), UUID(int=4), UUID(int=3)


@pytest_asyncio.fixture
async def service(postgres_dsn: str, kafka: TestKafka, tmp_path: Path) -> AsyncIterator[Process]:
    prefix = f"test-{uuid4().hex[:8]}."
    for topic in (AUDIT_EVENTS, ESCALATION_EVENTS):
        await kafka.create_topic(prefix + topic)
    made = process(postgres_dsn, kafka.bootstrap, tmp_path, prefix, SIGHTLINE_CONSUMER_BATCH="20")
    try:
        yield made
    finally:
        if made.running is not None:
            await made.stop()


@pytest_asyncio.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[Pool]:
    opened = await open_pool(postgres_dsn, size=2)
    yield opened
    await opened.close()


def topic(service: Process, name: str) -> str:
    return service.environment["SIGHTLINE_TOPIC_PREFIX"] + name


@pytest.mark.timeout(400)
async def test_killed_again_and_again_it_considers_every_concern_once(
    service: Process, pool: Pool, kafka: TestKafka
) -> None:
    audits = [uuid4() for _ in range(200)]
    both = [
        event
        for audit in audits
        for event in (
            (incoming.flagged(Concern.PRACTICE, audit_id=audit), 1),
            (incoming.moderated(concern=Concern.SAFEGUARDING, audit_id=audit), 2),
        )
    ]
    await service.start()
    await publish(kafka.bootstrap, topic(service, AUDIT_EVENTS), both)

    async def considered() -> int:
        return int(await pool.fetchval("select count(*) from eventstore.events"))

    async def some_more(than: int) -> bool:
        return await considered() > than

    for _ in range(2):
        seen = await considered()
        await until(lambda seen=seen: some_more(min(seen, 2 * len(audits) - 1)))  # type: ignore[misc]  # bound per turn
        await service.kill()
        await service.start()

    async def all_considered() -> bool:
        return await considered() == 2 * len(audits)

    await until(all_considered, what="every concern considered")
    await until_empty(pool)
    events = await pool.fetch("select stream_id, type from eventstore.events order by stream_id, version")
    assert [(row["stream_id"], row["type"]) for row in events] == [
        (escalation, kind)
        for escalation in sorted(escalation_of(audit) for audit in audits)
        for kind in ("consideration-opened", "cause-joined")
    ]
    records = await read_topic(kafka.bootstrap, topic(service, ESCALATION_EVENTS))
    findings = compare(records, await stored_numbers(pool))
    assert findings.faults == ({}, [], [])
    assert await service.stop() == 0


async def test_from_a_flagged_concern_to_closed_over_http_and_kafka(
    service: Process, pool: Pool, kafka: TestKafka
) -> None:
    await service.start()
    audit = uuid4()
    escalation = escalation_of(audit)
    await publish(
        kafka.bootstrap,
        topic(service, AUDIT_EVENTS),
        [(incoming.flagged(Concern.SAFEGUARDING, audit_id=audit), 1)],
        correlation=incoming.CORRELATION,
    )
    async with httpx.AsyncClient(base_url=service.address) as client:

        async def listed() -> bool:
            answer = await client.get(
                "/v1/escalations?status=considering", headers=service.headers(Role.QA_OFFICER, QA)
            )
            answer.raise_for_status()
            return [one["escalation_id"] for one in answer.json()["escalations"]] == [str(escalation)]

        await until(listed)

        async def step(role: Role, person: UUID, path: str, body: dict[str, Any] | None = None) -> Any:
            scope = ("*",) if role is Role.QA_OFFICER else ("north/riverside",)
            headers = service.headers(role, person, scope) | {"Idempotency-Key": str(uuid4())}
            answer = await client.post(f"/v1/escalations/{escalation}/{path}", json=body or {}, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.json()

        await step(Role.QA_OFFICER, QA, "discussion", {"with_whom": ["practitioner"]})
        await step(Role.QA_OFFICER, QA, "raise")
        await step(Role.QA_OFFICER, QA, "copy")
        await step(Role.SERVICE_MANAGER, DSM, "actions-discussed")
        owner = {"role": "practitioner", "reference": str(uuid4())}
        added = await step(Role.TEAM_MANAGER, TEAM_MANAGER, "actions", {"kind": "visit-the-child", "owner": owner})
        [action] = added["actions"]
        await step(Role.TEAM_MANAGER, TEAM_MANAGER, f"actions/{action['action_id']}/completion")
        await step(Role.SERVICE_MANAGER, DSM, "oversight")
        signed = await step(Role.SERVICE_MANAGER, DSM, "sign-off")
        assert signed["signed_off"]["within_clock"] is True
        closed = await step(Role.SERVICE_MANAGER, DSM, "closure")
        assert closed["status"] == "closed"
        ready = await client.get("/health/ready")
        assert ready.status_code == 200, ready.text

    await until_empty(pool)
    envelopes = [
        decode(record.headers, record.value)
        for record in await read_topic(kafka.bootstrap, topic(service, ESCALATION_EVENTS))
    ]
    assert [(one.sequence, one.type) for one in envelopes] == [
        (1, "escalation-considered.v1"),
        (2, "escalation-raised.v1"),
        (3, "action-added.v1"),
        (4, "action-completed.v1"),
        (5, "oversight-recorded.v1"),
        (6, "actions-signed-off.v1"),
        (7, "escalation-closed.v1"),
    ]
    assert {one.correlation_id for one in envelopes} == {incoming.CORRELATION}
    assert {one.subject for one in envelopes} == {escalation}


async def test_history_entered_today_alarms_nobody_but_a_live_deadline_is_found_by_the_process(
    service: Process, pool: Pool, kafka: TestKafka
) -> None:
    await service.start()
    audit = uuid4()
    escalation = escalation_of(audit)
    await publish(kafka.bootstrap, topic(service, AUDIT_EVENTS), [(incoming.flagged(audit_id=audit), 1)])
    async with httpx.AsyncClient(base_url=service.address) as client:
        headers = service.headers(Role.QA_OFFICER, QA)

        async def considering() -> bool:
            return bool((await client.get("/v1/escalations", headers=headers)).json()["escalations"])

        await until(considering)
        for path, body in (("discussion", {"with_whom": ["practitioner"]}), ("raise", {})):
            answer = await client.post(
                f"/v1/escalations/{escalation}/{path}",
                json={"happened_at": "2026-01-14T10:00:00+00:00", **body},
                headers=headers,
            )
            assert answer.status_code == 200, answer.text
    found = await pool.fetchrow(
        "select s.wake_at, e.recorded_at from eventstore.summaries s join eventstore.events e using (stream_id) "
        "where e.type = 'escalation-raised'"
    )
    assert found is not None
    wake_at, recorded_at = found
    assert (wake_at - recorded_at).total_seconds() == 3600
    await service.stop()
    await pool.execute("update eventstore.summaries set wake_at = now() - interval '1 second'")
    await service.start()

    async def overdue() -> bool:
        return bool(
            await pool.fetchval("select count(*) from eventstore.events where type = 'escalation-became-overdue'")
        )

    await until(overdue)


async def test_stopped_and_started_with_other_settings_an_open_clock_follows_and_its_history_says_so(
    service: Process,
) -> None:
    await service.start()
    started = {
        "cause": "inspector",
        "category": "practice",
        "organisation": {"area": "north", "district": "riverside", "team": "riverside-assessment"},
        "service": "childrens-social-work",
        "case_reference": str(uuid4()),
    }
    headers = service.headers(Role.QA_OFFICER, QA)

    async def post(path: str, body: dict[str, Any]) -> Any:
        async with httpx.AsyncClient(base_url=service.address) as client:
            answer = await client.post(path, json=body, headers=headers | {"Idempotency-Key": str(uuid4())})
            assert answer.is_success, answer.text
            return answer.json()

    opened = await post("/v1/escalations", started)
    path = f"/v1/escalations/{opened['escalation_id']}"
    await post(f"{path}/discussion", {"with_whom": ["practitioner"]})
    before = (await post(f"{path}/raise", {}))["clock"]
    assert before["working_days"] == 5
    assert await service.stop() == 0

    document = service.folder / "authorities" / "northmoor.yaml"
    newer = document.read_text(encoding="utf-8").replace("version: 1", "version: 2").replace("2024-01-01", "2024-01-02")
    newer += "escalation: {clock_days: {safeguarding: 1, practice: 6}}\n"
    (service.folder / "authorities" / "northmoor-2.yaml").write_text(newer, encoding="utf-8")
    await service.start()

    async def followed() -> Any:
        async with httpx.AsyncClient(base_url=service.address, headers=headers) as client:
            seen = (await client.get(path)).json()
        return seen if seen["clock"]["working_days"] == 6 else None

    seen = await until(followed, what="the clock reckoned anew")
    assert seen["clock"]["counted"][:5] == before["counted"]
    assert seen["clock"]["started_at"] == before["started_at"]
    assert [step["step"] for step in seen["steps"]].count("clock-recomputed") == 1

"""An authority whose audit escalations are lived through on real processes, by a clock that the test sets.

Nothing waits for days: the test writes the moment into the file that every service's clock reads, and waits for what
that moment brings about.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from aiokafka import AIOKafkaProducer

from services.escalation.app.policies import escalation_of
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS
from shared.contracts.envelope import Envelope, decode
from shared.web.principal import WHOLE, Role
from tests.integration.audit.support import allocation, completion
from tests.support.platform import PARTITIONS, Platform, platform, until
from tests.support.servers import Stack
from tests.support.stores import connected
from tests.support.topics import read_topic
from tests.unit.audit.builders import TOOL_JSON
from tests.unit.escalation.rig import DOCUMENT

AUTHORITY = "northmoor"
TEAM = {"area": "north", "district": "riverside", "team": "riverside-assessment"}
AUDITOR, WORKER = UUID(int=103), UUID(int=104)
QA_MANAGER, TEAM_MANAGER, SERVICE_MANAGER = UUID(int=2), UUID(int=3), UUID(int=4)
"""As `rig.DOCUMENT` names them; riverside is the service manager's district."""

CONSIDERED = [("considered", "qa-manager"), ("considered", "service-manager")]
"""Who is told, of what and in which role, when a concern comes up."""

SCOPES = {Role.SERVICE_MANAGER: ("north/riverside",), Role.TEAM_MANAGER: ("north/riverside/riverside-assessment",)}
PEOPLE = {
    Role.AUDITOR: AUDITOR,
    Role.QA_MANAGER: QA_MANAGER,
    Role.TEAM_MANAGER: TEAM_MANAGER,
    Role.SERVICE_MANAGER: SERVICE_MANAGER,
}


class Clock:
    """The clock of every process of a platform; set by replacing its file, so that none reads half a moment."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"

    def set(self, moment: str) -> None:
        """Make it this moment, in ISO 8601 with its offset."""
        made = self.file.with_suffix(".new")
        made.write_text(moment)
        made.replace(self.file)


@dataclass
class World:
    """A platform of this authority, its clock, and the file that messages to people go to."""

    running: Platform
    clock: Clock

    @property
    def messages(self) -> Path:
        return self.running.folder / "messages.jsonl"

    async def begin(self, name: str) -> None:
        """Start a service on this world's clock, and wait until it is ready."""
        await self.running.begin(
            name,
            SIGHTLINE_AUTHORITIES=str(self.running.folder / "authorities"),
            SIGHTLINE_CLOCK_FILE=str(self.clock.file),
            SIGHTLINE_ESCALATION_TIMER_SECONDS="0.2",
            SIGHTLINE_ESCALATION_NOTICES_SECONDS="0.2",
            SIGHTLINE_ESCALATION_NOTICES_FILE=str(self.messages),
        )
        await until(lambda: self.running.is_ready(name), f"{name} being ready")

    async def ask(
        self, service: str, method: str, path: str, role: Role, body: Any = None, *, person: UUID | None = None
    ) -> httpx.Response:
        """Ask a service as one of the people."""
        who = person or PEOPLE.get(role) or uuid4()
        token = self.running.token(role, AUTHORITY, scope=SCOPES.get(role, (WHOLE,)), person=who)
        address = f"http://127.0.0.1:{self.running.ports[service]}{path}"
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.request(method, address, json=body, headers=token | {"Idempotency-Key": uuid4().hex})

    async def done(self, service: str, path: str, role: Role, body: Any = None) -> dict[str, Any]:
        """Send a step that has to work, and give its answer."""
        answer = await self.ask(service, "POST", path, role, body if body is not None else {})
        assert answer.is_success, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async def audit(self, audit_id: UUID | None = None) -> UUID:
        """Have a child's file audited from now on; give the audit's id."""
        about = allocation(
            organisation=TEAM,
            cycle="2026-04",
            case_number=f"RS-{uuid4().int % 10**8:08}",
            auditor=str(AUDITOR),
            due_on="2026-12-18",
            **({} if audit_id is None else {"audit_id": str(audit_id)}),
        )
        del about["happened_at"]
        made = await self.done("audit", "/v1/audits", Role.QA_MANAGER, about)
        return UUID(made["audit_id"])

    async def flag(self, audit: UUID, concern: str) -> UUID:
        """Have the auditor flag a concern, and give the audit escalation once those who are to decide were told."""
        await self.done("audit", f"/v1/audits/{audit}/concern", Role.AUDITOR, {"concern": concern})
        escalation = escalation_of(audit)
        await self.shows(escalation, "considering", status="considering", category=concern)
        await self.hears(escalation, *CONSIDERED)
        return escalation

    async def complete(self, audit: UUID, **changes: Any) -> None:
        """Have the auditor complete the audit now."""
        outcome = completion(recommendations=[{"category": "practice", "text": "Say who decided what."}], **changes)
        del outcome["happened_at"]
        await self.done("audit", f"/v1/audits/{audit}/completion", Role.AUDITOR, outcome)

    async def step(self, escalation: UUID, step: str, role: Role, **body: Any) -> dict[str, Any]:
        """Take a step of an audit escalation."""
        return await self.done("escalation", f"/v1/escalations/{escalation}/{step}", role, body)

    async def follow_through(self, escalation: UUID, *, until_signed: bool = False, **moment: Any) -> dict[str, Any]:
        """Copy, discussion of actions, an action with its completion, oversight; and the sign-off where asked for."""
        await self.step(escalation, "copy", Role.QA_MANAGER, **moment)
        await self.step(escalation, "actions-discussed", Role.SERVICE_MANAGER, **moment)
        owner = {"role": "practitioner", "reference": str(WORKER)}
        added = await self.step(escalation, "actions", Role.TEAM_MANAGER, kind="visit-the-child", owner=owner, **moment)
        [action] = added["actions"]
        await self.step(escalation, f"actions/{action['action_id']}/completion", Role.TEAM_MANAGER, **moment)
        seen = await self.step(escalation, "oversight", Role.SERVICE_MANAGER, **moment)
        if until_signed:
            seen = await self.step(escalation, "sign-off", Role.SERVICE_MANAGER, **moment)
        return seen

    async def seen(self, escalation: UUID) -> dict[str, Any] | None:
        """How an audit escalation stands, to the QA unit; None while there is none."""
        answer = await self.ask("escalation", "GET", f"/v1/escalations/{escalation}", Role.QA_MANAGER)
        return answer.json() if answer.is_success else None

    async def shows(self, escalation: UUID, what: str, **expected: Any) -> dict[str, Any]:
        """Wait until it shows these values."""

        async def found() -> Any:
            seen = await self.seen(escalation)
            if seen is None:
                return None
            return seen if all(seen[name] == value for name, value in expected.items()) else None

        shown: dict[str, Any] = await until(found, what)
        return shown

    async def knows(self, escalation: UUID, *codes: str) -> bool:
        """Whether these are all causes of it."""
        seen = await self.seen(escalation)
        return seen is not None and set(codes) <= {cause["code"] for cause in seen["causes"]}

    def told(self, escalation: UUID) -> list[tuple[str, str]]:
        """Who was told what of an audit escalation: kind and role, as the lines of the file stand."""
        return [(line["kind"], line["role"]) for line in self.lines(escalation)]

    def lines(self, escalation: UUID) -> list[dict[str, Any]]:
        if not self.messages.exists():
            return []
        lines = [orjson.loads(line) for line in self.messages.read_bytes().splitlines()]
        return [line for line in lines if line["escalation_id"] == str(escalation)]

    async def hears(self, escalation: UUID, *expected: tuple[str, str]) -> None:
        """Wait until these were told, however they are ordered; fails where more were."""

        async def heard() -> bool:
            return len(self.told(escalation)) >= len(expected)

        await until(heard, f"{len(expected)} messages")
        assert sorted(self.told(escalation)) == sorted(expected)

    async def published(self, *escalations: UUID) -> list[Envelope]:
        """The public events of audit escalations, stream by stream in order, once everything is sent."""
        await self.sent("escalation")
        topic = self.running.topic(ESCALATION_EVENTS)
        records = await read_topic(self.running.bootstrap, topic, partitions=PARTITIONS)
        found = [decode(record.headers, record.value) for record in records]
        return sorted(
            (one for one in found if one.subject in escalations), key=lambda one: (str(one.subject), one.sequence)
        )

    async def audit_records(self) -> list[Any]:
        """Every record that audit has put on its topic."""
        await self.sent("audit")
        topic = self.running.topic(AUDIT_EVENTS)
        return await read_topic(self.running.bootstrap, topic, partitions=PARTITIONS)

    async def sent(self, service: str) -> None:
        """Wait until everything a service recorded is on Kafka: a row leaves the outbox with the broker's word for it."""

        async def empty() -> bool:
            async with connected(self.running.dsns[service]) as connection:
                return not await connection.fetchval("select count(*) from outbox.messages")

        await until(empty, f"{service} having sent everything")

    async def facts(self, escalation: UUID, **expected: Any) -> dict[str, Any]:
        """What reporting knows of it, once it shows these values."""

        async def known() -> Any:
            async with connected(self.running.dsns["reporting"]) as connection:
                schema = await connection.fetchval("select schema_name from reporting.live")
                row = await connection.fetchrow(
                    f"select * from \"{schema}\".escalations where escalation_id = $1 and known_until = 'infinity'",
                    escalation,
                )
            return dict(row) if row and all(row[name] == value for name, value in expected.items()) else None

        found: dict[str, Any] = await until(known, f"reporting showing {expected}")
        return found

    async def trace(self, audit: UUID) -> list[str]:
        """What `sightline trace` tells of its events: when to the minute, which service, what happened."""
        code, said, errors = await self.running.command("trace", str(audit))
        assert code == 0, errors
        steps = [line.split() for line in said.splitlines()[1:] if not line.startswith(" ")]
        return [
            f"{day} {month} {clock[:5]} {service} {event}"
            for day, month, _, clock, service, event, _ in steps
            if not event.startswith("notice-")
        ]

    async def deliver(self, records: Sequence[Any]) -> None:
        """Put audit's records on this world's topic in this order, and wait until they are read."""
        topic = self.running.topic(AUDIT_EVENTS)
        producer = AIOKafkaProducer(bootstrap_servers=self.running.bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        try:
            sent = [
                await producer.send_and_wait(topic, key=one.key, value=one.value, headers=list(one.headers))
                for one in records
            ]
        finally:
            await producer.stop()
        last = {one.partition: one.offset for one in sent}

        async def read() -> bool:
            async with connected(self.running.dsns["escalation"]) as connection:
                rows = await connection.fetch(
                    "select partition, next_offset from messaging.partition_position where topic = $1", topic
                )
            reached = {row["partition"]: row["next_offset"] for row in rows}
            return all(reached.get(partition, 0) > offset for partition, offset in last.items())

        await until(read, "everything delivered being read")


@asynccontextmanager
async def world(stack: Stack, folder: Path, services: Sequence[str], now: str) -> AsyncIterator[World]:
    """A platform with these services running at this moment, and the audit tool published where audit runs."""
    (folder / "authorities").mkdir()
    (folder / "authorities" / f"{AUTHORITY}.yaml").write_text(DOCUMENT.format(key=AUTHORITY))
    async with platform(stack, folder) as made:
        living = World(made, Clock(folder))
        living.clock.set(now)
        for name in services:
            await living.begin(name)
        if "audit" in services:
            await living.done("audit", "/v1/tools", Role.QA_MANAGER, TOOL_JSON)
        yield living

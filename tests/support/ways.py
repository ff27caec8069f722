"""An authority of the six ways on real servers: its people ask over HTTP, and what others hear is read from Kafka."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

import services.audit
from services.audit.domain.tools.document import ToolDocument, read_tool
from shared.contracts.base import AUDIT_EVENTS
from shared.contracts.envelope import decode
from shared.web.principal import Role
from tests.support.answering import completion_of
from tests.support.platform import PARTITIONS, Platform, until
from tests.support.reports import cell_of
from tests.support.topics import read_topic

SHIPPED: Final = Path(services.audit.__file__).parent / "tools"
WINDOW: Final = "2026-06"
"""The window of the reports: June to September 2026, long over whenever this runs."""
OF_ROUNDS: Final = {"abbeymead": "2026-04"}
"""The same where windows are rounds of their own length: April to June 2026."""

CANARY: Final = "Canary: what only those who work with the file may read."
AUDITORS: Final = tuple(UUID(f"b0000000-0000-4000-8000-0000000000a{n}") for n in range(1, 7))


def shipped(name: str) -> ToolDocument:
    """Return a tool that comes with the service."""
    return read_tool(json.loads((SHIPPED / f"{name}.json").read_text()))


@dataclass
class Way:
    """One authority; its people are those of its settings document, by the last two digits of their references."""

    running: Platform
    key: str
    number: int
    http: httpx.AsyncClient

    def person(self, last: int) -> UUID:
        return UUID(f"b{self.number}000000-0000-4000-8000-0000000000{last}")

    def team(self, name: str) -> dict[str, str]:
        return {"area": self.key, "district": name.split("-", maxsplit=1)[0], "team": name}

    async def ask(
        self,
        method: str,
        path: str,
        role: Role,
        *,
        person: UUID | None = None,
        body: Any = None,
        key: str = "",
        **query: str,
    ) -> httpx.Response:
        keyed = {"Idempotency-Key": key or str(uuid4())}
        headers = self.running.token(role, self.key, person=person or uuid4()) | keyed
        address = f"{self.running.addresses.audit}/v1{path}"
        return await self.http.request(method, address, json=body, headers=headers, params=query)

    async def post(self, path: str, role: Role, body: Any, *, person: UUID | None = None) -> Any:
        answer = await self.ask("POST", path, role, person=person, body=body)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    async def get(self, path: str, role: Role = Role.QA_MANAGER, *, person: UUID | None = None, **query: str) -> Any:
        answer = await self.ask("GET", path, role, person=person, **query)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    async def publish(self, tool: ToolDocument) -> None:
        await self.post("/tools", Role.QA_MANAGER, tool.model_dump(mode="json", by_alias=True, exclude={"version"}))

    async def allocate(self, tool: ToolDocument, team: str, on: str, **changes: Any) -> str:
        form = {
            "kind": tool.kinds[0],
            "cycle": "2026-06",
            "organisation": self.team(team),
            "case_number": f"WAY-{uuid4().hex[:12]}",
            "child_status": "in-need",
            "tool": tool.tool,
            "auditor": str(AUDITORS[0]),
            "happened_at": f"{on}T09:00:00+01:00",
            **changes,
        }
        return str((await self.post("/audits", Role.QA_OFFICER, form))["audit_id"])

    async def audited(
        self,
        tool: ToolDocument,
        team: str,
        on: str,
        grade: str = "good",
        *,
        auditor: UUID = AUDITORS[0],
        **changes: Any,
    ) -> str:
        """Allocate an audit and complete it on a day."""
        audit_id = await self.allocate(tool, team, on, auditor=str(auditor), **changes)
        form = completion_of(tool, "in-need", grade, f"{on}T15:00:00+01:00", overall_rationale=CANARY)
        await self.post(f"/audits/{audit_id}/completion", Role.AUDITOR, form, person=auditor)
        return audit_id

    async def moderated(self, audit_id: str, moderator: UUID, grade: str, on: str, **changes: Any) -> Any:
        quality = {"thorough": "yes", "evidenced": "yes", "actions_right": "partly"}
        happened_at = f"{on}T11:00:00+01:00"
        form = {"overall_grade": grade, "rationale": CANARY, "quality": quality, "happened_at": happened_at, **changes}
        return await self.post(f"/audits/{audit_id}/moderation", Role.MODERATOR, form, person=moderator)

    async def given(self, *audits: str) -> dict[str, UUID]:
        """Wait until the queue has given each of these audits to a moderator, and say to whom."""

        async def assigned() -> dict[str, UUID] | None:
            page = await self.get("/moderation-queue", standing="assigned")
            found = {row["audit_id"]: UUID(row["moderator"]) for row in page["moderations"]}
            return {one: found[one] for one in audits} if set(audits) <= set(found) else None

        found: dict[str, UUID] = await until(assigned, "the queue giving the moderations")
        return found

    async def waiting(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many moderations wait in the queue, and give them, the oldest first."""

        async def queued() -> list[dict[str, Any]] | None:
            page = await self.get("/moderation-queue")
            return page["moderations"] if page["waiting"] == count else None

        found: list[dict[str, Any]] = await until(queued, f"{count} moderations waiting")
        return found

    async def events(self, audit_id: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Return what the authority has published of audits, type and data, each stream in its order."""
        topic = self.running.topic(AUDIT_EVENTS)
        found = []
        for record in await read_topic(self.running.bootstrap, topic, partitions=PARTITIONS):
            envelope = decode(record.headers, record.value)
            if envelope.authority == self.key and audit_id in (None, str(envelope.subject)):
                found.append((envelope.type, json.loads(record.value)))
        return found

    async def heard(self, audit_id: str, *types: str) -> dict[str, dict[str, Any]]:
        """Wait until an audit's stream has published events of these types, and return the last of each."""

        async def there() -> dict[str, dict[str, Any]] | None:
            last = dict(await self.events(audit_id))
            return last if set(types) <= set(last) else None

        found: dict[str, dict[str, Any]] = await until(there, f"{types} being published")
        return found

    async def reported(self, table: str, row: str, column: str, expected: int) -> dict[str, Any]:
        """Wait until the QA unit's report shows a number, and return the report."""

        seen: list[Any] = []

        async def shown() -> dict[str, Any] | None:
            document = await self.running.get(
                "reporting",
                "/reports/triannual.json",
                Role.QA_MANAGER,
                self.key,
                window=OF_ROUNDS.get(self.key, WINDOW),
            )
            seen.append(cell_of(document["report"], table, row, column))
            return document["report"] if seen[-1] is not None and seen[-1].get("value") == expected else None

        try:
            report: dict[str, Any] = await until(shown, f"{table}/{row}/{column} being {expected}", 8)
        except AssertionError:
            raise AssertionError(f"{table}/{row}/{column} is {seen[-1]} and not {expected}") from None
        return report

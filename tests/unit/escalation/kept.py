"""What the service keeps about texts, in memory: who read them, and whose child is erased."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.eventstore.database import Connection
from shared.privacy.readings import Reader, Reading, Shown


@dataclass
class MemoryReadings:
    kept: list[tuple[str, Reading]] = field(default_factory=list)

    async def record(self, reader: Reader, shown: Shown, *, boxes: Collection[str], at: datetime) -> None:
        if boxes:
            reading = Reading(
                reading=len(self.kept) + 1,
                stream=shown.stream,
                case_reference=shown.case_reference,
                reader=reader.person,
                reader_role=reader.role,
                what=shown.what,
                boxes=tuple(sorted(boxes)),
                read_at=at,
            )
            self.kept.append((shown.authority, reading))

    async def readings(
        self,
        authority: str,
        *,
        escalations: Collection[UUID] | None = None,
        reader: UUID | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Reading]:
        found = [
            one
            for whose, one in self.kept
            if whose == authority
            and (escalations is None or one.stream in escalations)
            and reader in {None, one.reader}
            and one.reading > (after or 0)
        ]
        return found[:limit]


@dataclass
class MemoryErasures:
    children: dict[UUID, datetime] = field(default_factory=dict)

    async def add(self, reference: UUID, at: datetime, connection: Connection | None = None) -> None:
        self.children.setdefault(reference, at)

    async def every(self) -> Collection[UUID]:
        return set(self.children)

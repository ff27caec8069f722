"""The service's use cases on a store in memory, with a clock that a test sets and an authority of two districts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from services.escalation.app.aggregate import EscalationAggregate, escalations
from services.escalation.app.casework import Casework, Request
from services.escalation.app.erasing import Erasures
from services.escalation.app.exporting import Exporting
from services.escalation.app.notices import Notice
from services.escalation.app.policy import Policies
from services.escalation.app.reacting import react
from services.escalation.app.telling import Teller
from services.escalation.app.texts import Texts
from services.escalation.app.timers import OverdueTimer
from services.escalation.domain.commands import Command
from services.escalation.domain.events import Event
from services.escalation.domain.states import State
from shared.authority.settings import Authorities, parse_settings
from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Envelope, decode
from shared.eventstore.handling import Handled, handle
from shared.eventstore.memory import MemoryEventStore
from shared.eventstore.model import Meta, SummaryRow
from shared.privacy.sealing import Sealer
from tests.support.memory_keys import MemoryKeys
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s
from tests.unit.escalation.kept import MemoryErasures, MemoryReadings

AUTHORITY = "northmoor"

DOCUMENT = """
key: {key}
name: A made-up authority
version: 1
valid_from: 2024-01-01
services: [{{key: childrens-social-work, name: Children's social work}}, {{key: early-help, name: Early help}}]
areas:
  - key: north
    name: North
    districts:
      - key: riverside
        name: Riverside
        teams: [{{key: riverside-assessment, name: Riverside Assessment, service: childrens-social-work}}]
      - key: hillside
        name: Hillside
        teams: [{{key: hillside-family, name: Hillside Family, service: early-help}}]
  - key: south
    name: South
    districts:
      - key: harbour
        name: Harbour
        teams: [{{key: harbour-early-help, name: Harbour Early Help, service: early-help}}]
people:
  - {{role: qa-manager, person: 00000000-0000-0000-0000-000000000002}}
  - {{role: team-manager, person: 00000000-0000-0000-0000-000000000003, units: [north/riverside]}}
  - {{role: service-manager, person: 00000000-0000-0000-0000-000000000004, units: [north/riverside]}}
  - {{role: service-manager, person: 00000000-0000-0000-0000-000000000006, units: [north/hillside, south]}}
  - {{role: assistant-director, person: 00000000-0000-0000-0000-000000000007}}
  - {{role: principal-social-worker, person: 00000000-0000-0000-0000-000000000009}}
  - {{role: director, person: 00000000-0000-0000-0000-000000000010}}
moderation: {{share: all}}
recommendations: {{categories: [{{key: practice, name: Practice, due_days: 28}}]}}
"""


def authorities(*keys: str) -> Authorities:
    return Authorities([parse_settings(DOCUMENT.format(key=key), key) for key in keys or (AUTHORITY, "saltmere")])


@dataclass
class Rig:
    now: datetime = s.RAISED
    grace: timedelta = timedelta(hours=1)
    store: MemoryEventStore = field(default_factory=MemoryEventStore)
    woken: int = 0
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    readings: MemoryReadings = field(default_factory=MemoryReadings)
    children: MemoryErasures = field(default_factory=MemoryErasures)

    def __post_init__(self) -> None:
        self.texts = Texts(self.keys, Sealer(self.keys), self.readings, b"secret")
        self.policies = Policies(authorities())
        self.aggregate: EscalationAggregate = escalations(self.grace, Teller(self.policies))
        self.casework = Casework(self.store, self.aggregate, self.policies, lambda: self.now, self._wake, self.texts)
        self.erasures = Erasures(self.store, self.aggregate, self.keys, self.children, lambda: self.now)
        self.exporting = Exporting(self.store, self.aggregate, self.texts, self.readings)
        self.timer = OverdueTimer(self.store, self.aggregate, lambda: self.now)

    def _wake(self) -> None:
        self.woken += 1

    async def receive(self, event: PublicEvent, sequence: int = 1, **about: object) -> bool:
        envelope = incoming.envelope(event, sequence, **about)  # type: ignore[arg-type]  # named by each test
        return await react(
            event,
            envelope,
            store=self.store,
            aggregate=self.aggregate,
            policies=self.policies,
            recorded_at=self.now,
        )

    async def do(self, *commands: Command, escalation: UUID = s.ESCALATION, authority: str = AUTHORITY) -> None:
        """Handle commands as they are, on a stream of that authority."""
        for command in commands:
            await self.handled(command, escalation, authority)

    async def handled(self, command: Command, escalation: UUID, authority: str) -> Handled[State, Event]:
        meta = Meta(authority, command.recorded_at, uuid4(), None, None)
        return await handle(self.store, self.aggregate, escalation, command, meta)

    async def take(self, escalation: UUID, command: Command, key: str = "") -> None:
        known = await self.casework.known(escalation)
        await self.casework.take(known, command, Request(key or str(uuid4()), b"x"))

    async def summary(self, escalation: UUID = s.ESCALATION) -> SummaryRow:
        rows = await self.store.find(self.aggregate.category)
        return next(row for row in rows if row.stream_id == escalation)

    def notices(self, *kinds: str) -> list[Notice]:
        """Return what people are to be told, of these kinds or all."""
        return [one.content for _, one in self.store.beside if not kinds or one.content.kind in kinds]

    def told(self) -> list[Envelope]:
        return [decode(message.headers, message.value) for _, message in self.store.outbox]

"""The managers' steps, in order: find the escalation, ask the decider, store what it decided, tell the relay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.policy import Policies
from services.escalation.app.texts import Texts, number_holder
from services.escalation.domain.commands import Command, Consider, NameChild
from services.escalation.domain.events import CaseReferenceNoted
from services.escalation.domain.refusals import CaseIsErased
from services.escalation.domain.states import NotConsidered, State
from shared.eventstore.errors import VersionSeenIsOld
from shared.eventstore.handling import fold, handle
from shared.eventstore.model import Meta, StoredEvent, SummaryRow
from shared.eventstore.store import EventStore

_BESIDE: Final = 100
"""So many other escalations of one child are shown at most."""


class NoSuchEscalation(LookupError):
    """No audit escalation has this id."""


@dataclass(frozen=True, slots=True)
class Known:
    """An escalation as it stands: its state, its authority, the correlation of its story and its stored events."""

    id: UUID
    state: State
    authority: str
    correlation_id: UUID
    events: Sequence[StoredEvent]

    @property
    def version(self) -> int:
        """Return how many events its stream has."""
        return self.events[-1].version


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a command the same command: its idempotency key, and a fingerprint of what was asked.

    `expected` is the version of the escalation that the writer has seen, if they say so.
    """

    key: str
    fingerprint: bytes
    expected: int | None = None


class SeenIsOld(Exception):
    """A writer had seen an older version of the escalation than the one it stands at; `since` came in between."""

    def __init__(self, error: VersionSeenIsOld, since: Sequence[StoredEvent]) -> None:
        super().__init__(str(error))
        self.seen = error.seen
        self.now = error.actual
        self.since = since


@dataclass(frozen=True, slots=True)
class Casework:
    """The use cases of the escalation service. `clock` gives the moment now; `wake` tells the relay of a commit."""

    store: EventStore
    aggregate: EscalationAggregate
    policies: Policies
    clock: Callable[[], datetime]
    wake: Callable[[], None]
    texts: Texts

    async def known(self, escalation_id: UUID) -> Known:
        """Return an escalation.

        Raises:
            NoSuchEscalation: nothing was ever considered under this id.

        """
        events = (await self.store.load(escalation_id)).events
        if not events:
            raise NoSuchEscalation
        return Known(
            id=escalation_id,
            state=fold(self.aggregate, events),
            authority=events[0].authority,
            correlation_id=events[0].correlation_id,
            events=events,
        )

    async def start(
        self, escalation_id: UUID, authority: str, command: Consider, request: Request, story: UUID
    ) -> Known:
        """Start an escalation that a person asks for; `story` is the correlation its later steps carry on.

        A repeated request gives the first one's answer. Raises what the decider refuses and what the store raises.

        Raises:
            CaseIsErased: the child was erased.

        """
        child = command.place.case_reference
        if (
            child is not None
            and await self.texts.is_erased(child)
            and not (await self.store.load(escalation_id)).events
        ):
            raise CaseIsErased
        await self._handle(escalation_id, authority, command, request, story)
        return await self.known(escalation_id)

    async def take(self, known: Known, command: Command, request: Request) -> Known:
        """Take a step on an escalation and return it as it then stands.

        Raises:
            Refused: the step cannot be taken; the sentence says what is missing.
            CaseIsErased: the child that is named was erased.
            IdempotencyKeyReused: the key was used for another request.
            SeenIsOld: the writer had seen an older version; what came since is in it.
            VersionConflict: others kept changing it.

        """
        named = command.case_reference if isinstance(command, NameChild) else None
        if named is not None and await self.texts.is_erased(named):
            raise CaseIsErased
        try:
            await self._handle(known.id, known.authority, command, request, known.correlation_id)
        except VersionSeenIsOld as error:
            now = await self.known(known.id)
            raise SeenIsOld(error, [event for event in now.events if event.version > error.seen]) from error
        return await self.known(known.id)

    async def beside(self, known: Known) -> list[SummaryRow]:
        """Return the other escalations of the same child, of whatever audit: they are shown beside it."""
        assert not isinstance(known.state, NotConsidered)  # it has events
        child = known.state.facts.place.case_reference
        if child is None:
            return []
        rows = await self.store.find(
            self.aggregate.category, authority=known.authority, where={"case_reference": str(child)}, limit=_BESIDE
        )
        return [row for row in rows if row.stream_id != known.id]

    async def _handle(
        self, escalation_id: UUID, authority: str, command: Command, request: Request, story: UUID
    ) -> None:
        handled = await handle(
            self.store,
            self.aggregate,
            escalation_id,
            command,
            Meta(
                authority=authority,
                recorded_at=command.recorded_at,
                correlation_id=story,
                causation_id=None,
                idempotency_key=self.texts.remembered(request.key.encode()).hex(),
                fingerprint=self.texts.remembered(request.fingerprint),
                actor=str(command.actor.reference or command.actor.role),
            ),
            expected=request.expected,
        )
        assert not isinstance(handled.state, NotConsidered)  # whatever was decided, it is considered by now
        if any(isinstance(one, CaseReferenceNoted) for one in handled.events):  # entered by hand
            await self.texts.keys.destroy([number_holder(escalation_id)], self.clock())
        if handled.events:
            self.wake()

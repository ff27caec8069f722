"""Concerns without an audit whose child has no reference yet: audit is asked for it until it answers (issue 5, 10)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from services.escalation.app.aggregate import EscalationAggregate
from services.escalation.app.erasing import Because, Erasures
from services.escalation.app.policies import BY_POLICY
from services.escalation.app.summaries import CaseNumber
from services.escalation.app.texts import Texts, number_holder
from services.escalation.domain.commands import NoteCaseNumberRefused, NoteCaseReference
from services.escalation.domain.states import NotConsidered
from shared.eventstore.handling import fold, handle
from shared.eventstore.model import Meta, Stream, SummaryRow
from shared.eventstore.store import EventStore
from shared.privacy.keystore import Erased
from shared.telemetry import events, logs

_PAGE: Final = 100

log = logs.get_logger()

events.register(
    events.LogEvent(
        "case_reference_noted",
        "info",
        ("stream_id", "authority", "reference"),
        "Audit gave the reference of a child whom a sealed case number had named; the number is destroyed.",
        "Nothing.",
    ),
    events.LogEvent(
        "case_references_awaited",
        "warning",
        ("reason_code", "count"),
        "Audit could not be asked for the references of so many children; it is asked again. Their audit escalations "
        "go on meanwhile.",
        "audit-away, audit-answered-...: look at the audit service and SIGHTLINE_AUDIT_URL. no-token, token-refused: "
        "mend the file that SIGHTLINE_ESCALATION_AUDIT_TOKEN_FILE names.",
    ),
    events.LogEvent(
        "case_number_unusable",
        "error",
        ("stream_id", "authority", "reason_code"),
        "Audit takes this case number for none, or its key is lost: the audit escalation's child stays unnamed.",
        "The QA unit, or who started it, enters the child's reference or the right number "
        "(POST /v1/escalations/ID/child); `sightline status` counts those that wait.",
    ),
)


class AuditAway(Exception):
    """Audit cannot be asked now; `reason` is a code, such as `audit-away`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NumberRefused(Exception):
    """Audit takes this for no case number."""


class Audit(Protocol):
    """The audit service, as far as it gives references."""

    async def reference_of(self, authority: str, case_number: str) -> UUID | Erased:
        """Return the child's reference, made at first use; `ERASED` where the child was erased.

        Raises:
            AuditAway: it cannot be asked now.
            NumberRefused: it takes this for no case number.

        """


@dataclass(frozen=True, slots=True)
class Referring:
    """Asks audit for the references that are awaited; of several replicas, the one that has the `turn`."""

    store: EventStore
    aggregate: EscalationAggregate
    texts: Texts
    erasures: Erasures
    audit: Audit
    turn: Callable[[], AbstractAsyncContextManager[bool]]
    clock: Callable[[], datetime]

    async def run(self) -> int:
        """Ask for each reference that is awaited; return how many audit escalations are settled."""
        async with self.turn() as ours:
            return await self._round() if ours else 0

    async def _round(self) -> int:
        settled, after = 0, None
        where = {"case_number": CaseNumber.AWAITING.value}
        while rows := await self.store.find(self.aggregate.category, where=where, limit=_PAGE, after=after):
            for at, row in enumerate(rows):
                try:
                    settled += await self._settle(row)
                except AuditAway as away:
                    log.warning("case_references_awaited", reason_code=away.reason, count=len(rows) - at)
                    return settled
            after = rows[-1].stream_id
        return settled

    async def _settle(self, row: SummaryRow) -> int:
        stream = await self.store.load(row.stream_id)
        state = fold(self.aggregate, stream.events)
        assert not isinstance(state, NotConsidered)  # it has a row
        sealed = state.facts.case_number
        if sealed is None:  # settled since
            return 0
        number = await self.texts.opened_number(row.stream_id, sealed)
        if number is None:
            return await self._unusable(row, stream, sealed, "key-lost")
        try:
            found = await self.audit.reference_of(row.authority, number)
        except NumberRefused:
            return await self._unusable(row, stream, sealed, "number-refused")
        story = Because(stream.events[-1].correlation_id)
        now = self.clock()
        if isinstance(found, Erased):
            await self.texts.keys.destroy([row.stream_id, number_holder(row.stream_id)], now)
            return await self.erasures.note(row.stream_id, row.authority, story)
        handled = await handle(
            self.store,
            self.aggregate,
            row.stream_id,
            NoteCaseReference(happened_at=now, recorded_at=now, actor=BY_POLICY, case_reference=found),
            Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=story.correlation_id,
                causation_id=None,
                idempotency_key=f"case-reference:{row.stream_id}",
                actor="policy:case-reference",
            ),
        )
        await self.texts.keys.destroy([number_holder(row.stream_id)], now)
        log.info("case_reference_noted", stream_id=row.stream_id, authority=row.authority, reference=found)
        if await self.texts.is_erased(found):  # heard of before the reference was
            await self.erasures.erase(found, story)
        return len(handled.events)

    async def _unusable(
        self, row: SummaryRow, stream: Stream, sealed: str, reason: Literal["number-refused", "key-lost"]
    ) -> int:
        """Note that nothing comes of a number: it is asked for no more until a person has entered another."""
        now = self.clock()
        handled = await handle(
            self.store,
            self.aggregate,
            row.stream_id,
            NoteCaseNumberRefused(happened_at=now, recorded_at=now, actor=BY_POLICY, case_number=sealed, reason=reason),
            Meta(
                authority=row.authority,
                recorded_at=now,
                correlation_id=stream.events[-1].correlation_id,
                causation_id=None,
                idempotency_key=None,  # decided on the newest state it changes nothing twice
                actor="policy:case-reference",
            ),
        )
        if handled.events:
            log.error("case_number_unusable", stream_id=row.stream_id, authority=row.authority, reason_code=reason)
        return 0

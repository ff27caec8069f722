"""Texts of an audit escalation: sealed before a step is asked for, opened for those who may read them (issue 5).

A text is sealed with the child's key. Where the child has no reference yet, the escalation's own key stands in until
it is known; both are destroyed when the child is erased. A case number that waits for its reference has a third key,
destroyed as soon as audit has answered.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, assert_never
from uuid import UUID, uuid5

from services.escalation.domain import commands, events, parts, states
from services.escalation.domain.commands import Written
from services.escalation.domain.events import Event
from services.escalation.domain.refusals import ChildIsErased
from shared.privacy.keystore import Erased, KeyStore
from shared.privacy.readings import Reader, Shown
from shared.privacy.sealing import Plain, SealBroken, Sealer, context_of

ERASED_TEXT: Final = "[erased]"
"""Stands where a text was whose child is erased."""

_NUMBER: Final = "case-number"


class Readings(Protocol):
    """Where it is kept who was shown which texts."""

    async def record(self, reader: Reader, shown: Shown, *, boxes: Collection[str], at: datetime) -> None:
        """Keep it; nothing where there are no boxes."""


def number_holder(escalation_id: UUID) -> UUID:
    """Return whose key seals the case number of an escalation."""
    return uuid5(escalation_id, _NUMBER)


@dataclass(frozen=True, slots=True)
class Texts:
    """Seals and opens texts. `secret` keys what is remembered of requests: a plain hash of one could be tried out."""

    keys: KeyStore
    sealer: Sealer
    readings: Readings
    secret: bytes

    def remembered(self, request: bytes) -> bytes:
        """Return what is remembered of a request instead of its plain hash."""
        return hmac.digest(self.secret, request, "sha256")

    async def written(self, command: Written, text: str, escalation_id: UUID, state: states.Known) -> Written:
        """Return a step with its text, sealed.

        Raises:
            ChildIsErased: the child was erased.

        """
        facts = state.facts
        holder = facts.place.case_reference or escalation_id
        context = context_of(escalation_id, field_of_command(command))
        [sealed] = await self.sealer.seal_many([Plain(holder, context, text)])
        if isinstance(sealed, Erased) or facts.child_erased_at is not None:
            raise ChildIsErased
        return replace(command, text=sealed)

    async def opened(self, escalation_id: UUID, state: states.Known, history: Iterable[Event]) -> dict[str, str]:
        """Return the plain text of each sealed one in a history; `[erased]` where the child was.

        Raises:
            SealBroken: one does not open: it was changed, or belongs to another place.

        """
        written = dict(sealed_in(history))
        if not written:
            return {}
        if state.facts.child_erased_at is not None:
            return dict.fromkeys(written, ERASED_TEXT)
        holders = _holders(escalation_id, state.facts)
        keys = await self.keys.keys(holders, make=False)
        live = [holder for holder in holders if not isinstance(keys.get(holder), Erased | None)]
        if len(live) < len(keys) or not live:
            return dict.fromkeys(written, ERASED_TEXT)
        return {sealed: await self._open(live, escalation_id, field, sealed) for sealed, field in written.items()}

    async def is_erased(self, reference: UUID) -> bool:
        """Return whether a child's key was destroyed here."""
        return isinstance((await self.keys.keys([reference], make=False)).get(reference), Erased)

    async def case_number(self, escalation_id: UUID, number: str) -> str | None:
        """Seal a case number; None where the one of this escalation is settled already, and this is a repeat."""
        place = Plain(number_holder(escalation_id), context_of(escalation_id, _NUMBER), number)
        [sealed] = await self.sealer.seal_many([place])
        return None if isinstance(sealed, Erased) else sealed

    async def opened_number(self, escalation_id: UUID, sealed: str) -> str | None:
        """Return a case number that still waits for its reference; None where its key is gone."""
        number = await self.sealer.unseal(number_holder(escalation_id), context_of(escalation_id, _NUMBER), sealed)
        return None if isinstance(number, Erased) else number

    async def _open(self, holders: list[UUID], escalation_id: UUID, field: str, sealed: str) -> str:
        *others, last = holders
        for holder in others:  # what was sealed before the reference was known opens with the escalation's own key
            try:
                return _plain(await self.sealer.unseal(holder, context_of(escalation_id, field), sealed))
            except SealBroken:
                continue
        return _plain(await self.sealer.unseal(last, context_of(escalation_id, field), sealed))


def _plain(text: str | Erased) -> str:
    return ERASED_TEXT if isinstance(text, Erased) else text


def _holders(escalation_id: UUID, facts: parts.Facts) -> list[UUID]:
    reference = facts.place.case_reference
    if reference is None:
        return [escalation_id]
    return [reference, escalation_id] if facts.began_with_number else [reference]


def sealed_in(history: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Yield each sealed text of a history with the field it was sealed for."""
    for event in history:
        text, field = text_of(event), field_of_event(event)
        if text is not None and field is not None:
            yield text, field


def text_of(event: Event) -> str | None:
    """Return the sealed text of an event; none where it came without one."""
    text: str | None = getattr(event, "text", None)
    return text


def boxes_of(history: Iterable[Event], opened: Mapping[str, str]) -> set[str]:
    """Return the names of the boxes whose text was opened."""
    return {field for sealed, field in sealed_in(history) if sealed in opened}


def field_of_command(command: Written) -> str:  # noqa: PLR0911 - a table, a line a step
    """Return the field that the text of a step is sealed for."""
    match command:
        case commands.RecordDiscussion():
            return "discussion"
        case commands.RecordDecisionNotRequired():
            return "decision-not-required"
        case commands.Reclassify():
            return "reclassification"
        case commands.AddAction():
            return f"actions/{command.action_id}"
        case commands.WithdrawAction():
            return f"actions/{command.action_id}/withdrawal"
        case commands.RecordOversight():
            return "oversight"
        case commands.AnswerClosing():
            return "answer"
        case commands.Reopen():
            return "reopening"
        case commands.Withdraw():
            return "withdrawal"
        case never:
            assert_never(never)


def field_of_event(event: Event) -> str | None:  # noqa: PLR0911 - a table, a line an event
    """Return the field that the text of an event was sealed for; none for an event that has no text."""
    match event:
        case events.DiscussionRecorded():
            return "discussion"
        case events.EscalationFoundNotRequired():
            return "decision-not-required"
        case events.EscalationReclassified():
            return "reclassification"
        case events.ActionAdded():
            return f"actions/{event.action_id}"
        case events.ActionWithdrawn():
            return f"actions/{event.action_id}/withdrawal"
        case events.OversightRecorded():
            return "oversight"
        case events.ClosingAnswered():
            return "answer"
        case events.EscalationReopened():
            return "reopening"
        case events.EscalationWithdrawn():
            return "withdrawal"
        case _:
            return None

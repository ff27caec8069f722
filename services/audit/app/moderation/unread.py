"""What a tool says of moderators' and panels' bodies that cannot be read whole: every fault in one round.

By the same rules as of those that can, so that a blind moderator is told nothing that hangs on what is hidden from them
(domain/moderation/judging.py); nothing is sealed and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.handling import Begun
from services.audit.app.moderation.forms import (
    BlindGradesForm,
    ModerationForm,
    ReflectiveNoteForm,
    SettlementForm,
)
from services.audit.app.moderation.making import Making
from services.audit.app.sealing import Texts
from services.audit.app.unread import apart_from, faults_of, told
from services.audit.domain import people
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration, SettleDispute
from services.audit.domain.refusals import Problem, Refused

_WHICH = frozenset({"moderation_id", "moderator"})
"""Without these it is not known which moderation is meant, or whose it is: nothing more is said."""


_Command = GiveBlindGrades | RecordModeration | SettleDispute


class UnreadModerations(Making):
    """Holds the readable part of a body to the audit's tool; `unread` are the places of what is not, with dots."""

    async def of_blind_grades(
        self, state: Begun, moderator: UUID, form: BlindGradesForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a blind moderator's grades."""
        return await self._told(state, self.blind_grades(state, form, moderator, asked, _present), unread)

    async def of_moderation(
        self, state: Begun, moderator: UUID, form: ModerationForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a moderation."""
        return await self._told(state, self.moderation(state, form, moderator, asked, _present), unread)

    async def of_settlement(
        self, state: Begun, dispute: UUID, form: SettlementForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a panel's decision."""
        return await self._told(state, self.settlement(state, dispute, form, asked, _present), unread)

    @staticmethod
    async def of_note(form: ReflectiveNoteForm, asked: Asked, unread: Sequence[str]) -> list[Problem]:
        """Return what else is wrong with a reflective note: whom it was discussed with."""
        del asked
        return apart_from(people.problems_in_list("discussed_with", form.discussed_with), unread)

    async def _told(self, state: Begun, making: Awaitable[_Command], unread: Sequence[str]) -> list[Problem]:
        try:
            command = await making
        except Refused:
            return []
        if not _WHICH.isdisjoint(unread):
            return []
        if not isinstance(command, SettleDispute) and not command.sections and any(map(_of_sections, unread)):
            unread = [*unread, "section_reasons"]  # those of the grades given blind, which what is not read replaces
        tool = await self.tool(state.allocation)
        return told(faults_of(lambda: decide(command, state)), unread, tool, conditions=False)


def _of_sections(place: str) -> bool:
    return place.split(".", maxsplit=1)[0] == "sections"


async def _present(_allocation: AuditAllocated, texts: Iterable[tuple[str, str | None]]) -> Texts:
    return sealing.present(texts)

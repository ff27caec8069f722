"""What happens when an audit's moderation is asked for, given out, graded, recorded, disputed or settled."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.audit.app.asking import Asked
from services.audit.app.handling import Begun, Parts, completed_of
from services.audit.app.moderation import policy
from services.audit.app.moderation import texts as boxes
from services.audit.app.moderation.forms import (
    BlindGradesForm,
    DisputeForm,
    ModerationForm,
    ModerationRequestForm,
    ReflectiveNoteForm,
    SettlementForm,
)
from services.audit.app.moderation.making import Making, terms_of
from services.audit.app.moderation.unread import UnreadModerations
from services.audit.app.queue import naming
from services.audit.app.queue.service import ModerationQueues
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.states import State
from services.audit.domain.moderation.commands import (
    DisputeModeration,
    ModerationSelection,
    RecordReflectiveNote,
    RequestModeration,
)
from services.audit.domain.moderation.words import dispute_id, moderation_id
from services.audit.domain.words import business_date
from shared.eventstore.handling import Handled


class Moderations(Making):
    """Everything that can be asked of an audit's moderation, each method one command."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.unread = UnreadModerations(parts)

    async def request(self, state: Begun, form: ModerationRequestForm, asked: Asked) -> Handled[State, Event]:
        """Ask for a moderation beside the policy, or for a second one; a moderator who is named is held to the queue.

        Raises:
            Refused: the business does not allow it, or the moderator has no capacity or is none of that part.

        """
        completed = completed_of(state)
        settings = self.settings(asked)
        waiting = completed.open_moderation
        number = len(completed.moderations) + (waiting is None)
        usual = settings.moderation.blind if waiting is None else waiting.requested.blind
        selection = ModerationSelection(
            moderation_id=moderation_id(state.allocation.audit_id, number),
            selected_because=form.selected_because,
            policy_version=policy.policy_version(settings),
            due_on=form.due_on or business_date(asked.at) + timedelta(days=settings.moderation.within_days),
            moderator=form.moderator,
            blind=usual if form.blind is None else form.blind,
        )
        command = RequestModeration(
            at=asked.at,
            by=asked.by,
            selection=selection,
            moderator_teams=frozenset()
            if form.moderator is None
            else policy.teams_not_to_moderate(settings, form.moderator),
            most=settings.moderation.moderations_at_most,
            settings_version=settings.version,
        )
        audit_id, moderator = state.allocation.audit_id, form.moderator
        if moderator is None:
            return await self.handle(audit_id, command, asked)
        await ModerationQueues(self.parts).count_done(state.allocation.place.cycle, asked)
        async with self.parts.pool.acquire() as connection, connection.transaction():
            handled = await self.handle(audit_id, command, asked, connection=connection)
            await naming.join(self.parts, handled, moderator, asked, connection)
        self.parts.wake()  # what was woken within the transaction saw nothing yet
        return handled

    async def grade_blind(
        self, state: Begun, form: BlindGradesForm, moderator: UUID, asked: Asked
    ) -> Handled[State, Event]:
        """Take a blind moderator's own grades, before the auditor's are shown."""
        command = await self.blind_grades(state, form, moderator, asked, self.seal)
        return await self.handle(state.allocation.audit_id, command, asked)

    async def record(self, state: Begun, form: ModerationForm, moderator: UUID, asked: Asked) -> Handled[State, Event]:
        """Record what a moderator found; what a difference of grades leads to is the authority's policy."""
        command = await self.moderation(state, form, moderator, asked, self.seal)
        return await self.handle(state.allocation.audit_id, command, asked)

    async def dispute(self, state: Begun, form: DisputeForm, asked: Asked) -> Handled[State, Event]:
        """Dispute the grade that the last moderation left standing."""
        settings = self.settings(asked)
        last = completed_of(state).last_moderation
        box = boxes.dispute_box(dispute_id(state.allocation.audit_id if last is None else last.moderation_id))
        texts = await self.seal(state.allocation, [(box, form.text)])
        command = DisputeModeration(
            at=asked.at,
            by=asked.by,
            reason=form.reason,
            terms=terms_of(settings, asked),
            text=texts.get(box),
            settings_version=settings.version,
        )
        return await self.handle(state.allocation.audit_id, command, asked)

    async def settle(self, state: Begun, dispute: UUID, form: SettlementForm, asked: Asked) -> Handled[State, Event]:
        """Settle a dispute as its panel decided, or as noted."""
        command = await self.settlement(state, dispute, form, asked, self.seal)
        return await self.handle(state.allocation.audit_id, command, asked)

    async def note(self, state: Begun, form: ReflectiveNoteForm, note_id: UUID, asked: Asked) -> Handled[State, Event]:
        """Record a reflective case note."""
        box = boxes.note_box(note_id)
        texts = await self.seal(state.allocation, [(box, form.text)])
        command = RecordReflectiveNote(
            at=asked.at,
            by=asked.by,
            note_id=note_id,
            discussed_with=form.discussed_with,
            text=texts.get(box),
            settings_version=self.settings(asked).version,
        )
        return await self.handle(state.allocation.audit_id, command, asked)

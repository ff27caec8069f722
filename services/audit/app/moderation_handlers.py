"""What happens when an audit's moderation is asked for or recorded."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.audit.app import policy
from services.audit.app.asking import Asked
from services.audit.app.handling import Begun, Handling, completed_of
from services.audit.app.moderation_forms import ModerationForm, ModerationRequestForm
from services.audit.domain import refusals
from services.audit.domain.events import Event
from services.audit.domain.moderation_commands import ModerationSelection, RecordModeration, RequestModeration
from services.audit.domain.states import Completed, State
from services.audit.domain.words import business_date
from shared.eventstore.handling import Handled


class Moderations(Handling):
    """Everything that can be asked of an audit's moderation, each method one command."""

    async def request(self, state: Begun, form: ModerationRequestForm, asked: Asked) -> Handled[State, Event]:
        """Ask for a moderation beside the policy, or for a second one."""
        completed = completed_of(state)
        settings = self.settings(asked)
        number = len(completed.moderations) + (completed.open_moderation is None)
        selection = ModerationSelection(
            moderation_id=policy.moderation_id(state.allocation.audit_id, number),
            selected_because=form.selected_because,
            policy_version=policy.policy_version(settings),
            due_on=form.due_on or business_date(asked.at) + timedelta(days=settings.moderation.within_days),
            moderator=form.moderator,
            blind=settings.moderation.blind if form.blind is None else form.blind,
        )
        command = RequestModeration(at=asked.at, by=asked.by, selection=selection)
        return await self.handle(state.allocation.audit_id, command, asked)

    async def record(self, state: Begun, form: ModerationForm, moderator: UUID, asked: Asked) -> Handled[State, Event]:
        """Record what a moderator found."""
        settings = self.settings(asked)
        tool = await self.tool(state.allocation)
        moderation = form.moderation_id or _moderation_to_record(completed_of(state))
        texts = await self.seal(
            state.allocation,
            [
                (f"moderations/{moderation}/rationale", form.rationale),
                (f"moderations/{moderation}/concern", form.concern_text),
            ],
        )
        command = RecordModeration(
            at=asked.at,
            by=asked.by,
            tool=tool,
            moderation_id=moderation,
            moderator=moderator,
            moderator_type=form.moderator_type,
            moderator_teams=policy.own_teams(settings, moderator),
            own_team_allowed=settings.moderation.own_team_allowed,
            overall_grade=form.overall_grade,
            standing_grade=form.standing_grade,
            audit_quality=form.audit_quality,
            sections=form.sections,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            met_team_manager=form.met_team_manager,
            met_practitioner=form.met_practitioner,
            rationale=texts.get(f"moderations/{moderation}/rationale"),
            concern_text=texts.get(f"moderations/{moderation}/concern"),
        )
        return await self.handle(state.allocation.audit_id, command, asked)


def _moderation_to_record(state: Completed) -> UUID:
    """Return the open moderation, or the last one done: whoever comes second is then told it is recorded."""
    waiting = state.open_moderation
    if waiting is not None:
        return waiting.requested.moderation_id
    if state.last_moderation is not None:
        return state.last_moderation.moderation_id
    raise refusals.ModerationNotRequested

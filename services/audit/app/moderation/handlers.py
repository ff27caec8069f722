"""What happens when an audit's moderation is asked for, given out, graded, recorded, disputed or settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.handling import Begun, Handling, completed_of
from services.audit.app.moderation import policy
from services.audit.app.moderation import texts as boxes
from services.audit.app.moderation.forms import (
    BlindGradesForm,
    DisputeForm,
    GradesForm,
    ModerationForm,
    ModerationRequestForm,
    QualityForm,
    ReflectiveNoteForm,
    SettlementForm,
)
from services.audit.app.sealing import Texts
from services.audit.domain import refusals
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.outcome import limit_box
from services.audit.domain.audits.states import Completed, State
from services.audit.domain.moderation.commands import (
    DisputeModeration,
    DisputeTerms,
    GiveBlindGrades,
    ModerationSelection,
    PanelMember,
    RecordModeration,
    RecordReflectiveNote,
    RequestModeration,
    SettleDispute,
)
from services.audit.domain.moderation.words import Decider, Meeting, QualityOfAudit, dispute_id, moderation_id
from services.audit.domain.words import Code, SealedText, business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.handling import Handled


class Moderations(Handling):
    """Everything that can be asked of an audit's moderation, each method one command."""

    async def request(self, state: Begun, form: ModerationRequestForm, asked: Asked) -> Handled[State, Event]:
        """Ask for a moderation beside the policy, or for a second one."""
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
        return await self.handle(state.allocation.audit_id, command, asked)

    async def grade_blind(
        self, state: Begun, form: BlindGradesForm, moderator: UUID, asked: Asked
    ) -> Handled[State, Event]:
        """Take a blind moderator's own grades, before the auditor's are shown."""
        settings = self.settings(asked)
        moderation = form.moderation_id or _moderation_to_record(completed_of(state))
        texts = await self.seal(state.allocation, form.texts(moderation))
        command = GiveBlindGrades(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            moderation_id=moderation,
            moderator=moderator,
            moderator_teams=policy.teams_not_to_moderate(settings, moderator),
            overall_grade=form.overall_grade,
            sections=form.sections,
            quality=_quality(form.quality),
            rationale=texts.get(boxes.blind_box(moderation)),
            section_reasons=_reasons(form, moderation, texts, blind=True),
            answers=sealing.answers_of(form.answers, texts, boxes.own_boxes(moderation, blind=True)),
            overridden_limits=_overridden(form, texts, boxes.own_boxes(moderation, blind=True)),
            settings_version=settings.version,
        )
        return await self.handle(state.allocation.audit_id, command, asked)

    async def record(self, state: Begun, form: ModerationForm, moderator: UUID, asked: Asked) -> Handled[State, Event]:
        """Record what a moderator found; what a difference of grades leads to is the authority's policy."""
        settings = self.settings(asked)
        moderation = form.moderation_id or _moderation_to_record(completed_of(state))
        texts = await self.seal(state.allocation, form.texts(moderation))
        command = RecordModeration(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            moderation_id=moderation,
            moderator=moderator,
            moderator_type=form.moderator_type,
            moderator_teams=policy.teams_not_to_moderate(settings, moderator),
            overall_grade=form.overall_grade,
            standing_grade=form.standing_grade,
            audit_quality=form.audit_quality,
            sections=form.sections,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            met_team_manager=form.met_team_manager,
            met_practitioner=form.met_practitioner,
            rationale=texts.get(boxes.moderation_box(moderation, "rationale")),
            concern_text=texts.get(boxes.moderation_box(moderation, "concern")),
            quality=_quality(form.quality),
            section_reasons=_reasons(form, moderation, texts),
            answers=sealing.answers_of(form.answers, texts, boxes.own_boxes(moderation)),
            overridden_limits=_overridden(form, texts, boxes.own_boxes(moderation)),
            meetings=tuple(Meeting(role=each.role, on=each.on, person=each.person) for each in form.meetings),
            feedback=texts.get(boxes.moderation_box(moderation, "feedback")),
            panel=_panel(settings, form.panel),
            terms=terms_of(settings, asked),
            settings_version=settings.version,
        )
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
        settings = self.settings(asked)
        texts = await self.seal(state.allocation, form.texts(dispute))
        command = SettleDispute(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            dispute_id=dispute,
            outcome=form.outcome,
            standing_grade=form.standing_grade,
            panel=_panel(settings, form.panel),
            text=texts.get(boxes.settlement_box(dispute)),
            sections=form.sections,
            overridden_limits={
                limit: texts.get(boxes.settlement_limit_box(dispute, limit), sealing.NO_TEXT)
                for limit in form.overridden_limits
            },
            settings_version=settings.version,
        )
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


def terms_of(settings: AuthoritySettings, asked: Asked) -> DisputeTerms:
    """Return how an authority settles disputes, for what happens now."""
    moderation = settings.moderation
    return DisputeTerms(
        decided_by=Decider(moderation.dispute_decided_by),
        policy_version=policy.policy_version(settings),
        second_due_on=business_date(asked.at) + timedelta(days=moderation.within_days),
        blind=moderation.blind,
        second_at_distance=moderation.second_at_distance,
        within_days=moderation.dispute_within_days,
    )


def _panel(settings: AuthoritySettings, people: Iterable[UUID]) -> tuple[PanelMember, ...]:
    """Return the members of a panel with the teams whose audits they may not moderate."""
    return tuple(PanelMember(person, policy.teams_not_to_moderate(settings, person)) for person in people)


def _quality(form: QualityForm | None) -> QualityOfAudit | None:
    return None if form is None else QualityOfAudit(**form.model_dump())


def _reasons(form: GradesForm, moderation: UUID, texts: Texts, *, blind: bool = False) -> Mapping[Code, SealedText]:
    named = {section: boxes.section_box(moderation, section, blind=blind) for section in form.section_reasons}
    return {section: texts[box] for section, box in named.items() if box in texts}


def _overridden(form: GradesForm, texts: Texts, before: str) -> Mapping[Code, SealedText]:
    return {limit: texts.get(before + limit_box(limit), sealing.NO_TEXT) for limit in form.overridden_limits}


def _moderation_to_record(state: Completed) -> UUID:
    """Return the open moderation, or the last one done: whoever comes second is then told it is recorded.

    One that settles a dispute is never meant by the way, as it is final: it has to be named.
    """
    waiting = state.open_moderation
    if waiting is not None and not waiting.final:
        return waiting.requested.moderation_id
    if state.last_moderation is not None:
        return state.last_moderation.moderation_id
    raise refusals.ModerationNotRequested
